"""Found by Django's autodiscovery: the pages that belong to no app of ours."""

from django.contrib import admin
from django.contrib.auth.models import Group

from sendios.panel import queues

# Roles are a table in the code (sendios/panel/roles.py): a page to edit groups would only drift from it.
admin.site.unregister(Group)

__all__ = ["queues"]
