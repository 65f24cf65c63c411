import pytest
from redis import Redis

from projects import shared_counters
from projects.api import throttling
from tests.factories import make_client, make_key, make_project
from tests.wire.api import Caller, error_of


def calls(caller: Caller, project, times: int) -> list[int]:
    path = f"/v1/omnichannel/user/project/{project.pk}/client-user-id/x"
    return [caller.get(path).status_code for _ in range(times)]


@pytest.fixture
def slow_project(db):
    return make_project(make_client(requests_per_second=1, request_burst=3))


def test_a_client_may_burst_and_is_then_told_when_to_come_back(slow_project, monkeypatch):
    # One token in 1,000 s: none comes back while the test runs, however slow the machine.
    monkeypatch.setattr(
        throttling, "run", lambda script, *, keys, args: shared_counters.run(script, keys=keys, args=[0.001, args[1]])
    )
    caller = Caller(*make_key(slow_project.client))
    assert calls(caller, slow_project, 4) == [404, 404, 404, 429]
    response = caller.get(f"/v1/omnichannel/user/project/{slow_project.pk}/client-user-id/x")
    assert error_of(response) == (429, "Too many requests")
    assert 900 <= int(response.headers["Retry-After"]) <= 1000


def test_one_client_does_not_use_up_anothers_tokens(slow_project, caller, project):
    calls(Caller(*make_key(slow_project.client)), slow_project, 5)
    assert calls(caller, project, 5) == [404] * 5


def test_tokens_come_back_at_the_clients_rate(db):
    project = make_project(make_client(requests_per_second=1_000_000, request_burst=1))
    assert calls(Caller(*make_key(project.client)), project, 20) == [404] * 20


def test_without_redis_everybody_may_pass(slow_project, monkeypatch):
    nowhere = Redis.from_url("redis://127.0.0.1:1/0")
    monkeypatch.setattr(shared_counters, "_script", nowhere.register_script)
    monkeypatch.setattr(shared_counters, "_resting_until", [0.0])
    caller = Caller(*make_key(slow_project.client))
    assert calls(caller, slow_project, 10) == [404] * 10
