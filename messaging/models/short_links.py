"""Short links of SMS."""

from django.db import models
from django.db.models.functions import Now


class ShortLink(models.Model):
    """A link of one SMS under a code that nobody can guess. The message is named without a constraint: it is
    removed before its links are.
    """

    code = models.CharField(max_length=16, primary_key=True)
    message_id = models.BigIntegerField()
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    user_id = models.BigIntegerField(db_index=True, help_text="So that an erasure finds it.")
    url = models.CharField(max_length=2048)
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    def __str__(self) -> str:
        return self.code
