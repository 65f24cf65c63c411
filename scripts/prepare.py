"""`python -m scripts.prepare [demo options]`: the steps before the first request, in one process to save its start.

Migrates the database, collects static files and, when options for it are given, seeds the demo.
"""

import os
import sys

import django
from django.core.management import call_command


def main(demo_options: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sendios.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=1)
    call_command("collectstatic", interactive=False, verbosity=1)
    if demo_options:
        call_command("demo", *demo_options)


if __name__ == "__main__":
    main(sys.argv[1:])
