"""What can be said through the environment, and which ports are used then."""

import socket
from pathlib import Path

import pytest

from scripts.configuration import Configuration, ConfigurationError, read_configuration
from scripts.ports import any_free
from scripts.summary import summary
from scripts.table import Addresses, choose_addresses, product_programs, settings_environment


def configuration(*, port: int = 8000, sandbox: int = 8090, demo: bool = True, workers: int = 1) -> Configuration:
    return Configuration(Path("/home"), port, sandbox, workers, "", "", demo)


def test_without_any_variable_the_defaults_hold() -> None:
    found = read_configuration({"WORKERS": "3"})

    assert found == Configuration(Path.cwd() / ".local", 8000, 8090, 3, "", "", True)


def test_every_variable_is_heard() -> None:
    found = read_configuration(
        {
            "SENDIOS_HOME": "/data",
            "PORT": "9000",
            "SANDBOX_PORT": "9100",
            "WORKERS": "8",
            "DATABASE_URL": "postgresql://db/sendios",
            "REDIS_URL": "redis://cache",
            "DEMO": "off",
        }
    )

    assert found == Configuration(Path("/data"), 9000, 9100, 8, "postgresql://db/sendios", "redis://cache", False)


@pytest.mark.parametrize("text", ["abc", "0", "-1", "65536", "80.5", "²"])
def test_a_port_that_is_none_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_configuration({"PORT": text})

    assert str(refused.value) == f"PORT must be a whole number from 1 to 65535, not “{text}”."


def test_a_taken_port_is_told_and_the_next_one_used() -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = choose_addresses(configuration(port=port, demo=False), said.append)

    assert found.port > port
    assert said == [f"Port {port} is taken; the web uses {found.port}."]


def test_the_sandbox_needs_two_ports_that_the_web_does_not_use() -> None:
    port = any_free()
    said: list[str] = []

    found = choose_addresses(configuration(port=port, sandbox=port), said.append)

    assert found.port == port
    assert found.sandbox_port > port
    assert said == [f"Port {port} is taken; the sandbox uses {found.sandbox_port}."]


def test_every_worker_process_has_one_queue() -> None:
    programs = product_programs(configuration(workers=2), Addresses(8000, 8090))

    work = {program.name: program.command[4:] for program in programs if program.command[2:4] == ("manage", "work")}
    assert work == {
        "transactional": ("transactional",),
        "campaigns-1": ("campaigns",),
        "campaigns-2": ("campaigns",),
        "events": ("events",),
        "webhooks": ("webhooks",),
    }


def test_without_the_demo_no_provider_is_replaced() -> None:
    assert settings_environment(configuration(demo=False), Addresses(8000, 8090)) == {
        "SENDIOS_HOME": "/home",
        "PUBLIC_URL": "http://127.0.0.1:8000",
    }


def test_the_summary_shows_where_everything_is_and_how_to_get_in() -> None:
    demo = {
        "operators": [{"name": "anna@example.org", "password": "pass", "role": "Administrator"}],
        "client_id": 7,
        "sdk_key": "sdk",
        "api_key": "api",
        "project_id": 1,
        "type_ids": {"app_push": [11, 13], "sms": [12]},
    }

    assert [line.split() for line in summary(demo, Addresses(8001, 8091)).splitlines() if line] == [
        ["Sendios", "is", "ready."],
        ["Panel", "http://127.0.0.1:8001/admin/"],
        ["anna@example.org", "pass", "Administrator"],
        ["API", "http://127.0.0.1:8001/v1/"],
        ["client_id", "7"],
        ["sdk_key", "sdk"],
        ["api_key", "api"],
        ["project_id", "1"],
        ["type_ids", "11,", "13", "(app_push)"],
        ["type_ids", "12", "(sms)"],
        [
            "Sandbox",
            "http://127.0.0.1:8091/",
            "the",
            "phones",
            "and",
            "mailboxes,",
            "and",
            "what",
            "the",
            "providers",
            "received",
        ],
        ["Logs", "make", "logs"],
        ["End", "Ctrl-C,", "or", "make", "stop", "in", "another", "terminal;", "data", "is", "kept"],
    ]
