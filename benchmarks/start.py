"""S13: from a fresh clone to a panel that answers, with a cold pip cache; then the restart."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.stage import ROOT, show
from benchmarks.standin import free_port

READY = "Sendios is ready."


def main(*, quick: bool) -> None:
    folder = Path(tempfile.mkdtemp(prefix="sendios-start-"))
    folder.chmod(0o755)
    clone = folder / "sendios"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    port = free_port()
    fresh = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "SENDIOS_HOME")
    }
    environment = fresh | {"PORT": str(port), "SANDBOX_PORT": str(free_port()), "PIP_NO_CACHE_DIR": "1"}
    try:
        show("S13 fresh clone", seconds=f"{start(clone, environment):.1f}")
        for _ in range(1 if quick else 5):
            show("S13 restart", seconds=f"{start(clone, environment):.1f}")
    finally:
        subprocess.run(["make", "stop"], cwd=clone, env=environment, check=False, capture_output=True)
        subprocess.run([str(clone / ".venv/bin/python"), "-m", "scripts.engines", "remove", "--home", ".local"],
                       cwd=clone, env=environment, check=False, capture_output=True)  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)


def start(clone: Path, environment: dict[str, str]) -> float:
    """Seconds from `make up` until it says that it is ready; it is stopped again then."""
    began = time.perf_counter()
    up = subprocess.Popen(["make", "up"], cwd=clone, env=environment, stdout=subprocess.PIPE, text=True)
    assert up.stdout is not None
    for line in up.stdout:
        if READY in line:
            break
    else:
        raise SystemExit("make up ended without being ready.")
    seconds = time.perf_counter() - began
    subprocess.run(["make", "stop"], cwd=clone, env=environment, check=True, capture_output=True)
    up.wait(60)
    return seconds
