"""`manage.py demo`: the demo project, its sign-ins and keys; see sendios/demo/."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from sendios.demo.accounts import DemoFile
from sendios.demo.seed import DemoPlace, seed_demo


class Command(BaseCommand):
    help = "Set up the demo project (once) and write SENDIOS_HOME/demo.json."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-url", required=True)
        parser.add_argument("--sandbox-url", required=True)
        parser.add_argument("--sandbox-home", required=True, type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        place = DemoPlace(options["base_url"], options["sandbox_url"], options["sandbox_home"])
        seed_demo(place, file=DemoFile(settings.SENDIOS_HOME / "demo.json"))
        self.stdout.write(f"Demo: {settings.SENDIOS_HOME / 'demo.json'}")
