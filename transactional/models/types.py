"""Transactional types: what a client system sends by number."""

from typing import ClassVar

from django.db import models
from simple_history.models import HistoricalRecords

from messaging.models import Mailing
from messaging.vocabulary import Category


class TypeManager(models.Manager["TransactionalType"]):
    """Mailings with a Type ID."""

    def get_queryset(self) -> models.QuerySet["TransactionalType"]:
        return super().get_queryset().exclude(category=Category.CAMPAIGN)


class TransactionalType(Mailing):
    """A mailing that the API sends to one person by its Type ID (unique per project and channel)."""

    objects: ClassVar[TypeManager] = TypeManager()
    history = HistoricalRecords()

    class Meta:
        proxy = True
        verbose_name = "transactional type"
