"""Logs: one pipeline for structlog's events and the standard library's, and no variables in tracebacks."""

import io
import json
import logging
import sys

import pytest
import structlog

from service.wiring.logs import configure_logs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stderr(monkeypatch):
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def replace(stream: io.StringIO) -> io.StringIO:
        monkeypatch.setattr(sys, "stderr", stream)
        return stream

    yield replace
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


def fail(token: str) -> None:
    raise ValueError("broken" + token[:0])


def log_a_failure() -> None:
    try:
        fail("hunter2")
    except ValueError:
        structlog.get_logger().exception("request.failed", path="/x\ny\udcff")


def test_every_line_is_json_off_a_terminal(stderr):
    stream = stderr(io.StringIO())
    configure_logs("auto", "info")
    structlog.get_logger().debug("request.answered")
    log_a_failure()
    logging.getLogger("aiohttp.server").error("Unhandled %s", "thing")
    logging.getLogger("asyncio").debug("not shown")
    failed, unhandled = map(json.loads, stream.getvalue().splitlines())
    assert (failed["event"], failed["level"], failed["path"]) == ("request.failed", "error", "/x\ny\udcff")
    assert "ValueError: broken" in failed["exception"]
    assert failed["timestamp"].endswith("Z")
    assert unhandled.items() >= {"event": "Unhandled thing", "level": "error", "logger": "aiohttp.server"}.items()
    assert unhandled["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    ("log_format", "stream", "is_json"),
    [("auto", Terminal, False), ("pretty", io.StringIO, False), ("json", Terminal, True)],
)
def test_the_format_is_chosen_by_the_setting_or_the_terminal(stderr, log_format, stream, is_json):
    written = stderr(stream())
    configure_logs(log_format, "info")
    log_a_failure()
    text = written.getvalue()
    assert text.startswith("{") is is_json
    assert "request.failed" in text
    assert "ValueError: broken" in text
    assert text.count("hunter2") == text.count('fail("hunter2")') + text.count(r"fail(\"hunter2\")")
