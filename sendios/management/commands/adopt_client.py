"""`manage.py adopt_client ID NAME --project ID=NAME …`: take a client over from Sendios, numbers and key included."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from projects.errors import DomainError
from projects.services.accounts import api_key_of
from projects.services.adoption import adopt_client


class Command(BaseCommand):
    help = "Make a client and its projects with their numbers at Sendios. The SDK key is read from standard input."
    stealth_options = ("stdin",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client_id", type=int, help="the client id, the user of HTTP Basic")
        parser.add_argument("name")
        parser.add_argument("--project", action="append", default=[], metavar="ID=NAME", help="may be given repeatedly")
        parser.add_argument("--api-key", action="store_true", help="the API key is given instead of the SDK key")

    def handle(self, *args: Any, **options: Any) -> None:
        told = (options.get("stdin") or sys.stdin).readline().strip()
        if not told:
            raise CommandError("Give the SDK key on standard input.")
        try:
            client = adopt_client(
                options["client_id"],
                options["name"],
                api_key=told if options["api_key"] else api_key_of(told),
                projects=dict(_project(text) for text in options["project"]),
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        numbers = ", ".join(str(number) for number in client.projects.order_by("pk").values_list("pk", flat=True))
        self.stdout.write(f"Client {client.pk} “{client}”, projects {numbers or 'none'}.")


def _project(text: str) -> tuple[int, str]:
    number, equals, name = text.partition("=")
    if not (equals and name.strip() and number.isascii() and number.isdigit()):
        raise CommandError(f"--project takes ID=NAME, not “{text}”.")
    return int(number), name.strip()
