"""The page of a transactional type."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from messaging.models import Statistic
from projects.models import Project
from templates.models import Channel
from tests.factories import make_project, make_sender, make_template, make_type
from tests.panel_people import sign_in
from transactional.models import TransactionalType

ADD = reverse("admin:transactional_transactionaltype_add")
LIST = reverse("admin:transactional_transactionaltype_changelist")


@pytest.fixture
def project(db: None) -> Project:
    project = make_project()
    make_sender(project, "fcm")
    return project


def page_of(kind: TransactionalType) -> str:
    return reverse("admin:transactional_transactionaltype_change", args=[kind.pk])


def form_of(project: Project, *rows: tuple[Any, Any], **changes: Any) -> dict[str, Any]:
    given = {"project": project.pk, "channel": "app_push", "category": "system", "name": "Code", "type_id": "7"}
    mix = {"mix-template": [str(row[0]) for row in rows], "mix-weight": [str(row[1]) for row in rows]}
    return {**given, "is_open": "on", **mix, **changes}


def errors_of(response: Any) -> dict[str, list[str]]:
    return {name: list(sentences) for name, sentences in response.context["adminform"].form.errors.items()}


def test_a_type_with_two_templates_is_made(client: Client, project: Project) -> None:
    one, two = make_template(project), make_template(project)
    sign_in(client, project)
    assert client.post(ADD, form_of(project, (one.pk, 3), (two.pk, 1))).status_code == 302
    made = TransactionalType.objects.get(type_id=7)
    assert dict(made.mix.values_list("template_id", "weight")) == {one.pk: 3, two.pk: 1}
    assert (made.project, made.channel, made.category, made.is_open) == (project, "app_push", "system", True)


def test_a_type_id_that_is_taken_is_told_beside_its_field(client: Client, project: Project) -> None:
    make_type(project, type_id=7)
    sign_in(client, project)
    response = client.post(ADD, form_of(project, (make_template(project).pk, 1)))
    assert errors_of(response) == {"type_id": ["The Type ID 7 is taken in this project."]}


def test_weights_of_zero_are_told_in_a_sentence(client: Client, project: Project) -> None:
    sign_in(client, project)
    response = client.post(ADD, form_of(project, (make_template(project).pk, 0)))
    assert errors_of(response) == {"mix": ["All weights are zero: give at least one template a weight of 1 or more."]}


@pytest.mark.parametrize("weight", ["-1", "x", "", "10001", "1.5"])
def test_a_weight_is_a_whole_number(client: Client, project: Project, weight: str) -> None:
    sign_in(client, project)
    response = client.post(ADD, form_of(project, (make_template(project).pk, weight)))
    assert errors_of(response) == {"mix": ["A weight is a whole number from 1 to 10,000."]}


def test_a_template_twice_is_told(client: Client, project: Project) -> None:
    template = make_template(project)
    sign_in(client, project)
    response = client.post(ADD, form_of(project, (template.pk, 1), (template.pk, 2)))
    sentence = "A template is in the mix twice: give it one row with both weights together."
    assert errors_of(response) == {"mix": [sentence]}


def test_no_template_is_told(client: Client, project: Project) -> None:
    sign_in(client, project)
    assert errors_of(client.post(ADD, form_of(project, ("", 1)))) == {"mix": ["Choose at least one template."]}


def test_a_template_of_another_channel_or_project_is_refused(client: Client, project: Project) -> None:
    sign_in(client, project)
    sentence = "Every template must be of the same project and channel."
    for stranger in (make_template(project, Channel.SMS), make_template(make_project())):
        response = client.post(ADD, form_of(project, (stranger.pk, 1)))
        assert errors_of(response) == {"mix": [sentence]}


def test_an_sms_type_needs_a_sender_of_its_project(client: Client, project: Project) -> None:
    template = make_template(project, Channel.SMS)
    sign_in(client, project)
    form = form_of(project, (template.pk, 1), channel="sms")
    assert errors_of(client.post(ADD, form)) == {"sender": ["Choose the sender of these SMS."]}
    stranger = make_sender(make_project(), "vonage")
    assert list(errors_of(client.post(ADD, {**form, "sender": stranger.pk}))) == ["sender"]
    mine = make_sender(project, "vonage")
    assert client.post(ADD, {**form, "sender": mine.pk}).status_code == 302


def test_a_type_can_be_changed_and_switched_off(client: Client, project: Project) -> None:
    kind = make_type(project, type_id=7)
    other = make_template(project)
    sign_in(client, project)
    form = form_of(project, (other.pk, 5), name="Codes", type_id="8", category="trigger")
    form.pop("is_open")
    assert client.post(page_of(kind), form).status_code == 302
    kind.refresh_from_db()
    assert (kind.name, kind.type_id, kind.category, kind.is_open) == ("Codes", 8, "trigger", False)
    assert dict(kind.mix.values_list("template_id", "weight")) == {other.pk: 5}


def test_the_page_shows_how_to_send_by_it_and_how_it_fares(client: Client, project: Project) -> None:
    kind = make_type(project, type_id=7)
    Statistic.objects.create(mailing=kind, day="2026-01-01", audience=9, sent=8, delivered=7, clicked=3)
    sign_in(client, project, "Viewer")
    response = client.get(page_of(kind))
    curl = response.context["curl"]
    assert f"-u {project.client_id}:$SENDIOS_API_KEY" in curl
    assert "/v1/app-push/send/system" in curl
    assert ('"type_id": 7' in curl, '"code": "…"' in curl) == (True, True)
    counters = response.context["statistics"]["counters"]
    assert (counters.sent, counters.delivered, counters.clicked) == (8, 7, 3)


@pytest.mark.parametrize("types", [1, 3])
def test_the_list_takes_twelve_queries_however_many_types(
    client: Client, project: Project, types: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(types):
        kind = make_type(project)
        Statistic.objects.create(mailing=kind, day="2026-01-01", sent=8, delivered=7, clicked=3)
    sign_in(client, project)
    client.get(LIST)  # content types are read once a process
    with django_assert_num_queries(12):
        rows = client.get(LIST).context["cl"].result_list
    assert [(row.counters.sent, row.counters.delivered, row.counters.clicked) for row in rows] == [(8, 7, 3)] * types


def test_a_type_that_was_sent_by_stays_and_one_that_was_not_goes(client: Client, project: Project) -> None:
    from messaging.models import Message
    from tests.factories import make_user

    used, unused = make_type(project), make_type(project)
    Message.objects.create(
        project=project, mailing=used, user=make_user(project), channel="app_push", category="system"
    )
    sign_in(client, project)
    for kind in (used, unused):
        client.post(reverse("admin:transactional_transactionaltype_delete", args=[kind.pk]), {"post": "yes"})
    assert list(TransactionalType.objects.values_list("pk", flat=True)) == [used.pk]
