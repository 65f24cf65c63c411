"""WHAT: message templates, their versions, weighted mixes, rendering."""

from django.apps import AppConfig


class TemplatesConfig(AppConfig):
    name = "templates"
    verbose_name = "Templates"
    default_auto_field = "django.db.models.BigAutoField"
