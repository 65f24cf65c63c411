"""`python -m scripts.prepare [demo options]`: the steps before the first request, in one process to save its start.

Migrates the database, collects static files and, when options for it are given, seeds the demo.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def main(demo_options: list[str]) -> None:
    """Raises what the commands raise; each may run any number of times."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sendios.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=1)
    _collect_static()
    if demo_options:
        call_command("demo", *demo_options)


def _collect_static() -> None:
    """Collect and compress, unless no file changed since the last time: that costs a second of every start."""
    root = Path(settings.STATIC_ROOT)
    stamp, now = root.with_name("static.stamp"), hashlib.sha256("\n".join(_sources()).encode()).hexdigest()
    if root.is_dir() and stamp.exists() and stamp.read_text() == now:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(now)


def _sources() -> Iterator[str]:
    """One line for each static file of each app, other with each change."""
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            yield f"{storage.path(name)} {state.st_size} {state.st_mtime_ns}"


if __name__ == "__main__":
    main(sys.argv[1:])
