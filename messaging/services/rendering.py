"""Rendering a claim: each message's version with its user, project and data, and its links led over our address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from messaging.links import Kind, Page, PersonLink, person_token
from messaging.services.claims import Claimed
from messaging.services.email_links import tracked_html
from messaging.services.outcomes import Recorded
from messaging.services.short_links import LongText, shortened
from messaging.services.texts import kept_email
from messaging.services.versions import Compiled, compiled_version
from messaging.vocabulary import Category, EventKind, State
from projects.models import Project
from projects.tracking import base_url, tracks
from templates.content import Content, EmailContent, TextContent, to_json
from templates.errors import RenderError, TemplateSyntaxError
from templates.models import Channel
from templates.variables import build_context
from users.selectors_addresses import emails_and_phones

_KINDS: dict[str, Kind] = {Channel.EMAIL: "email", Channel.SMS: "phone", Channel.APP_PUSH: "push"}


@dataclass(frozen=True, slots=True)
class Letter:
    """A rendered message: `content` is handed over with `headers` (e-mail), `kept` is written down."""

    message: Claimed
    template_id: int
    content: Content
    missing: tuple[str, ...]
    kept: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the messages of a project come from and lead to."""

    project_id: int
    told: dict[str, str]
    base: str
    is_tracking: bool
    has_one_click: bool


def render_all(messages: Sequence[Claimed], *, project: Project) -> tuple[list[Letter], list[Recorded]]:
    """Render each message; one that fails fails alone, with the reason. Short links of SMS are stored."""
    told = {"sender_name": project.sender_name or project.name, "project_url": project.url}
    base = base_url(project)
    place = _Place(project.pk, told, base, tracks(project), _is_private(base))
    contacts = _contacts(messages)
    letters: list[Letter] = []
    failures: list[Recorded] = []
    for message in messages:
        try:
            letters.append(_letter(message, place, contacts.get(message.user_id, {})))
        except (RenderError, TemplateSyntaxError) as error:
            failures.append(
                Recorded(message.id, message.address_id, State.FAILED, reason=str(error), event=EventKind.NOTE)
            )
    return _with_short_links(letters, place), failures


def _letter(message: Claimed, place: _Place, contacts: Mapping[str, str]) -> Letter:
    version = compiled_version(message.version_id)
    pages = _pages(message, version, place)
    user = {**message.fields, **message.profile, **contacts}
    variables = build_context(user, {**place.told, **pages}, message.data)
    rendered = version.text.render(variables)
    if not isinstance(rendered.content, EmailContent):
        return Letter(message, version.template_id, rendered.content, rendered.missing, to_json(rendered.content))
    kept = kept_email(rendered.content, version.text, variables, message.data)
    content = _tracked(rendered.content, message, place)
    headers = _unsubscribe_headers(message, pages, has_one_click=place.has_one_click)
    return Letter(message, version.template_id, content, rendered.missing, kept, headers)


def _tracked(content: EmailContent, message: Claimed, place: _Place) -> EmailContent:
    if not place.is_tracking:
        return content
    html = tracked_html(content.html, base=place.base, project_id=place.project_id, message_id=message.id)
    return EmailContent(content.subject, content.preheader, html, content.text)


def _pages(message: Claimed, version: Compiled, place: _Place) -> dict[str, str]:
    """The person's own pages, as far as they are asked for: by the template, or by an e-mail's headers."""
    kind, asked = _KINDS[version.channel], version.text.variables
    found = {}
    if kind == "email" or "unsubscribeLink" in asked:
        found["unsubscribeLink"] = _page(message, place, kind, "unsubscribe")
    if "unsubscribeSettingsLink" in asked:
        found["unsubscribeSettingsLink"] = _page(message, place, kind, "settings")
    return found


def _page(message: Claimed, place: _Place, kind: Kind, page: Page) -> str:
    is_campaign = message.category == Category.CAMPAIGN
    link = PersonLink(place.project_id, message.user_id, message.id, kind, page, is_campaign)
    return f"{place.base}/u/{person_token(link)}"


def _unsubscribe_headers(message: Claimed, pages: Mapping[str, str], *, has_one_click: bool) -> dict[str, str]:
    """One click in the mailbox, by https only: https://www.rfc-editor.org/rfc/rfc8058#section-3.1.

    System messages can't be unsubscribed from.
    """
    if message.category == Category.SYSTEM:
        return {}
    link = pages["unsubscribeLink"]
    headers = {"List-Unsubscribe": f"<{link}>"}
    if has_one_click:
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _is_private(base: str) -> bool:
    """Nobody reads it on its way: https, or this very machine, on which development is done."""
    parts = urlsplit(base)
    return parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1", "::1")


def _with_short_links(letters: list[Letter], place: _Place) -> list[Letter]:
    """Put short links into the SMS among the letters, all in one statement."""
    if not place.is_tracking or not letters or not isinstance(letters[0].content, TextContent):
        return letters
    texts = [LongText(each.message.id, each.message.user_id, each.content.text) for each in letters]
    short = shortened(texts, base=place.base, project_id=place.project_id)
    return [
        replace(letter, content=TextContent(text), kept={"text": text})
        for letter, text in zip(letters, short, strict=True)
    ]


def _contacts(messages: Sequence[Claimed]) -> dict[int, dict[str, str]]:
    """The users' e-mails and phones, looked up only when a template of the claim asks for one."""
    versions = {message.version_id for message in messages}
    if not any(_asks_for_contacts(version) for version in versions):
        return {}
    return emails_and_phones([message.user_id for message in messages])


def _asks_for_contacts(version_id: int) -> bool:
    try:
        return not compiled_version(version_id).text.variables.isdisjoint({"user.email", "user.phone"})
    except TemplateSyntaxError:  # told of each of its messages when they are rendered
        return False
