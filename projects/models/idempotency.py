"""What was answered to a request that carried an Idempotency-Key."""

from django.db import models


class IdempotentRequest(models.Model):
    """One answered send; written in the same transaction as its messages, kept for 24 hours."""

    client = models.ForeignKey("projects.ClientAccount", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64, help_text="SHA-256 over method, path and body.")
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="idempotency_key_once_a_client")]

    def __str__(self) -> str:
        return self.key
