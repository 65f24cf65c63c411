"""People at the panel."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Operator(AbstractUser):
    """A person who signs in to the panel. What they may do: their groups; where: their memberships."""

    clients = models.ManyToManyField("projects.ClientAccount", through="projects.Membership", related_name="operators")

    class Meta:
        ordering = ["username"]


class Membership(models.Model):
    """Ties an operator to a client account: they see this account's projects and nothing else."""

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="memberships")
    client = models.ForeignKey("projects.ClientAccount", on_delete=models.CASCADE, related_name="memberships")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operator", "client"], name="one_membership_a_client")]

    def __str__(self) -> str:
        return f"{self.operator} → {self.client}"
