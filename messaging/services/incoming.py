"""What providers report, as it comes in: verified, kept in one statement, answered. services/receipts.py goes on."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson

from channels_app.contract import Incoming
from channels_app.models.senders import hash_of_key
from channels_app.registry import get_provider
from projects.encryption import open_secrets
from projects.errors import NotFound
from projects.statements import fetch

_SENDER = "SELECT id, credentials FROM channels_app_sender WHERE provider = %s AND key_hash = %s"
_STORE = """
INSERT INTO messaging_receipt (sender_id, event_id, payload, result)
SELECT %s, told.*, '' FROM unnest(%s::text[], %s::jsonb[]) AS told ON CONFLICT DO NOTHING
"""


def store_receipts(provider: str, key: str, *, body: bytes, content_type: str, query: Mapping[str, str]) -> int:
    """Verify and keep what a provider reported; return how many events it told. Replays change nothing.

    No doorbell is rung: the clock has receipts worked off every second, many at once. Raises NotFound for an unknown
    provider or key, BadSignature and BadReceipt as the provider's parser does.
    """
    sender_id, credentials = _sender_of(provider, key)
    events = get_provider(provider).receipts(body, content_type, query, credentials)
    if events:
        payloads = [orjson.dumps(payload_of(each)).decode() for each in events]
        fetch(_STORE, [sender_id, [each.event_id[:255] for each in events], payloads])
    return len(events)


def payload_of(event: Incoming) -> dict[str, Any]:
    """The event as it is kept: JSON's types only."""
    return {**asdict(event), "at": event.at.isoformat() if event.at else None}


def _sender_of(provider: str, key: str) -> tuple[int, dict[str, str]]:
    if "\0" not in provider:  # PostgreSQL's texts know no NUL, so no provider's name has one
        for sender_id, credentials in fetch(_SENDER, [provider, hash_of_key(key)]):
            return sender_id, open_secrets(credentials)
    raise NotFound("Not found")
