"""What must never be read in a log."""

import logging

import orjson
import pytest
from django.test import Client

FCM = "dQw4w9WgXcQ_1234567890:" + "APA91b" + "x" * 134
APNS = "0123456789abcdef" * 4


@pytest.fixture
def lines():
    handler = logging.getLogger().handlers[0]
    seen: list[str] = []
    handler.addFilter(lambda record: seen.append(handler.format(record)) or True)
    yield seen
    handler.filters.clear()


@pytest.mark.parametrize("path", ["/receipts/vonage/Abc-9_x", "/receipts/vonage/Abc-9_x?a=1"])
def test_a_senders_key_is_not_in_the_log(db, lines, path):
    assert Client().get(path).status_code == 404
    assert [orjson.loads(line)["event"] for line in lines] == ["Not Found: /receipts/vonage/***"]


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        (f"token {FCM}", "token dQw4w9***"),
        (f"({APNS})", "(012345***)"),
        (
            "Key (kind, value)=(phone, +4915112345678) already exists",
            "Key (kind, value)=(phone, +***78) already exists",
        ),
        ("2026-01-01T00:00:00+00:00 has 1234567890 rows", "2026-01-01T00:00:00+00:00 has 1234567890 rows"),
    ],
)
def test_tokens_and_phones_are_masked_in_texts_and_in_tracebacks(lines, said, logged):
    try:
        raise ValueError(said)
    except ValueError:
        logging.getLogger("anything").exception("said %s", said)
    [line] = map(orjson.loads, lines)
    assert line["event"] == f"said {logged}"
    assert line["exception"].endswith(f"ValueError: {logged}")
