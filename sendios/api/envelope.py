"""The envelope that every v1 answer and every error wears."""

from time import perf_counter
from typing import Any

import orjson

STARTED = "sendios.started"
"""Where a request's META keeps the moment it came in."""


def success(data: Any, *, meta: dict[str, Any]) -> dict[str, Any]:
    """`meta` is the request's META."""
    return _envelope("SUCCESS", data, count_members(data), meta)


def failure(text: str, *, meta: dict[str, Any]) -> dict[str, Any]:
    """The same for every error, v3 included."""
    return refusal({"error": text}, meta=meta)


def refusal(data: Any, *, meta: dict[str, Any]) -> dict[str, Any]:
    """An error with a body of its own; it counts 1 whatever it holds."""
    return _envelope("ERROR", data, 1, meta)


def count_members(data: Any) -> int:
    """Top-level members of an object or list; 1 for null and for a plain value."""
    return len(data) if isinstance(data, dict | list | tuple) else 1


def _envelope(status: str, data: Any, count: int, meta: dict[str, Any]) -> dict[str, Any]:
    took = (perf_counter() - meta.get(STARTED, perf_counter())) * 1000
    return {"_meta": {"status": status, "time": round(took), "count": count}, "data": data}


def to_json(document: Any) -> bytes:
    """UTF-8 JSON; dates as ISO 8601, lazy texts as texts."""
    return orjson.dumps(document, default=str, option=orjson.OPT_UTC_Z)
