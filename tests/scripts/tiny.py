"""`python -m tests.scripts.tiny HOME NAME=SHELL …`: a supervisor of shell programs, for the tests."""

import os
import sys
from pathlib import Path

from scripts.children import Program
from scripts.supervisor import Supervisor


def main(home: Path, *lines: str) -> None:
    supervisor = Supervisor(home, environment=dict(os.environ))
    supervisor.catch_signals()
    supervisor.begin()
    pairs = (line.split("=", 1) for line in lines)
    supervisor.start([Program(name, ("sh", "-c", shell)) for name, shell in pairs])
    supervisor.remember(ready=True)
    supervisor.watch()
    supervisor.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
