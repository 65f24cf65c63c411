"""What `make up` can be told through the environment, and its defaults."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class ConfigurationError(ValueError):
    """A variable holds something that can't be meant; the text is a sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """`database_url`/`redis_url` empty: run an embedded engine. `workers`: campaign workers. `demo`: with sandbox."""

    home: Path
    port: int
    sandbox_port: int
    workers: int
    database_url: str
    redis_url: str
    demo: bool


def read_configuration(environment: Mapping[str, str]) -> Configuration:
    """Read PORT, SANDBOX_PORT, SENDIOS_HOME, WORKERS, DATABASE_URL, REDIS_URL and DEMO.

    A variable that is set but empty counts as not set. Raises `ConfigurationError`.
    """
    return Configuration(
        home=read_home(environment),
        port=_number(environment, "PORT", 8000, most=65_535),
        sandbox_port=_number(environment, "SANDBOX_PORT", 8090, most=65_533),
        workers=_number(environment, "WORKERS", _cores(), most=256),
        database_url=environment.get("DATABASE_URL", ""),
        redis_url=environment.get("REDIS_URL", ""),
        demo=(environment.get("DEMO") or "on").lower() not in {"0", "off", "no", "false"},
    )


def read_home(environment: Mapping[str, str]) -> Path:
    """The folder for everything that survives a restart."""
    return Path(environment.get("SENDIOS_HOME") or ".local").absolute()


def _number(environment: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise ConfigurationError(f"{name} must be a whole number from 1 to {most}, not “{text}”.")
    return int(text)


def _cores() -> int:
    """The cores we may use, which in a container can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
