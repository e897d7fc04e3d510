.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

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

$(VENV)/bench: $(VENV)/dev requirements-bench.txt
	@echo "Installing what callbacks and the log are measured against into $(VENV) …"
	@$(PIP) -r requirements-bench.txt
	@touch $@

run: $(VENV)/run ## run the service on port 8080, with its data in ./var
	@$(BIN)/python -m service serve

demo: $(VENV)/run ## record a real conversation in a throwaway service: under a minute, files in ./var/demo
	@$(BIN)/python -m service demo --to var/demo

test: $(VENV)/dev ## set up what the tests need and run them
	@$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

bench: $(VENV)/dev ## measure the API against what this machine allows (three to five minutes)
	@$(BIN)/python -m bench.api

bench-media: $(VENV)/dev ## measure live streams, finishing and downloads (five minutes, an idle machine)
	@$(BIN)/python -m bench.media

bench-rebuild: $(VENV)/dev ## measure a rebuild against the bare statement, and what requests notice of it (two minutes)
	@$(BIN)/python -m bench.rebuild

bench-callbacks: $(VENV)/bench ## measure callbacks against the sender alone and other queues (half an hour, an idle machine)
	@$(BIN)/python -m bench.callbacks

soak: $(VENV)/dev ## a hundred thousand callbacks to fifty hosts, some dead or failing; then with workers killed (ten minutes)
	@$(BIN)/python -m bench.soak
	@$(BIN)/python -m bench.soak --kill

bench-readers: $(VENV)/dev ## eight writers and four readers of one log for two minutes: every event once, in order
	@$(BIN)/python -m bench.readers

bench-log: $(VENV)/bench ## measure the log: appends, replays, audit queries and lists (ten minutes, an idle machine)
	@$(BIN)/python -m bench.log

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
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--constraint requirements-dev.txt pyproject.toml --extra bench --output-file requirements-bench.txt

.PHONY: help run demo test bench bench-media bench-rebuild soak bench-callbacks bench-readers bench-log clients model lint lock
