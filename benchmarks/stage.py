"""What a benchmark stands on: engines with fsync on in a home of their own, an empty database, processes that it ends.

CPU is read from /proc: user and system time of a process and of its children, so Linux only.
"""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


class Stage:
    """The environment of one run. Use `stage()`; Django is set up on it once entered."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, name: str, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        log = (self.home / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log
        )
        return self.processes[name]

    def work(self, queue: str, count: int = 1) -> None:
        for number in range(count):
            self.run(f"{queue}-{number}", "manage.py", "work", queue)

    def end(self, *names: str) -> None:
        """End these processes, or all."""
        ending = [self.processes.pop(name) for name in names or list(self.processes)]
        for process in ending:
            process.send_signal(signal.SIGTERM)
        for process in ending:
            process.wait(30)

    def cpu(self, *names: str) -> float:
        """CPU seconds that the named processes (all whose name begins so) used until now."""
        chosen = [process for name, process in self.processes.items() if name.startswith(names)]
        return sum(cpu_of(process.pid) for process in chosen)

    def web_cpu(self) -> float:
        """CPU seconds of the web processes: granian's main process and its workers."""
        pid = self.processes["web"].pid
        return cpu_of(pid) + sum(cpu_of(child) for child in children_of(pid))

    def postgres_cpu(self) -> float:
        """CPU seconds of all of PostgreSQL's processes that live."""
        from scripts.engines import _cluster

        pid = int((_cluster(self.home).data / "postmaster.pid").read_text().splitlines()[0])
        return cpu_of(pid) + sum(cpu_of(child) for child in children_of(pid))


@contextmanager
def stage(**environment: str) -> Iterator[Stage]:
    """Engines of our own with the product's settings (fsync on); everything is removed at the end."""
    from scripts.engines import remove_engines, start_postgres, start_valkey

    # SIGTERM (a time limit, say) shall clean up like Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    home = Path(tempfile.mkdtemp(prefix="sendios-bench-"))
    home.chmod(0o755)
    made = Stage(home)
    try:
        os.environ |= {
            "SENDIOS_HOME": str(home),
            "DATABASE_URL": start_postgres(home),
            "REDIS_URL": start_valkey(home),
            "DJANGO_SETTINGS_MODULE": "sendios.settings",
            "LOG_LEVEL": "WARNING",
            **environment,
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield made
    finally:
        made.end()
        remove_engines(home)
        shutil.rmtree(home, ignore_errors=True)


def cpu_of(pid: int) -> float:
    """User and system seconds of a process and of its ended children; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS


def rss_of(pid: int) -> int:
    """Resident memory of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    return 0


def median(values: list[float]) -> float:
    return statistics.median(values)


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def show(title: str, **figures: Any) -> None:
    print(f"{title:<28}", "  ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items()), flush=True)


def children_of(pid: int) -> list[int]:
    """The processes that a process started and that live."""
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
