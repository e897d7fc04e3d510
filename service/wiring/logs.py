"""What is logged, and how: JSON lines for machines, colours for people, on standard error."""

import json
import logging
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

import orjson
import structlog
from structlog.typing import Processor


def configure_logs(log_format: str, log_level: str) -> None:
    """Send structlog's events and the standard library's the same way."""
    level = logging.getLevelNamesMapping()[log_level.upper()]
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    pretty = log_format == "pretty" or (log_format == "auto" and sys.stderr.isatty())
    render = _pretty() if pretty else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_json)]
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _Standard())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)


class _Standard:
    """Standard error, which drops what it cannot take: a full disk must not fail the work that a line is about."""

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        """Do nothing: standard error keeps no whole line back."""


def _json(line: dict[str, object], **more: Any) -> str:  # noqa: ANN401 - what structlog passes for json.dumps
    """Write a line as JSON: fast, and with the standard library what only that takes, such as lone surrogates."""
    try:
        return orjson.dumps(line, default=repr).decode()
    except orjson.JSONEncodeError:
        return json.dumps(line, **more)


def _pretty() -> list[Processor]:
    # Plain tracebacks: rich ones show the variables, among them tokens.
    formatter = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=formatter)]
