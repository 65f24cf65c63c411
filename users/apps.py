"""WHO: omnichannel users, addresses, custom fields, segments."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"
    verbose_name = "Audience"
    default_auto_field = "django.db.models.BigAutoField"
