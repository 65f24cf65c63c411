"""An installation of the version before is migrated with its rows, and what it wrote still fits."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from channels_app.models import Sender
from channels_app.models.senders import hash_of_key
from tests.messaging.scene import Scene

OURS = ("projects", "users", "templates", "channels_app", "messaging", "transactional", "campaigns")
# Rows as the workers and web processes of the version before write them, while they wait to be restarted.
AS_BEFORE = (
    "INSERT INTO users_omnichanneluser (project_id, client_user_id, name, gender, language, country, platform_id, vip,"
    " photo, ak, time_zone, fields) VALUES (%(project)s, 'before', '', '', '', '', 0, false, '', '', '', '{}')"
    " RETURNING id",
    "INSERT INTO users_address (user_id, project_id, kind, provider, value, status, status_reason, sent_count,"
    " clicked_count) SELECT id, %(project)s, 'phone', '', '+491511234567', 'active', '', 0, 0"
    " FROM users_omnichanneluser WHERE client_user_id = 'before' RETURNING id",
    "INSERT INTO messaging_statistic (mailing_id, version_id, day, audience, skipped)"
    " VALUES (%(mailing)s, NULL, current_date, 1, 0) RETURNING id",
)


@pytest.mark.django_db(transaction=True)
def test_rows_of_the_version_before_are_carried_over() -> None:
    try:
        MigrationExecutor(connection).migrate([(app, "0001_initial") for app in OURS])
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM information_schema.columns WHERE column_name = 'reach'")
            assert cursor.fetchone() == (0,)
            cursor.execute("INSERT INTO projects_clientaccount (name, requests_per_second, request_burst, is_active,"
                           " created_at) VALUES ('c', 1, 1, true, now()) RETURNING id")  # fmt: skip
            client = cursor.fetchone()[0]
            cursor.execute("INSERT INTO projects_project (client_id, name, sender_name, url, default_country,"
                           " time_zone, resend_in_doubt, created_at)"
                           " VALUES (%s, 'p', '', '', '', 'UTC', false, now()) RETURNING id", [client])  # fmt: skip
            project = cursor.fetchone()[0]
            cursor.execute(AS_BEFORE[0], {"project": project})
            cursor.execute(AS_BEFORE[1], {"project": project})
            address = cursor.fetchone()[0]
            cursor.execute("INSERT INTO channels_app_sender (project_id, channel, provider, name, address, credentials,"
                           " rate_per_second, status, status_reason, key, check_answer, created_at) VALUES"
                           " (%s, 'sms', 'vonage', 's', 'Tulips', '', 30, 'active', '', 'key-of-before', '', now())"
                           " RETURNING id", [project])  # fmt: skip
            sender = cursor.fetchone()[0]
    finally:
        call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT status, reach, opened_count FROM users_address WHERE id = %s", [address])
        assert cursor.fetchone() == ("active", 3, 0)
        cursor.execute("SELECT is_tracking, quiet_from FROM projects_project WHERE id = %s", [project])
        assert cursor.fetchone() == (True, None)
        cursor.execute("SELECT key FROM channels_app_sender WHERE id = %s", [sender])
        assert cursor.fetchone() == (None,)
    assert Sender.objects.get(key_hash=hash_of_key("key-of-before")).key == "key-of-before"


@pytest.mark.django_db
def test_processes_of_the_version_before_go_on_writing_while_they_wait_to_be_restarted() -> None:
    scene = Scene(people=0)
    for statement in AS_BEFORE:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"project": scene.project.pk, "mailing": scene.push.pk})
            assert cursor.rowcount == 1
