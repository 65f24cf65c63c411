"""What came through our own links and waits to be judged and counted."""

from django.db import models
from django.db.models.functions import Now

from messaging.vocabulary import EventKind


class Visit(models.Model):
    """A link was followed or a pixel fetched. Kept for seconds: the job that counts it removes it.

    The numbers are as they stand in the signed token; whether there is such a message is seen when it is counted.
    """

    project_id = models.BigIntegerField()
    message_id = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=[(each.value, each.label) for each in
                                                    (EventKind.OPENED, EventKind.CLICKED)])  # fmt: skip
    place = models.IntegerField(help_text="Which link of the message, from 0.")
    detail = models.CharField(max_length=500, help_text="Where the link led, or what the program called itself.")
    machine = models.CharField(max_length=100, help_text="Why this was no person, as far as the request tells.")
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.kind} of {self.message_id}"
