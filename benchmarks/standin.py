"""nginx as the fastest stand-in for FCM: it answers every send with 200 and a message name."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stage import children_of, cpu_of

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
ANSWER = '{"name":"projects/demo/messages/1","messages":[{"status":"0","message-id":"1"}]}'
TOKEN = '{"access_token":"' + "x" * 200 + '","expires_in":3600,"token_type":"Bearer"}'
CONFIG = """
daemon off; worker_processes 1; pid {home}/pid; error_log {home}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 100000000; default_type application/json;
  client_body_temp_path {home}/a; proxy_temp_path {home}/b; fastcgi_temp_path {home}/c;
  uwsgi_temp_path {home}/d; scgi_temp_path {home}/e;
  server {{
    listen 127.0.0.1:{plain}; listen 127.0.0.1:{tls} ssl http2; http2_max_concurrent_streams 500;
    ssl_certificate {home}/cert.pem; ssl_certificate_key {home}/key.pem;
    location /token {{ return 200 '{token}'; }}
    location / {{ return 200 '{answer}'; }}
  }}
}}
"""


@dataclass(frozen=True)
class StandIn:
    """Where nginx listens, and its process (for its CPU)."""

    url: str
    tls_url: str
    ca_file: str
    process: subprocess.Popen[bytes]

    def cpu(self) -> float:
        """CPU seconds of nginx and its worker."""
        return cpu_of(self.process.pid) + sum(cpu_of(child) for child in children_of(self.process.pid))


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """nginx on two free ports, ended with the block. Raises SystemExit where there is no nginx."""
    if not Path(NGINX).exists():
        raise SystemExit("This benchmark needs nginx as the stand-in for the provider: apt install nginx-light")
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o755)
        _certificate(home)
        plain, tls = free_port(), free_port()
        Path(home, "nginx.conf").write_text(CONFIG.format(home=home, plain=plain, tls=tls, token=TOKEN, answer=ANSWER))
        process = subprocess.Popen([NGINX, "-c", f"{home}/nginx.conf", "-p", home], stderr=subprocess.DEVNULL)
        try:
            wait_for(plain)
            yield StandIn(f"http://127.0.0.1:{plain}", f"https://localhost:{tls}", f"{home}/cert.pem", process)
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until somebody listens on a port of this machine."""
    for _ in range(1000):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit(f"Nobody listens on port {port}.")


def _certificate(home: str) -> None:
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    files = ("-keyout", f"{home}/key.pem", "-out", f"{home}/cert.pem")
    command = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, *files)
    subprocess.run(command, check=True, capture_output=True)
