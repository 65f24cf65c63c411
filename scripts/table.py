"""The process table of an installation: which programs make it up, and what they are told."""

import http.client
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.children import Program
from scripts.configuration import Configuration
from scripts.ports import LOOPBACK, is_free
from scripts.records import read_record

PORTS_TO_TRY = 100


class NoPort(RuntimeError):
    """Every port tried is taken."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where web and sandbox listen; the sandbox takes the two ports after its own for TLS and mail."""

    port: int
    sandbox_port: int

    @property
    def web(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def sandbox(self) -> str:
        return f"http://{LOOPBACK}:{self.sandbox_port}"


def choose_addresses(configuration: Configuration, say: Callable[[str], None]) -> Addresses:
    """The wanted ports, or the next ones where they are taken, which is said. Raises `NoPort`."""
    port = _next_free(configuration.port, "web", say, is_free)
    if not configuration.demo:
        return Addresses(port, configuration.sandbox_port)

    def all_free(wanted: int) -> bool:
        return all(one <= 65_535 and is_free(one) and one != port for one in range(wanted, wanted + 3))

    return Addresses(port, _next_free(configuration.sandbox_port, "sandbox", say, all_free))


def settings_environment(configuration: Configuration, addresses: Addresses) -> dict[str, str]:
    """What sendios/settings.py is told; with the demo, the providers are the sandbox. Existing variables win."""
    environment = {"SENDIOS_HOME": str(configuration.home), "PUBLIC_URL": addresses.web}
    if configuration.demo:
        environment |= {
            "FCM_URL": addresses.sandbox,
            "FCM_TOKEN_URL": f"{addresses.sandbox}/token",
            "APNS_URL": f"https://{LOOPBACK}:{addresses.sandbox_port + 1}",
            "VONAGE_URL": addresses.sandbox,
            "PROVIDER_CA_FILE": str(_sandbox_home(configuration) / "sandbox-ca.pem"),
            "SANDBOX_URL": addresses.sandbox,
        }
    return environment


def sandbox_program(configuration: Configuration, addresses: Addresses) -> Program:
    """The stand-in for the providers, in the wave before all that calls it."""
    command = _python("sandbox", "--port", addresses.sandbox_port, "--tls-port", addresses.sandbox_port + 1)
    return Program(
        "sandbox",
        (*command, "--home", str(_sandbox_home(configuration))),
        wave=0,
        ready=lambda: _status(addresses.sandbox_port, "/health") == 200,
        environment=lambda: _demo_app(configuration.home, addresses),
    )


def prepare_program(configuration: Configuration, addresses: Addresses) -> Program:
    """Migrations, static files and the demo; ends by itself."""
    options = {
        "--base-url": addresses.web,
        "--sandbox-url": addresses.sandbox,
        "--sandbox-home": _sandbox_home(configuration),
    }
    demo = [text for option in options.items() for text in option] if configuration.demo else []
    return Program("prepare", _python("scripts.prepare", *demo))


def product_programs(configuration: Configuration, addresses: Addresses) -> list[Program]:
    """Web, workers and clock: the part that runs on every machine. One queue a worker process."""
    work = _python("manage", "work")
    campaigns = [f"campaigns-{number}" for number in range(1, configuration.workers + 1)]
    return [
        Program("web", _web_command(addresses), ready=lambda: 0 < _status(addresses.port, "/") < 500),
        Program("transactional", (*work, "transactional")),
        *(Program(name, (*work, "campaigns")) for name in campaigns),
        Program("events", (*work, "events")),
        Program("webhooks", (*work, "webhooks")),
        Program("webhooks", (*work, "webhooks")),
        Program("schedule", _python("manage", "schedule")),
    ]


def _web_command(addresses: Addresses) -> tuple[str, ...]:
    serve = _python("granian", "--interface", "wsgi", "--workers", 2, "--blocking-threads", 4)
    where = ("--host", LOOPBACK, "--port", str(addresses.port))
    return (*serve, *where, "--respawn-failed-workers", "--no-ws", "sendios.wsgi:application")


def _python(module: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *map(str, arguments))


def _sandbox_home(configuration: Configuration) -> Path:
    return configuration.home / "sandbox"


def _demo_app(home: Path, addresses: Addresses) -> dict[str, str]:
    """What the sandbox's phones report with, once the demo was seeded."""
    demo = read_record(home / "demo.json")
    if not demo:
        return {}
    names = ("client_id", "api_key", "project_id")
    return {f"SANDBOX_APP_{name.upper()}": str(demo.get(name, "")) for name in names} | {
        "SANDBOX_APP_API_URL": addresses.web
    }


def _next_free(wanted: int, name: str, say: Callable[[str], None], free: Callable[[int], bool]) -> int:
    for port in range(wanted, min(wanted + PORTS_TO_TRY, 65_535)):
        if free(port):
            if port != wanted:
                say(f"Port {wanted} is taken; the {name} uses {port}.")
            return port
    raise NoPort(f"No free port for the {name} from {wanted} on.")


def _status(port: int, path: str) -> int:
    """The HTTP status of a GET, 0 when nobody answers."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
