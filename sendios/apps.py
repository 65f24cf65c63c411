from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SendiosConfig(AppConfig):
    name = "sendios"
    verbose_name = "Sendios"

    def ready(self) -> None:
        from sendios.panel.roles import sync_after_migrate

        post_migrate.connect(sync_after_migrate, sender=self)
