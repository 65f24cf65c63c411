"""Templates: versions that never change, names, archiving, deleting, and previews."""

import pytest
from django.db import IntegrityError, transaction

from messaging.models import Mailing, MixEntry
from projects.errors import Conflict, InvalidInput
from projects.models import ClientAccount, Project
from templates.models import MessageTemplate, TemplateVersion
from templates.previews import preview
from templates.services import templates as services
from users.models import Address, CustomField, OmnichannelUser


@pytest.fixture
def project(db: None) -> Project:
    client = ClientAccount.objects.create(name="Acme")
    return Project.objects.create(client=client, name="Shop", url="https://shop.example")


@pytest.fixture
def template(project: Project) -> MessageTemplate:
    return services.create_template(project, channel="sms", name="Code", content={"text": "{{ code }}"})


def test_the_first_version_is_number_one(template: MessageTemplate) -> None:
    assert [(each.number, each.content) for each in template.versions.all()] == [(1, {"text": "{{ code }}"})]
    assert template.current == template.versions.get()


def test_a_changed_text_is_a_new_version_and_the_old_one_stays(template: MessageTemplate) -> None:
    newest = services.save_version(template, content={"text": "Your code: {{ code }}"})
    assert [each.content["text"] for each in template.versions.order_by("number")] == [
        "{{ code }}",
        "Your code: {{ code }}",
    ]
    assert MessageTemplate.objects.get(pk=template.pk).current == newest


def test_the_same_text_is_no_new_version(template: MessageTemplate) -> None:
    assert services.save_version(template, content={"text": "{{ code }}"}) == template.current
    assert template.versions.count() == 1


def test_the_database_refuses_to_change_a_version(template: MessageTemplate) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        TemplateVersion.objects.filter(template=template).update(content={"text": "other"})


@pytest.mark.parametrize(
    ("content", "errors"),
    [
        ({"text": ""}, {"text": "Message text can't be empty."}),
        ({"text": "Hi {{ user.name"}, {"text": "Line 1: “{{” has no “}}”."}),
    ],
)
def test_a_wrong_text_is_told_beside_its_field(
    template: MessageTemplate, content: dict[str, str], errors: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.save_version(template, content=content)
    assert refusal.value.errors == errors
    assert template.versions.count() == 1


def test_twig_is_told_with_the_liquid_form(project: Project) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.check_content("sms", {"text": "Hi {{ user.name|default('you') }}"})
    assert refusal.value.errors["text"].endswith("In Liquid: {{ user.name | default: 'you' }}")


def test_a_name_is_unique_in_its_channel(project: Project, template: MessageTemplate) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.create_template(project, channel="sms", name=" Code ", content={"text": "x"})
    assert refusal.value.errors == {"name": "A template of this channel has this name already."}
    push = services.create_template(project, channel="app_push", name="Code", content={"subject": "s", "text": "t"})
    assert push.name == "Code"


def test_an_unused_template_can_be_deleted(template: MessageTemplate) -> None:
    services.delete_template(template)
    assert not TemplateVersion.objects.exists()


def test_a_template_in_use_cannot_be_deleted_and_stays_whole(project: Project, template: MessageTemplate) -> None:
    mailing = Mailing.objects.create(project=project, channel="sms", category="system", type_id=1, name="Codes")
    MixEntry.objects.create(mailing=mailing, template=template)
    with pytest.raises(Conflict) as refusal:
        services.delete_template(template)
    assert refusal.value.message == (
        "“Code” is used by a type, a campaign or a message, so it can't be deleted. Archive it instead."
    )
    stored = MessageTemplate.objects.get(pk=template.pk)
    assert stored.current == stored.versions.get()


def test_archiving_twice_keeps_the_first_time(template: MessageTemplate) -> None:
    services.archive_template(template)
    first = template.archived_at
    services.archive_template(template)
    assert MessageTemplate.objects.get(pk=template.pk).archived_at == first
    services.unarchive_template(template)
    assert MessageTemplate.objects.get(pk=template.pk).archived_at is None


def test_a_preview_is_rendered_for_a_real_user(project: Project) -> None:
    user = OmnichannelUser.objects.create(project=project, client_user_id="u1", name="Ann", fields={"plan": "gold"})
    Address.objects.create(user=user, project=project, kind="phone", value="+380441234567")
    CustomField.objects.create(project=project, name="plan", type="string")
    text = "{{ user.name }} {{ user.plan }} {{ user.phone }} {{ code }} {{ user.plam }}"
    seen = preview(project, channel="sms", sources={"text": text}, client_user_id="u1", data={"code": "77"})
    assert seen.fields == {"text": "Ann gold +380441234567 77 "}
    assert (seen.unknown, seen.missing, seen.data) == (["user.plam"], ["user.plam"], ["code"])


def test_a_preview_for_nobody_has_every_custom_field(project: Project) -> None:
    CustomField.objects.create(project=project, name="points", type="number")
    seen = preview(project, channel="sms", sources={"text": "{{ user.points }} {{ user.name }}"})
    assert (seen.fields, seen.missing) == ({"text": "7 Olena"}, [])


def test_a_preview_measures_an_sms(project: Project) -> None:
    seen = preview(project, channel="sms", sources={"text": "ї" * 71})
    assert seen.sms is not None
    assert (seen.sms["segments"], seen.sms["encoding"], seen.sms["characters"]) == (2, "UCS-2", 71)


def test_a_preview_of_half_a_push_shows_the_half_that_is_there(project: Project) -> None:
    seen = preview(project, channel="app_push", sources={"text": "Hi {{ user.name }}"})
    assert seen.fields["text"] == "Hi Olena"
    assert seen.problems == {"subject": "Subject can't be empty."}


def test_a_preview_names_a_user_it_cannot_find(project: Project) -> None:
    seen = preview(project, channel="sms", sources={"text": "x"}, client_user_id="nobody")
    assert seen.problems == {"client_user_id": "There is no user “nobody” in this project."}
