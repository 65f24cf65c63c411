"""What a person would see, rendered while an operator still types."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from projects.errors import DomainError, NotFound
from projects.models import Project
from templates.content import Content, EmailContent, field_names, from_json, to_json
from templates.dialect import hints
from templates.email_html import markup_of
from templates.email_problems import html_hints
from templates.people import custom_fields, variables_of
from templates.rendering import compile_content, problems
from templates.variables import Variables, data_names, unknown

NO_UNSUBSCRIBE_LINK = (
    "There is no {{ unsubscribeLink }}: mails of a campaign need one that people can see, beside the one that mail "
    "programs show themselves."
)

GMAIL_SHOWS = 102
"""kB of HTML, as senders have measured it."""


@dataclass(frozen=True, slots=True)
class Preview:
    """All a page shows beside the form: who sends it; `fields` are rendered ("" where that can't be done).

    `problems` and `hints` are sentences by field; `missing` had no value for this person, `unknown` can't have one for
    anybody, `data` must come with each request. `sms` measures the text of an SMS.
    """

    sender: str
    fields: dict[str, str]
    problems: dict[str, str]
    hints: dict[str, list[str]]
    missing: list[str]
    unknown: list[str]
    data: list[str]
    sms: dict[str, Any] | None


def preview(
    project: Project,
    *,
    channel: str,
    sources: Mapping[str, str],
    client_user_id: str = "",
    data: dict[str, object] | None = None,
) -> Preview:
    """Render what is in the form, whole or not, for a user ("" for somebody made up). Raises ContentError."""
    content = from_json(channel, {name: sources.get(name, "") for name in field_names(channel)})
    found = problems(content)
    told = hints_of(content, found)
    names = _names(content)
    fields, missing = dict.fromkeys(field_names(channel), ""), list[str]()
    try:
        person = variables_of(project, client_user_id=client_user_id, data=data)
    except NotFound as error:
        found["client_user_id"] = error.message
    else:
        fields, missing = _rendered(content, person, found)
    if channel == "email" and names is not None:
        told["html"] += _hints_of_mail(fields["html"], names)
    return Preview(
        sender=project.sender_name or project.name,
        fields=fields,
        problems=found,
        hints={name: lines for name, lines in told.items() if lines},
        missing=missing,
        unknown=unknown(names or (), [field.name for field in custom_fields(project)]),
        data=data_names(names or ()),
        sms=measured(fields["text"]) if channel == "sms" else None,
    )


def _hints_of_mail(html: str, names: frozenset[str]) -> list[str]:
    size = len(html.encode()) // 1000
    told = [] if "unsubscribeLink" in names else [NO_UNSUBSCRIBE_LINK]
    if size > GMAIL_SHOWS:
        told.append(f"Gmail shows the first {GMAIL_SHOWS} kB of a mail and hides the rest: this one has {size} kB.")
    return told


def _names(content: Content) -> frozenset[str] | None:
    """The variables that it reads, None where it can't be read itself."""
    try:
        return compile_content(content).variables
    except DomainError:
        return None


def _rendered(content: Content, person: Variables, found: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The fields and what was missing. A field that is wrong is told of and left empty; the others are shown."""
    left_out: set[str] = set()
    while True:
        try:
            rendered = compile_content(content).render(person)
        except DomainError as error:
            name = error.field
            if name in left_out or name not in to_json(content):
                return dict.fromkeys(to_json(content), ""), []
            found.setdefault(name, error.message)
            left_out.add(name)
            # What is required must say something, or the others can't be rendered.
            content = type(content)(**{**to_json(content), name: "" if name in {"logo", "link"} else "-"})
        else:
            made = to_json(rendered.content)
            hidden = left_out | ({"text"} if "html" in left_out and made.get("text") == "-" else set())
            return {name: "" if name in hidden else value for name, value in made.items()}, list(rendered.missing)


def hints_of(content: Content, found: Mapping[str, str]) -> dict[str, list[str]]:
    """By field, what would be said otherwise in Liquid, and what of an e-mail's HTML doesn't work everywhere."""
    is_email = isinstance(content, EmailContent)
    told = {
        name: [_told(hint) for hint in hints(source, is_html=is_email and name == "html")]
        for name, source in to_json(content).items()
    }
    if isinstance(content, EmailContent) and "html" not in found:
        told["html"] += html_hints(markup_of(content))
    return told


def measured(text: str) -> dict[str, Any]:
    """How many SMS a text takes: characters, encoding, units, segments, per_segment, remaining.

    Counting belongs to the channel, which is above: it is plugged in by its dotted name (SMS_MEASURE).
    """
    return asdict(import_string(settings.SMS_MEASURE)(text))


def _told(hint: Any) -> str:
    return f"Line {hint.line}: {hint.sentence}" + (f" In Liquid: {hint.liquid_form}" if hint.liquid_form else "")
