"""Webhooks in the panel: made, tried out, followed, sent again."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from projects.models import Webhook, WebhookDelivery, WebhookEvent
from projects.services.webhook_deliveries import deliver_webhooks
from projects.services.webhooks import Happening, tell
from sendios.panel.roles import CUSTOMER_SUCCESS, SUPPORT_MANAGER
from tests.panel.world import World, operator_of
from tests.projects.receiver import Receiver, receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours() -> World:
    return World("acme")


@pytest.fixture
def here(settings: Any) -> Iterator[Receiver]:
    settings.OUTGOING_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with receiver() as server:
        yield server


@pytest.fixture
def webhook(ours: World, here: Receiver) -> Webhook:
    """The world's own webhook, at the receiver; nothing waits for it."""
    row: Any = ours.rows[Webhook]
    WebhookEvent.objects.all().delete()
    Webhook.objects.filter(pk=row.pk).update(url=here.url)
    row.url = here.url
    return row  # type: ignore[no-any-return]


def page(name: str, *args: int) -> str:
    return reverse(f"admin:projects_{name}", args=args)


def sentences(response: Any) -> list[str]:
    return [str(each) for each in response.context["messages"]]


def test_a_new_webhook_shows_its_secret_this_once(client: Client, ours: World) -> None:
    client.force_login(operator_of(ours, CUSTOMER_SUCCESS))
    form = {
        "project": ours.project.pk,
        "url": "https://example.com/hook",
        "is_active": "on",
        "events": ["sent", "lost"],
    }
    answer = client.post(page("webhook_add"), {**form, "events": ["sent", "lost"]})
    made = Webhook.objects.get(url="https://example.com/hook")
    secret = made.secret["secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert (made.events, made.project, made.is_active) == (["sent", "lost"], ours.project, True)
    assert secret not in client.get(page("webhook_change", made.pk)).content.decode()


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://2130706433/", "ftp://example.com", "https://a:b@c.de/"])
def test_a_url_that_must_not_be_called_is_told_beside_its_field(client: Client, ours: World, url: str) -> None:
    client.force_login(operator_of(ours, CUSTOMER_SUCCESS))
    before = Webhook.objects.count()
    answer = client.post(page("webhook_add"), {"project": ours.project.pk, "url": url, "is_active": "on"})
    assert list(answer.context["adminform"].form.errors) == ["url"]
    assert Webhook.objects.count() == before


def test_a_change_goes_through_the_service(client: Client, ours: World, webhook: Webhook) -> None:
    client.force_login(operator_of(ours, CUSTOMER_SUCCESS))
    tell(ours.project.pk, [Happening("sent", {})])
    answer = client.post(page("webhook_change", webhook.pk), {"url": webhook.url, "events": ["click"]})
    assert answer.status_code == 302
    changed = Webhook.objects.get(pk=webhook.pk)
    assert (changed.events, changed.is_active, WebhookEvent.objects.count()) == (["click"], False, 0)
    assert changed.secret == webhook.secret


def test_a_new_secret_replaces_the_old_one(client: Client, ours: World, webhook: Webhook) -> None:
    client.force_login(operator_of(ours, CUSTOMER_SUCCESS))
    before = webhook.secret["secret"]
    path = page("webhook_new_secret", webhook.pk)
    assert before not in client.get(path).content.decode()
    shown = client.post(path).content.decode()
    now = Webhook.objects.get(pk=webhook.pk).secret["secret"]
    assert (now != before, now in shown) == (True, True)


def test_a_test_event_shows_the_answer(client: Client, ours: World, webhook: Webhook, here: Receiver) -> None:
    client.force_login(operator_of(ours, CUSTOMER_SUCCESS))
    here.answers = [(200, b"<b>thanks</b>"), (403, b"who are you?")]
    path = page("webhook_send_test", webhook.pk)
    said = [sentences(client.post(path, follow=True))[-1] for _ in range(2)]
    assert [re.sub(r"\d\.\d s", "0.0 s", each) for each in said] == [
        "Answered 200 in 0.0 s: <b>thanks</b>",
        "Answered 403 in 0.0 s: who are you?",
    ]
    assert client.get(path).status_code == 405


def test_deliveries_are_sent_again_one_by_one_or_many(
    client: Client, ours: World, webhook: Webhook, here: Receiver
) -> None:
    client.force_login(operator_of(ours, CUSTOMER_SUCCESS))
    for number in (1, 2):
        tell(ours.project.pk, [Happening("sent", {"mail_id": number})])
        deliver_webhooks()
    first, second = WebhookDelivery.objects.filter(state="delivered").order_by("pk")
    here.requests.clear()

    one = client.post(page("webhookdelivery_send_again", second.pk), follow=True)
    assert sentences(one) == ["1 going out again, one try each."]
    deliver_webhooks()
    ticked = {"action": "send_these_again", "_selected_action": [second.pk, first.pk]}
    many = client.post(page("webhookdelivery_changelist"), ticked, follow=True)
    assert sentences(many) == ["2 going out again, one try each."]
    deliver_webhooks()
    assert [event["mail_id"] for event in here.events] == [2, 1, 2]
    assert "mail_id" in client.get(page("webhookdelivery_change", first.pk)).content.decode()


def test_who_may_only_look_sends_nothing_again(client: Client, ours: World, webhook: Webhook, here: Receiver) -> None:
    client.force_login(operator_of(ours, SUPPORT_MANAGER))
    row = ours.rows[WebhookDelivery]
    client.post(page("webhookdelivery_send_again", row.pk))
    client.post(page("webhookdelivery_changelist"), {"action": "send_these_again", "_selected_action": [row.pk]})
    client.post(page("webhook_send_test", webhook.pk))
    client.post(page("webhook_new_secret", webhook.pk))
    assert (WebhookDelivery.objects.get(pk=row.pk).state, here.connections) == ("failed", 0)
    assert Webhook.objects.get(pk=webhook.pk).secret == webhook.secret


def test_lists_ask_as_much_for_three_rows_as_for_one(
    client: Client, ours: World, webhook: Webhook, django_assert_max_num_queries: Any
) -> None:
    client.force_login(operator_of(ours, CUSTOMER_SUCCESS))
    client.get(page("webhookdelivery_changelist"))
    for _ in range(2):
        with django_assert_max_num_queries(11):
            assert client.get(page("webhookdelivery_changelist")).status_code == 200
        for _ in range(2):
            tell(ours.project.pk, [Happening("sent", {})])
            deliver_webhooks()
