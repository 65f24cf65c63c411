from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class SendiosConfig(AppConfig):
    name = "sendios"
    verbose_name = "Sendios"

    def ready(self) -> None:
        from sendios.panel.roles import sync_after_migrate

        # Django sends no post_migrate for an app without models, such as this one: campaigns is the last that has some.
        post_migrate.connect(sync_after_migrate, sender=apps.get_app_config("campaigns"))
