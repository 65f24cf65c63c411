"""What benchmarks/tracking.py loads: pushes and SMS that were sent an hour ago, and all that may be told of them."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from django.db import connection

from benchmarks.scene import make_project
from channels_app.services.senders import create_sender
from messaging.links import ClickLinks, open_token
from messaging.models import Mailing, Message, Receipt, Visit
from messaging.services.statistics import check_statistics
from projects.services.accounts import issue_api_key
from templates.services.templates import create_template
from transactional.services.types import TypeDraft, create_type
from users.models import OmnichannelUser

LIST = 1_000
PORTIONS = 16
"""Parts of the messages: each kind of request in each round has its own, so that all of it is news."""

MESSAGES = """
INSERT INTO messaging_message (project_id, mailing_id, user_id, sender_id, channel, category, state, reason,
                               provider_id, request_id, attempts, created_at, sent_at)
SELECT %(project)s, %(mailing)s, %(user)s, %(sender)s, %(channel)s, 'system', 'sent', '', '', '', 1,
       statement_timestamp() - interval '1 hour', statement_timestamp() - interval '50 minutes'
FROM generate_series(1, %(count)s) RETURNING id
"""  # fmt: skip
COUNTED = """
INSERT INTO messaging_statistic (mailing_id, version_id, day, audience, sent)
SELECT mailing_id, version_id, (created_at AT TIME ZONE 'UTC')::date, count(*), count(*) FROM messaging_message
GROUP BY 1, 2, 3
"""


class Scene:
    """`messages` pushes and as many SMS of one person."""

    def __init__(self, *, messages: int) -> None:
        self.project, push_sender, push = make_project("tracking")
        self.sms_sender = create_sender(
            self.project, provider="vonage", name="SMS", address="Tulips",
            values={"api_key": "benchmark", "api_secret": "benchmark"},
        )  # fmt: skip
        sms = create_template(self.project, channel="sms", name="sms", content={"text": "Hello"})
        create_type(self.project, TypeDraft("app_push", "system", "Push", 101, {push.pk: 1}))
        create_type(self.project, TypeDraft("sms", "system", "SMS", 102, {sms.pk: 1}, sender=self.sms_sender))
        self._reader = OmnichannelUser.objects.create(project=self.project, client_user_id="reader")
        self._pushes = self._sent(101, push_sender.pk, "app_push", messages)
        self._sms = self._sent(102, self.sms_sender.pk, "sms", messages)
        with connection.cursor() as cursor:
            cursor.execute(COUNTED)
            cursor.execute("ANALYZE messaging_message")
        key = issue_api_key(self.project.client).api_key
        token = base64.b64encode(f"{self.project.client_id}:{key}".encode()).decode()
        self.load = {"BENCH_AUTHORIZATION": f"Basic {token}"}

    def clicks(self, part: int) -> Iterator[str]:
        """Links followed."""
        for message in self._portion(self._pushes, part):
            yield f"GET\t/t/{ClickLinks(self.project.pk, message).token(0, 'https://shop.example.com/sale')}\t"

    def opens(self, part: int) -> Iterator[str]:
        """Pixels fetched."""
        for message in self._portion(self._pushes, part):
            yield f"GET\t/o/{open_token(self.project.pk, message)}.gif\t"

    def receipts(self, part: int) -> Iterator[str]:
        """Delivery receipts of Vonage."""
        for message in self._portion(self._sms, part):
            told = f"messageId=v{message}&msisdn=31612345678&status=delivered&err-code=0&client-ref={message}"
            yield f"GET\t/receipts/vonage/{self.sms_sender.key}?{told}\t"

    def reports(self, part: int) -> Iterator[str]:
        """Clicks that apps report, one by one."""
        for message in self._portion(self._pushes, part):
            yield f"POST\t/v1/app-push/track/click\t{json.dumps(self._event(message))}"

    def lists(self, part: int) -> Iterator[str]:
        """The same in lists."""
        portion = self._portion(self._pushes, part)
        for begin in range(0, len(portion), LIST):
            events = [self._event(message) for message in portion[begin : begin + LIST]]
            yield f"POST\t/v1/app-push/track/click\t{json.dumps(events)}"

    def waiting(self) -> int:
        """How much has come and isn't counted yet."""
        return Visit.objects.count() + Receipt.objects.filter(processed_at__isnull=True).count()

    def check(self) -> None:
        """Raises SystemExit where the counters don't agree with the rows."""
        for mailing in Mailing.objects.all():
            if found := check_statistics(mailing.pk):
                raise SystemExit(f"The counters don't agree with the rows: {found[0]}")

    def told(self) -> dict[str, int]:
        """How many messages were delivered, opened and clicked."""
        return {
            name: Message.objects.filter(**{f"{name}_at__isnull": False}).count()
            for name in ("delivered", "opened", "clicked")
        }

    def _event(self, message: int) -> dict[str, Any]:
        return {"project_id": self.project.pk, "push_id": message}

    def _sent(self, type_id: int, sender: int, channel: str, count: int) -> list[int]:
        mailing = Mailing.objects.get(project=self.project, type_id=type_id).pk
        values = {"project": self.project.pk, "mailing": mailing, "user": self._reader.pk, "sender": sender,
                  "channel": channel, "count": count}  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(MESSAGES, values)
            return [row[0] for row in cursor.fetchall()]

    def _portion(self, messages: list[int], part: int) -> list[int]:
        size = len(messages) // PORTIONS
        return messages[part * size : (part + 1) * size]
