"""What `make up` prints last: where everything is, and with which name and key one gets in."""

from collections.abc import Iterator
from typing import Any

from scripts.table import Addresses

KEYS = ("client_id", "sdk_key", "api_key", "project_id")


def summary(demo: dict[str, Any], addresses: Addresses) -> str:
    """`demo`: the content of demo.json, {} when there is no demo."""
    return "\n".join(["", "Sendios is ready.", "", *_lines(demo, addresses), ""])


def _lines(demo: dict[str, Any], addresses: Addresses) -> Iterator[str]:
    yield f"  Panel     {addresses.web}/admin/"
    for operator in demo.get("operators", []):
        yield f"            {operator['name']:<22} {operator['password']:<20} {operator['role']}"
    yield f"  API       {addresses.web}/v1/"
    for name in KEYS:
        if name in demo:
            yield f"            {name:<11} {demo[name]}"
    for channel, type_ids in demo.get("type_ids", {}).items():
        yield f"            type_ids    {', '.join(map(str, type_ids))} ({channel})"
    if demo:
        yield f"  Sandbox   {addresses.sandbox}/  the phones and mailboxes, and what the providers received"
    yield "  Logs      make logs"
    yield "  End       Ctrl-C, or make stop in another terminal; data is kept"
