"""Rendering a claim: each message's template version with its user, project and data."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from messaging.services.claims import Claimed
from messaging.services.outcomes import Recorded
from messaging.vocabulary import EventKind, State
from projects.models import Project
from templates.content import Content, from_json
from templates.errors import RenderError, TemplateSyntaxError
from templates.models import TemplateVersion
from templates.rendering import CompiledContent, compile_content
from templates.variables import build_context
from users.selectors_addresses import emails_and_phones


@dataclass(frozen=True, slots=True)
class Letter:
    """A rendered message."""

    message: Claimed
    template_id: int
    content: Content
    missing: tuple[str, ...]


@lru_cache(maxsize=1024)
def compiled_version(version_id: int) -> tuple[int, CompiledContent]:
    """The template's id and the compiled text of a version. Versions never change, so this never goes stale."""
    version = TemplateVersion.objects.select_related("template").get(pk=version_id)
    return version.template_id, compile_content(from_json(version.template.channel, version.content))


def render_all(messages: Sequence[Claimed], *, project: Project) -> tuple[list[Letter], list[Recorded]]:
    """Render each message; one that fails fails alone, with the reason."""
    told = {"sender_name": project.sender_name or project.name, "project_url": project.url}
    contacts = _contacts(messages)
    letters: list[Letter] = []
    failures: list[Recorded] = []
    for message in messages:
        try:
            template_id, compiled = compiled_version(message.version_id)
            user = {**message.fields, **message.profile, **contacts.get(message.user_id, {})}
            rendered = compiled.render(build_context(user, told, message.data))
        except (RenderError, TemplateSyntaxError) as error:
            failures.append(
                Recorded(message.id, message.address_id, State.FAILED, reason=str(error), event=EventKind.NOTE)
            )
        else:
            letters.append(Letter(message, template_id, rendered.content, rendered.missing))
    return letters, failures


def _contacts(messages: Sequence[Claimed]) -> dict[int, dict[str, str]]:
    """The users' e-mails and phones, looked up only when a template of the claim asks for one."""
    versions = {message.version_id for message in messages}
    if not any(_asks_for_contacts(version) for version in versions):
        return {}
    return emails_and_phones([message.user_id for message in messages])


def _asks_for_contacts(version_id: int) -> bool:
    try:
        return not compiled_version(version_id)[1].variables.isdisjoint({"user.email", "user.phone"})
    except TemplateSyntaxError:  # told of each of its messages when they are rendered
        return False
