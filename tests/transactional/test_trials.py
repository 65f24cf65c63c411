"""A test of a template: one message to somebody of the project, counted under the type for tests alone."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign
from campaigns.services.drafts import Draft, create_campaign
from channels_app.models import Sender
from messaging.models import Message, Statistic
from messaging.selectors_types import names_of_types
from projects.errors import Conflict, InvalidInput
from projects.models import Project
from templates.models import Channel, MessageTemplate
from templates.services.templates import archive_template
from tests.factories import make_project, make_sender, make_template, make_user
from tests.panel_people import sign_in
from transactional.models import TransactionalType
from transactional.services.trials import send_trial
from users.models import Address, OmnichannelUser
from users.vocabulary import AddressKind


@pytest.fixture
def project(db: None) -> Project:
    return make_project(name="Tulip Shop")


@pytest.fixture
def sender(project: Project) -> Sender:
    return make_sender(project, "smtp")


@pytest.fixture
def template(project: Project) -> MessageTemplate:
    return make_template(project, Channel.EMAIL)


@pytest.fixture
def me(project: Project) -> OmnichannelUser:
    return make_user(project, client_user_id="me", email="me@example.com")


def page_of(template: MessageTemplate) -> str:
    return reverse("admin:templates_messagetemplate_send_test", args=[template.pk])


@pytest.mark.parametrize("to", ["me", " ME@example.com "])
def test_it_goes_to_an_id_or_an_address(
    template: MessageTemplate, sender: Sender, me: OmnichannelUser, to: str
) -> None:
    [message] = send_trial(template, to=to, sender=sender, data={"code": "7"})
    message.refresh_from_db()
    assert (message.user, message.sender, message.version) == (me, sender, template.current)
    assert (message.state, message.category, message.data) == ("queued", "trigger", {"code": "7"})


def test_it_is_counted_under_the_type_for_tests_and_no_campaign(
    template: MessageTemplate, sender: Sender, me: OmnichannelUser, project: Project
) -> None:
    draft = Draft(name="Sale", sender=sender, weights={template.pk: 1})
    campaign = create_campaign(project, channel=Channel.EMAIL, draft=draft)
    for _ in range(2):
        send_trial(template, to="me", sender=sender)
    tests = TransactionalType.objects.get()
    assert (tests.type_id, tests.name, tests.sender) == (0, "Tests from the panel", None)
    assert list(Statistic.objects.values_list("mailing", "version", "audience")) == [
        (tests.pk, template.current_id, 1),
        (tests.pk, template.current_id, 1),
    ]
    assert not Message.objects.filter(mailing=Campaign.objects.get(pk=campaign.pk)).exists()


def test_nobody_is_asked_whether_they_want_tests(
    template: MessageTemplate, sender: Sender, me: OmnichannelUser
) -> None:
    send_trial(template, to="me", sender=sender)
    assert names_of_types(template.project, AddressKind.EMAIL) == {}


def test_whoever_left_is_left_alone_and_told_why(
    template: MessageTemplate, sender: Sender, me: OmnichannelUser
) -> None:
    Address.objects.filter(user=me).update(status="suppressed")
    [message] = send_trial(template, to="me", sender=sender)
    assert (message.state, message.reason) == ("skipped", "The address is suppressed.")


def test_a_push_goes_to_each_device(project: Project) -> None:
    template = make_template(project)
    make_sender(project, "fcm")
    make_user(project, client_user_id="me", app_push_token="x" * 22 + ":1")
    assert [message.state for message in send_trial(template, to="me")] == ["queued"]


@pytest.mark.parametrize("to", ["x@example.com", "stranger", "a\0b", "", "phoneless"])
def test_nobody_to_send_to_is_a_sentence_beside_the_field(template: MessageTemplate, sender: Sender, to: str) -> None:
    make_user(make_project(template.project.client), client_user_id="stranger", email="x@example.com")
    make_user(template.project, client_user_id="phoneless")
    with pytest.raises(InvalidInput) as caught:
        send_trial(template, to=to, sender=sender)
    nobody = "Nobody in Tulip Shop has this client user id or e-mail. Add the person first."
    assert caught.value.errors == {"to": "phoneless has no e-mail address." if to == "phoneless" else nobody}
    assert (Message.objects.exists(), TransactionalType.objects.exists()) == (False, False)


def test_a_foreign_sender_and_an_archived_template_are_refused(
    template: MessageTemplate, sender: Sender, me: OmnichannelUser
) -> None:
    for wrong in (None, make_sender(make_project(), "smtp"), make_sender(template.project, "vonage")):
        with pytest.raises(InvalidInput) as caught:
            send_trial(template, to="me", sender=wrong)
        assert list(caught.value.errors) == ["sender"]
    archive_template(template)
    with pytest.raises(Conflict):
        send_trial(template, to="me", sender=sender)
    assert not Message.objects.exists()


def test_a_marketer_sends_one_from_the_templates_page(
    client: Client, template: MessageTemplate, sender: Sender, me: OmnichannelUser, project: Project
) -> None:
    sign_in(client, project, "Marketer")
    change = client.get(reverse("admin:templates_messagetemplate_change", args=[template.pk]))
    assert page_of(template) in change.content.decode()
    form = client.get(page_of(template)).context["form"]
    assert (list(form.fields), form.fields["sender"].initial) == (["to", "sender", "data_code"], sender)
    answer = client.post(page_of(template), {"to": "me@example.com", "sender": sender.pk, "data_code": "<7>"})
    message = Message.objects.get()
    assert answer["Location"] == reverse("admin:messaging_message_change", args=[message.pk])
    assert message.data == {"code": "<7>"}
    assert "As a test, from the panel" in client.get(answer["Location"]).content.decode()


def test_mistakes_stand_beside_their_fields(client: Client, template: MessageTemplate, sender: Sender) -> None:
    foreign = make_sender(make_project(), "smtp")
    sign_in(client, template.project, "Marketer")
    told: Any = client.post(page_of(template), {"to": "nobody", "sender": foreign.pk}).context["form"].errors
    assert list(told) == ["sender"]
    told = client.post(page_of(template), {"to": "nobody", "sender": sender.pk}).context["form"].errors
    assert told == {"to": ["Nobody in Tulip Shop has this client user id or e-mail. Add the person first."]}


def test_only_who_may_write_templates_sends_one(client: Client, template: MessageTemplate, me: OmnichannelUser) -> None:
    sign_in(client, template.project, "Viewer")
    assert client.post(page_of(template), {"to": "me"}).status_code == 403
    sign_in(client, make_project(), "Marketer")
    assert client.post(page_of(template), {"to": "me"}).status_code in {403, 404}
    assert not Message.objects.exists()


def test_the_type_for_tests_can_be_read_and_not_changed(
    client: Client, template: MessageTemplate, sender: Sender, me: OmnichannelUser
) -> None:
    send_trial(template, to="me", sender=sender)
    tests = TransactionalType.objects.get()
    sign_in(client, template.project, "Marketer")
    address = reverse("admin:transactional_transactionaltype_change", args=[tests.pk])
    page = client.get(address).content.decode()
    assert ("Counts the tests" in page, "Send it by the API" in page) == (True, False)
    assert client.post(address, {"name": "x"}).status_code == 403
