"""JSON whatever the Content-Type says: PHP clients label it a form, Go clients don't label it (facts, section 1.3)."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from rest_framework.parsers import BaseParser

from projects.errors import InvalidInput

DEEPEST = 32


class TolerantJSONParser(BaseParser):
    """Returns an object or a list. No body, blanks and `null` are `{}`. Raises InvalidInput (body)."""

    media_type = "*/*"

    def parse(  # type: ignore[override]  # a list is what the stubs forget
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any] | list[Any]:
        try:
            body = stream.read()
        except OSError as error:
            raise InvalidInput({"body": "This value ended too early."}) from error
        return parse_json(body)


def parse_json(body: bytes) -> dict[str, Any] | list[Any]:
    """Read a body. Refused: what isn't JSON in UTF-8, plain values, NUL characters, more than 32 levels."""
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        document = orjson.loads(text) if text else None
    except orjson.JSONDecodeError as error:
        raise InvalidInput({"body": f"This value is not valid JSON: {error}."}) from error
    # Both looks at the bytes are cheap and spare most bodies the walk.
    if b"\\u0000" in text or text.count(b"[") + text.count(b"{") > DEEPEST:
        _refuse_what_cannot_be_stored(document)
    if document is None:
        return {}
    if not isinstance(document, dict | list):
        raise InvalidInput({"body": "This value should be of type object."})
    return document


def _refuse_what_cannot_be_stored(document: Any) -> None:
    waiting = [(document, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str) and "\0" in value:
            raise InvalidInput({"body": "This value should not contain NUL characters."})
        if isinstance(value, dict | list):
            if depth > DEEPEST:
                raise InvalidInput({"body": f"This value should not be nested deeper than {DEEPEST} levels."})
            members = [*value, *value.values()] if isinstance(value, dict) else value
            waiting.extend((member, depth + 1) for member in members)
