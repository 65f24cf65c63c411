"""Counters per mailing, template version and day."""

from django.db import models


class Statistic(models.Model):
    """A change of counters; the sum over a mailing's rows is its statistics at any moment.

    Every statement that moves messages adds its rows here in the same transaction, so the sums always agree with the
    message rows and no two workers wait for one counter. A job folds many rows into one. `day` is the UTC day on
    which the message was accepted, so that rates never exceed 1 and the counters can be rebuilt from the rows.
    """

    mailing = models.ForeignKey(
        "messaging.Mailing", on_delete=models.CASCADE, related_name="statistics", db_index=False
    )
    version = models.ForeignKey(
        "templates.TemplateVersion", null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    day = models.DateField()
    audience = models.IntegerField(default=0, db_default=0, help_text="Messages accepted.")
    sent = models.IntegerField(default=0, db_default=0, help_text="Handed over to the provider.")
    delivered = models.IntegerField(default=0, db_default=0)
    opened = models.IntegerField(default=0, db_default=0)
    clicked = models.IntegerField(default=0, db_default=0)
    undelivered = models.IntegerField(default=0, db_default=0)
    failed = models.IntegerField(default=0, db_default=0)
    skipped = models.IntegerField(default=0, db_default=0)
    in_doubt = models.IntegerField(default=0, db_default=0)
    expired = models.IntegerField(default=0, db_default=0)
    cancelled = models.IntegerField(default=0, db_default=0)
    unsubscribed = models.IntegerField(default=0, db_default=0)
    complained = models.IntegerField(default=0, db_default=0)

    class Meta:
        indexes = [models.Index(fields=["mailing", "day"], name="statistic_of_mailing")]

    def __str__(self) -> str:
        return f"{self.mailing_id} on {self.day}"
