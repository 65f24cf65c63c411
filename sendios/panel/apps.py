from django.contrib.admin.apps import AdminConfig


class PanelConfig(AdminConfig):
    """The built-in admin with our own site."""

    default_site = "sendios.panel.site.PanelSite"
