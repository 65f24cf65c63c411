"""Receipts' keys are encrypted at rest and found by their hash.

The column `key` stays, empty and unused, for processes of the version before that run while this is migrated; the next
release drops it.
"""

import projects.encryption
from django.db import migrations, models


def move_keys(apps, schema_editor):
    from channels_app.models.senders import hash_of_key

    sender_model = apps.get_model("channels_app", "Sender")
    for sender in sender_model.objects.only("pk", "key").iterator():
        sender.receipt_key, sender.key_hash = {"key": sender.key}, hash_of_key(sender.key)
        sender.save(update_fields=["receipt_key", "key_hash"])


# What was written above has checks waiting for the commit, and PostgreSQL alters no table that has.
EMPTY = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE channels_app_sender ALTER COLUMN key DROP NOT NULL;
UPDATE channels_app_sender SET key = NULL;
ALTER TABLE channels_app_historicalsender ALTER COLUMN key DROP NOT NULL;
UPDATE channels_app_historicalsender SET key = NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("channels_app", "0002_email_senders")]

    operations = [
        migrations.AddField(
            "sender", "receipt_key", projects.encryption.EncryptedJSONField(blank=True, default="", editable=False)
        ),
        migrations.AddField("sender", "key_hash", models.CharField(default="", editable=False, max_length=64)),
        migrations.RunPython(move_keys, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(EMPTY, migrations.RunSQL.noop)],
            state_operations=[
                migrations.RemoveField("sender", "key"),
                migrations.RemoveField("historicalsender", "key"),
            ],
        ),
        migrations.AlterField(
            "sender", "receipt_key", projects.encryption.EncryptedJSONField(blank=True, editable=False)
        ),
        migrations.AlterField(
            "sender",
            "key_hash",
            models.CharField(editable=False, help_text="SHA-256 of the receipts' key.", max_length=64, unique=True),
        ),
    ]
