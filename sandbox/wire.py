"""What the transports hand in and what the providers hand out."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

import orjson

JSON = "application/json; charset=UTF-8"


@dataclass(slots=True)
class Peer:
    """State of one connection; APNs counts provider tokens on it."""

    http2: bool = False
    provider_token: str = ""
    token_since: float = 0.0


@dataclass(slots=True)
class Request:
    """One whole request. Header names are lower-case; `repeated` names those that came twice."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    peer: Peer
    repeated: tuple[str, ...] = ()


class Manner(enum.Enum):
    """How an answer goes out: whole, or broken in a way networks break."""

    WHOLE = "whole"
    RESET = "reset"
    CUT = "cut"  # the whole connection, also for HTTP/2
    HALF = "half"
    SILENCE = "silence"
    GOAWAY = "goaway"
    REFUSE = "refuse"  # GOAWAY that names this stream as not processed


@dataclass(slots=True)
class Answer:
    """`delay` in seconds before the first byte."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = JSON
    manner: Manner = Manner.WHOLE
    delay: float = 0.0


@dataclass(slots=True)
class Message:
    """What a provider understood of a request, for the log and the phones."""

    provider: str
    address: str
    platform: str = ""
    message_id: str = ""
    collapse_id: str = ""
    client_ref: str = ""
    title: str = ""
    text: str = ""
    image: str = ""
    sender: str = ""
    dry_run: bool = False
    data: dict[str, str] = field(default_factory=dict)

    @property
    def push_id(self) -> str:
        return self.data.get("push_id", "")


def json_answer(status: int, value: Any, *headers: tuple[str, str]) -> Answer:
    return Answer(status, orjson.dumps(value), headers)


def plain_error(status: int, sentence: str) -> Answer:
    """An error of the sandbox's own pages (never of a provider)."""
    return json_answer(status, {"error": sentence})
