.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/dev: requirements-dev.txt
	@echo "Installing what the tests need into $(VENV) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements-dev.txt
	@touch $@

$(VENV)/run: requirements.txt
	@echo "Installing what the service needs into $(VENV) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements.txt
	@touch $@

run: $(VENV)/run ## run the service on port 8080, with its data in ./var
	@$(BIN)/python -m service serve

demo: $(VENV)/run ## record a real conversation in a throwaway service: under a minute, files in ./var/demo
	@$(BIN)/python -m service demo --to var/demo

test: $(VENV)/dev ## set up what the tests need and run them
	@$(BIN)/python -m pytest --numprocesses 2

bench: $(VENV)/dev ## measure the API against what this machine allows (three to five minutes)
	@$(BIN)/python -m bench.api

bench-media: $(VENV)/dev ## measure live streams, finishing and downloads (five minutes, an idle machine)
	@$(BIN)/python -m bench.media

bench-rebuild: $(VENV)/dev ## measure a rebuild against the bare statement, and what requests notice of it (two minutes)
	@$(BIN)/python -m bench.rebuild

clients: $(VENV)/dev ## run older and other clients of Twilio's API against the service (needs Node, and the network once)
	@PYTHONPATH=tests $(BIN)/python -m clients.run

model: ## check the model of how callbacks are delivered (three minutes; needs spin and a C compiler)
	@docs/models/check.sh

lint: $(VENV)/dev ## style, types and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lock: $(VENV)/dev ## resolve the requirement files anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		pyproject.toml --output-file requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		pyproject.toml --extra dev --output-file requirements-dev.txt

.PHONY: help run demo test bench bench-media bench-rebuild clients model lint lock
