"""Operators' choices of the version before, put on the suppression list too: there they outlive the address's row."""

from django.db import migrations

KEEP = """
INSERT INTO users_suppression (project_id, kind, value, source_id, reach, reason, created_at)
SELECT project_id, kind, value, 16, 0, status_reason, COALESCE(status_changed_at, now())
FROM users_address WHERE (status = 'opted_out' AND kind <> 'push') OR status = 'suppressed'
ON CONFLICT DO NOTHING;
UPDATE users_address SET reach = 0 WHERE (status = 'opted_out' AND kind <> 'push') OR status = 'suppressed'
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0002_consent_and_email_era")]

    operations = [migrations.RunSQL(KEEP, migrations.RunSQL.noop)]
