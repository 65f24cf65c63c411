"""WHEN, to one: transactional types and the send endpoints."""

from django.apps import AppConfig


class TransactionalConfig(AppConfig):
    name = "transactional"
    verbose_name = "Transactional"
    default_auto_field = "django.db.models.BigAutoField"
