"""Everything the providers received, in order: a bounded log in memory, compressed by the thousand."""

from __future__ import annotations

import time
import zlib
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from sandbox.wire import Message

BLOCK = 1000
FIELDS = (
    "seq", "at", "monotonic", "provider", "address", "message_id", "collapse_id", "client_ref", "push_id",
    "title", "text", "status", "reason", "accepted",
)  # fmt: skip
Row = list[Any]
PROVIDER, ADDRESS, CLIENT_REF, PUSH_ID, ACCEPTED = 3, 4, 7, 8, 13


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question to the log. `since` is exclusive; empty fields match everything."""

    since: int = 0
    limit: int = 1000
    provider: str = ""
    address: str = ""
    push_id: str = ""
    accepted: bool | None = None

    def fits(self, row: Row) -> bool:
        return (
            row[0] > self.since
            and (not self.provider or row[PROVIDER] == self.provider)
            and (not self.address or row[ADDRESS] == self.address)
            and (not self.push_id or row[PUSH_ID] == self.push_id)
            and (self.accepted is None or row[ACCEPTED] is self.accepted)
        )


@dataclass(frozen=True, slots=True)
class _Block:
    last: int
    packed: bytes

    def rows(self) -> list[Row]:
        rows: list[Row] = orjson.loads(zlib.decompress(self.packed))
        return rows


class Journal:
    """Holds the newest `size` requests; `file`, when given, gets every one as a line of JSON."""

    def __init__(self, size: int, file: Path | None = None) -> None:
        self._blocks: deque[_Block] = deque(maxlen=max(1, size // BLOCK))
        self._rows: list[Row] = []
        self._seq = 0
        self._file: IO[bytes] | None = file.open("ab") if file else None
        self.received: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()

    @property
    def seq(self) -> int:
        return self._seq

    def note(self, message: Message, *, status: int, reason: str, accepted: bool) -> int:
        """Append one request and return its sequence number."""
        self._seq += 1
        row = [
            self._seq, round(time.time(), 4), round(time.monotonic(), 4), message.provider, message.address,
            message.message_id, message.collapse_id, message.client_ref, message.push_id,
            message.title[:500], message.text[:3200], status, reason, accepted,
        ]  # fmt: skip
        self._rows.append(row)
        self.received[message.provider] += 1
        if accepted:
            self.accepted[message.provider] += 1
        else:
            self.reasons[f"{message.provider} {status} {reason}"] += 1
        if self._file is not None:
            self._file.write(orjson.dumps(dict(zip(FIELDS, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE))
        if len(self._rows) >= BLOCK:
            self._pack()
        return self._seq

    def _pack(self) -> None:
        self._blocks.append(_Block(self._seq, zlib.compress(orjson.dumps(self._rows), 1)))
        self._rows = []

    def flush(self) -> None:
        if self._file is not None:
            self._file.flush()

    def clear(self) -> None:
        """Forget everything; sequence numbers go on, so that `since` stays meaningful."""
        self._blocks.clear()
        self._rows = []
        for counter in (self.received, self.accepted, self.reasons):
            counter.clear()

    def count(self) -> dict[str, Any]:
        return {
            "last_seq": self._seq,
            "received": sum(self.received.values()),
            "accepted": sum(self.accepted.values()),
            "by_provider": {
                name: {"received": count, "accepted": self.accepted[name]}
                for name, count in sorted(self.received.items())
            },
            "not_accepted": dict(self.reasons.most_common(200)),
        }

    def snapshot(self, since: int = 0) -> Iterator[list[Row]]:
        """Lists of rows, oldest first; safe to read in another thread while requests come in."""
        blocks, rows = list(self._blocks), list(self._rows)
        return _unpack([block for block in blocks if block.last > since], rows)


def _unpack(blocks: list[_Block], rows: list[Row]) -> Iterator[list[Row]]:
    for block in blocks:
        yield block.rows()
    yield rows


def find(snapshot: Iterator[list[Row]], wanted: Wanted) -> list[dict[str, Any]]:
    """The first `limit` entries that fit, oldest first."""
    found: list[dict[str, Any]] = []
    for rows in snapshot:
        for row in rows:
            if wanted.fits(row):
                found.append(dict(zip(FIELDS, row, strict=True)))
                if len(found) >= wanted.limit:
                    return found
    return found


def summarise(snapshot: Iterator[list[Row]], wanted: Wanted) -> dict[str, Any]:
    """Count accepted messages per address and per message; tell which came more than once.

    A message is known by its address and its push_id, or its client-ref where it has no push_id.
    """
    addresses: Counter[str] = Counter()
    messages: Counter[tuple[str, str]] = Counter()
    received = 0
    for rows in snapshot:
        for row in rows:
            if not wanted.fits(row):
                continue
            received += 1
            if row[ACCEPTED]:
                addresses[row[ADDRESS]] += 1
                key = row[PUSH_ID] or row[CLIENT_REF]
                if key:
                    messages[row[ADDRESS], key] += 1
    twice = [(key, count) for key, count in messages.items() if count > 1]
    return {
        "received": received,
        "accepted": addresses.total(),
        "addresses": len(addresses),
        "messages": len(messages),
        "duplicates": sum(count - 1 for _, count in twice),
        "duplicate_messages": [
            {"address": address, "id": key, "count": count} for (address, key), count in twice[: wanted.limit]
        ],
        "by_address": dict(addresses.most_common(wanted.limit)),
        "by_message": dict(_by_id(messages).most_common(wanted.limit)),
    }


def _by_id(messages: Counter[tuple[str, str]]) -> Counter[str]:
    """The same, whatever phone it went to: a person may carry several."""
    by_id: Counter[str] = Counter()
    for (_, key), count in messages.items():
        by_id[key] += count
    return by_id
