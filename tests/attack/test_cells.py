"""A2: every address of the API, every method: closed without credentials, and closed on another account's rows.

Generated from the URL table, so that a new endpoint can't be forgotten. The panel's half: tests/panel/test_scoping.py.
"""

from dataclasses import replace

import orjson
import pytest
from django.http import HttpResponse

from tests.attack.cells import OPEN, Cell, ask, body_of, cells, routes
from tests.panel.world import World
from tests.wire.api import Caller

# Endpoints that name no project, user or message: what they answer is about the caller's own.
OF_THE_CALLER = {"email-check", "email-check-send", "unsub-list", "unsub-list-page", "buying-email"}


def told(cell: Cell) -> str:
    return f"{cell.method} {cell.path}"


def test_the_table_is_read(ours: World) -> None:
    assert len(routes()) > 8
    assert {cell.method for cell in cells(ours)} >= {"GET", "POST", "PUT", "DELETE"}


def test_nothing_opens_without_credentials(ours: World) -> None:
    stranger = Caller(1, "x")
    stranger.authorization = ""
    answers = {
        told(cell): ask(stranger, cell, body_of(ours)).status_code for cell in cells(ours) if cell.name not in OPEN
    }
    assert {path: status for path, status in answers.items() if status != 401} == {}


def test_no_cell_reaches_another_accounts_rows(ours: World, theirs: World, caller: Caller) -> None:
    before = theirs.snapshot()
    open_cells = {}
    for cell in cells(theirs):
        if cell.name in OPEN | OF_THE_CALLER:
            continue
        answer = ask(caller, cell, body_of(theirs))
        if answer.status_code not in {403, 404}:
            open_cells[told(cell)] = (answer.status_code, answer.content[:200])
    assert open_cells == {}
    assert theirs.snapshot() == before


def test_what_is_about_the_caller_tells_nothing_of_others(ours: World, theirs: World, caller: Caller) -> None:
    before = theirs.snapshot()
    asked = [cell for cell in cells(theirs) if cell.name in OF_THE_CALLER]
    answers = {told(cell): ask(caller, cell, body_of(theirs)) for cell in asked}
    assert theirs.snapshot() == before
    rows = f"{theirs.marker}-1".encode(), f"{theirs.marker} person".encode()
    assert [path for path, answer in answers.items() if any(row in answer.content for row in rows)] == []


def test_ones_own_numbers_in_the_path_do_not_open_anothers_in_the_body(
    ours: World, theirs: World, caller: Caller
) -> None:
    before = theirs.snapshot()
    for cell in cells(ours):
        if cell.method != "DELETE":
            ask(caller, cell, body_of(theirs))
    assert theirs.snapshot() == before


def test_no_mixture_of_ones_own_and_anothers_numbers_opens_a_row(ours: World, theirs: World, caller: Caller) -> None:
    """One foreign value among one's own; alone, in a list between one's own, as a batch, and inside of a payload."""
    before = theirs.snapshot()
    own = body_of(ours)
    mixed = [own | {name: value} for name, value in body_of(theirs).items() if value != own[name]]
    lists = [own, *mixed, body_of(theirs), own]
    shapes = [*mixed, lists, {"users": lists}, *(own | {"push_id": None, "payload": each} for each in mixed)]
    for cell in cells(ours):
        for shape in shapes if cell.method in {"POST", "PUT", "PATCH"} else []:
            ask(caller, cell, shape)
    assert theirs.snapshot() == before


@pytest.mark.parametrize("name", ["project_id", "user_id"])
def test_foreign_and_unknown_numbers_are_told_alike(ours: World, theirs: World, caller: Caller, name: str) -> None:
    """Whoever tries numbers can't tell which exist."""
    differences = []
    unknown = 2**31 - 7
    for foreign in cells(theirs):
        if f":{name}>" not in foreign.route or foreign.name in OPEN:
            continue
        known = theirs.project.pk if name == "project_id" else body_of(theirs)["user_id"]
        nowhere = replace(foreign, path=foreign.path.replace(f"/{known}", f"/{unknown}", 1))
        first = ask(caller, foreign, body_of(theirs) | {name: known})
        second = ask(caller, nowhere, body_of(theirs) | {name: unknown})
        if _told_of(first, known) != _told_of(second, unknown):
            differences.append((told(foreign), first.content, second.content))
    assert differences == []


def _told_of(answer: HttpResponse, number: int) -> tuple[int, str]:
    return answer.status_code, str(orjson.loads(answer.content)["data"]).replace(str(number), "N")
