"""Logs as one JSON object a line, for people and machines, with the request id where there is one."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# What may stand in a path, in a provider's words or in a database's error, and is nobody's business.
MASKS = (
    (re.compile(r"(/receipts/[^/\s]+/)[^/?\s'\"\\]+"), r"\1***"),  # a sender's key: who knows it can send receipts
    (re.compile(r"\b([0-9a-f]{6})[0-9a-f]{58,}"), r"\1***"),  # APNs tokens
    (re.compile(r"\b([\w-]{6})[\w-]{16}:[\w-]{30,}"), r"\1***"),  # FCM tokens
    (re.compile(r"\+\d{6,13}(\d{2})(?!\d)"), r"+***\1"),  # phones
)


def configure(settings: dict[str, Any]) -> None:
    """Set up structlog and the standard library's logging; `settings["level"]` is the lowest level shown."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
                _mask_line,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings["level"])
    for noisy in ("rq.worker", "rq.cron", "django.request", "rq.scheduler"):
        logging.getLogger(noisy).setLevel("WARNING")


def mask(text: str) -> str:
    """The text with keys of senders, push tokens and phones made unrecognisable."""
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return text


def _mask_line(_logger: object, _method: str, line: Any) -> MutableMapping[str, Any]:
    # The last processor of a chain gets and returns the line, whatever structlog's type says.
    return mask(line)  # type: ignore[return-value]
