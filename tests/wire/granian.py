"""The web server that the product runs on, as a process beside the tests, on the tests' database."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from django.conf import settings
from django.db import connection


@contextmanager
def running_server() -> Iterator[tuple[str, int]]:
    """(host, port) of a granian that answers."""
    host, port = "127.0.0.1", _free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    command += ["--blocking-threads", "4", "sendios.wsgi:application"]
    environment = os.environ | {"DATABASE_URL": _database_url(), "REDIS_URL": settings.REDIS_URL}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await_answer(process, host, port)
        yield host, port
    finally:
        process.terminate()
        process.wait(20)


def ask(address: tuple[str, int], raw: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes as they are and read until the server closes; (status, headers in lower case, body)."""
    with socket.create_connection(address, timeout=30) as connected:
        connected.sendall(raw)
        received = b"".join(iter(lambda: connected.recv(65_536), b""))
    head, _, body = received.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    return int(status_line.split()[1]), headers, body


def _database_url() -> str:
    values = connection.settings_dict
    user, password = quote(values["USER"], safe=""), quote(values["PASSWORD"], safe="")
    return f"postgresql://{user}:{password}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _await_answer(process: "subprocess.Popen[bytes]", host: str, port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"granian ended with {process.returncode}")
        try:
            ask((host, port), b"GET /v1/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("granian doesn't answer")
