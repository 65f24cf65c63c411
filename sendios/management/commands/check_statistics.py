"""`manage.py check_statistics [--rebuild]`: compare every mailing's counters with its message rows."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging.models import Mailing
from messaging.services.statistics import check_statistics, rebuild_statistics


class Command(BaseCommand):
    help = (
        "Compare counters with message rows; exit 1 where they disagree. Days past retention have no rows to compare."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="count the rows anew where they disagree")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for mailing in Mailing.objects.iterator():
            differences = check_statistics(mailing.pk)
            wrong += len(differences)
            for difference in differences:
                self.stdout.write(f"{mailing.pk} {mailing}: {difference}")
            if differences and options["rebuild"]:
                rebuild_statistics(mailing.pk)
        if wrong and not options["rebuild"]:
            raise CommandError(f"{wrong} counters disagree with the rows.")
        self.stdout.write(f"{wrong} counters rebuilt." if wrong else "All counters agree with the rows.")
