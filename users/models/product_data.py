"""What client systems tell of people beyond their profile: payments, product events, goals."""

from django.db import models
from django.db.models.functions import Now


class Payment(models.Model):
    """A payment; the newest is the user's last one."""

    user = models.ForeignKey("users.OmnichannelUser", on_delete=models.CASCADE, related_name="payments")
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    total_count = models.PositiveIntegerField(null=True)
    payment_type = models.CharField(max_length=64, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    mail_id = models.BigIntegerField(null=True, help_text="The message that led to it.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["user", "-id"], name="payment_newest")]

    def __str__(self) -> str:
        return f"payment of user {self.user_id}"


class ProductEvent(models.Model):
    """An event between people of a product (facts, section 2B.6); the numbers are the client's own."""

    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="+")
    event_id = models.BigIntegerField()
    uid = models.CharField(max_length=255)
    receiver_id = models.CharField(max_length=255)
    sender_id = models.CharField(max_length=255, blank=True)
    sender_product_id = models.CharField(max_length=255, blank=True)
    happened_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "uid"], name="product_event_once")]

    def __str__(self) -> str:
        return self.uid


class Goal(models.Model):
    """A goal that a person reached, as the client calls it."""

    user = models.ForeignKey("users.OmnichannelUser", on_delete=models.CASCADE, related_name="goals")
    type = models.CharField(max_length=64)
    mail_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.type
