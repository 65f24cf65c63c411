"""Templates and their versions: a change of the text is a new version, and what was sent stays what it was."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Max, ProtectedError
from django.utils import timezone

from projects.errors import Conflict, InvalidInput
from projects.models import Operator, Project
from projects.protection import is_protected
from templates.content import Content, from_json, to_json
from templates.models import MessageTemplate, TemplateVersion
from templates.rendering import problems


@transaction.atomic
def create_template(
    project: Project, *, channel: str, name: str, content: Mapping[str, str], operator: Operator | None = None
) -> MessageTemplate:
    """Make a template with its first version. `content` has the channel's fields (templates/content.py).

    Raises InvalidInput with a sentence for each field that is wrong (`name` where it is taken).
    """
    sources = check_content(channel, content)
    check_name(project, channel=channel, name=name)
    template = MessageTemplate.objects.create(project=project, channel=channel, name=name.strip())
    return _put_version(template, sources, number=1, operator=operator).template


@transaction.atomic
def save_version(
    template: MessageTemplate, *, content: Mapping[str, str], operator: Operator | None = None
) -> TemplateVersion:
    """Save the text as a new version; the same text again is the version there is. Raises InvalidInput."""
    sources = check_content(template.channel, content)
    locked = MessageTemplate.objects.select_for_update(of=("self",)).select_related("current").get(pk=template.pk)
    if locked.current and locked.current.content == to_json(sources):
        return locked.current
    last = locked.versions.aggregate(last=Max("number"))["last"] or 0
    version = _put_version(locked, sources, number=last + 1, operator=operator)
    template.current = version
    return version


def _put_version(
    template: MessageTemplate, sources: Content, *, number: int, operator: Operator | None
) -> TemplateVersion:
    version = TemplateVersion.objects.create(
        template=template, number=number, content=to_json(sources), created_by=operator
    )
    template.current = version
    template.save(update_fields=["current"])
    return version


@transaction.atomic
def rename_template(template: MessageTemplate, *, name: str) -> None:
    """Change the name that operators see. Raises InvalidInput."""
    check_name(template.project, channel=template.channel, name=name, but=template.pk)
    if template.name != name.strip():
        template.name = name.strip()
        template.save(update_fields=["name"])


def archive_template(template: MessageTemplate) -> None:
    """Take it out of the lists to choose from. Mailings that have it go on using it. Harmless to repeat."""
    if template.archived_at is None:
        template.archived_at = timezone.now()
        template.save(update_fields=["archived_at"])


def unarchive_template(template: MessageTemplate) -> None:
    """Put it back into the lists to choose from."""
    if template.archived_at is not None:
        template.archived_at = None
        template.save(update_fields=["archived_at"])


def delete_template(template: MessageTemplate) -> None:
    """Remove a template that nothing used. Raises Conflict where a type, a campaign or a message has it."""
    refusal = Conflict(
        f"“{template.name}” is used by a type, a campaign or a message, so it can't be deleted. Archive it instead."
    )
    try:
        with transaction.atomic():
            # The template protects its newest version; the rest decides the database.
            template.current = None
            MessageTemplate.objects.filter(pk=template.pk).update(current=None)
            if is_protected(MessageTemplate.objects.filter(pk=template.pk)):
                raise refusal
            template.delete()
    except ProtectedError as error:
        raise refusal from error


def check_content(channel: str, content: Mapping[str, str]) -> Content:
    """The content in its kind. Raises InvalidInput with a sentence for each field, ContentError for unknown ones."""
    sources = from_json(channel, {name: value.replace("\r\n", "\n") for name, value in content.items()})
    found = problems(sources)
    if found:
        raise InvalidInput(found)
    return sources


def check_name(project: Project, *, channel: str, name: str, but: int | None = None) -> None:
    """Raise InvalidInput where the name is empty or another template of the channel has it."""
    if not name.strip():
        raise InvalidInput({"name": "Give the template a name."})
    namesakes = MessageTemplate.objects.filter(project=project, channel=channel, name=name.strip())
    if namesakes.exclude(pk=but or 0).exists():
        raise InvalidInput({"name": "A template of this channel has this name already."})
