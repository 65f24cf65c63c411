"""The five roles as groups with permissions: sendios/panel/roles.py."""

from django.db import migrations

from sendios.panel.roles import sync_roles


def make_roles(apps, schema_editor):
    sync_roles(apps)


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("projects", "0001_initial"),
        ("users", "0001_initial"),
        ("templates", "0001_initial"),
        ("channels_app", "0001_initial"),
        ("messaging", "0001_initial"),
        ("transactional", "0001_initial"),
        ("campaigns", "0001_initial"),
    ]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
