"""Wiring: settings, urls, the panel's site, the API's accent, schedules. Imported by no app."""

from django.apps import AppConfig


class SendiosConfig(AppConfig):
    name = "sendios"
    verbose_name = "Sendios"
