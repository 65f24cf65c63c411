"""A7: bodies too large, too deep, or no text at all, to every address that takes one: a clear 4xx, nothing stored."""

import gzip
import os

import orjson
import pytest

from tests.attack.cells import OPEN, ask, body_of, cells
from tests.panel.world import World
from tests.wire.api import Caller

MEBIBYTE = 1024 * 1024
IS_THOROUGH = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "15")) >= 200


def members(count: int) -> bytes:
    return b"{" + b",".join(b'"k%d":1' % number for number in range(count)) + b"}"


NASTY: dict[str, bytes] = {
    "ten megabytes": b'{"a":"' + b"x" * (10 * MEBIBYTE) + b'"}',
    "a million fields": members(1_000_000),
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep lists": b"[" * 100_000,
    "deeper than 32": b'{"data":' + b'{"a":' * 40 + b"1" + b"}" * 41,
    "a NUL": b'{"email":"a\\u0000@example.com","name":"\\u0000","client_user_id":"\\u0000"}',
    "a raw NUL": b'{"a":"\x00"}',
    "a lone surrogate": b'{"name":"\\ud800","client_user_id":"\\udfff"}',
    "wrong UTF-8": b'{"name":"\xff\xfe"}',
    "UTF-16": '{"name":"x"}'.encode("utf-16"),
    "a gzip bomb": gzip.compress(b" " * (100 * MEBIBYTE)),
    "half an object": b'{"email":"a@exam',
    "two objects": b"{}{}",
    "a number out of range": b'{"project_id":1e400}',
    "not a number": b'{"project_id":NaN}',
    "plain text": b'"text"',
}


@pytest.mark.parametrize("nasty", list(NASTY))
def test_a_nasty_body_is_refused_clearly_everywhere_and_stores_nothing(ours: World, caller: Caller, nasty: str) -> None:
    before = ours.snapshot()
    wrong = {}
    for cell in cells(ours):
        if cell.name in OPEN or cell.method in {"GET", "DELETE"}:
            continue
        answer = ask(caller, cell, raw=NASTY[nasty])
        told = orjson.loads(answer.content)
        is_clear = answer.status_code in {400, 413} and isinstance(told.get("data"), dict) and told["data"]["error"]
        if not is_clear:
            wrong[f"{cell.method} {cell.path}"] = (answer.status_code, answer.content[:120])
    assert wrong == {}
    assert ours.snapshot() == before


@pytest.mark.parametrize("nasty", ["a gzip bomb", "ten megabytes"])
def test_a_bomb_that_says_it_is_gzip_is_not_unpacked(ours: World, caller: Caller, nasty: str) -> None:
    for cell in cells(ours):
        if cell.name not in OPEN and cell.method in {"POST", "PUT"}:
            answer = ask(caller, cell, raw=NASTY[nasty], Content_Encoding="gzip")
            assert answer.status_code in {400, 413}, (cell, answer.content[:200])


WRONG_TYPES = [
    None,
    True,
    -1,
    0,
    2**63,
    1.5,
    "",
    "x" * 5000,
    "\u202e\u200b",
    [],
    [[]],
    {},
    {"a": {}},
    "1; DROP TABLE x",
    "'",
    "%s",
]


@pytest.mark.parametrize("value", WRONG_TYPES, ids=[repr(value)[:20] for value in WRONG_TYPES])
def test_a_wrong_value_in_any_member_is_never_an_error_of_ours(ours: World, caller: Caller, value: object) -> None:
    """Each member of each body in turn is replaced (all at once in the short run): an envelope, and no 5xx."""
    wrong = {}
    body = body_of(ours)
    for cell in cells(ours):
        if cell.name in OPEN or cell.method == "DELETE":
            continue
        for name, wrongs in _wrong(body, value).items():
            answer = ask(caller, cell, wrongs)
            if answer.status_code >= 500 or answer.headers["Content-Type"] != "application/json":
                wrong[f"{cell.method} {cell.path} {name}"] = (answer.status_code, answer.content[:120])
    assert wrong == {}


def _wrong(body: dict[str, object], value: object) -> dict[str, dict[str, object]]:
    """The bodies to try, by what is wrong with them; one alone unless `make attack` asks for all."""
    every = {"everything": dict.fromkeys(body, value)}
    return every | ({name: body | {name: value} for name in body} if IS_THOROUGH else {})
