"""What a person would see, rendered while an operator still types."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from projects.errors import DomainError, NotFound
from projects.models import Project
from templates.content import field_names, from_json, to_json
from templates.dialect import hints
from templates.people import custom_fields, variables_of
from templates.rendering import compile_content, problems
from templates.variables import data_names, unknown


@dataclass(frozen=True, slots=True)
class Preview:
    """All a page shows beside the form; `fields` are rendered ("" where that can't be done).

    `problems` and `hints` are sentences by field; `missing` had no value for this person, `unknown` can't have one for
    anybody, `data` must come with each request. `sms` measures the text of an SMS.
    """

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
    told = {name: [_told(hint) for hint in hints(source)] for name, source in to_json(content).items()}
    fields: dict[str, str] = dict.fromkeys(field_names(channel), "")
    missing: list[str] = []
    names: frozenset[str] = frozenset()
    try:
        person = variables_of(project, client_user_id=client_user_id, data=data)
        compiled = compile_content(content)
        names = compiled.variables
        rendered = compiled.render(person)
        fields, missing = to_json(rendered.content), list(rendered.missing)
    except NotFound as error:
        found["client_user_id"] = error.message
    except DomainError as error:
        found.setdefault(error.field or next(iter(fields)), error.message)
        fields = _each_alone(channel, to_json(content), project, client_user_id, data)
    return Preview(
        fields=fields,
        problems=found,
        hints={name: lines for name, lines in told.items() if lines},
        missing=missing,
        unknown=unknown(names, [field.name for field in custom_fields(project)]),
        data=data_names(names),
        sms=measured(fields["text"]) if channel == "sms" else None,
    )


def _each_alone(
    channel: str, sources: dict[str, str], project: Project, client_user_id: str, data: dict[str, object] | None
) -> dict[str, str]:
    """Field by field, so that one that is empty or wrong doesn't hide the others."""
    fields = dict.fromkeys(sources, "")
    person = variables_of(project, client_user_id=client_user_id, data=data)
    for name, source in sources.items():
        try:
            # Required fields must hold something to be rendered; only the one in question is looked at.
            alone = {other: source if other == name else "-" for other in sources if other not in {"logo", "link"}}
            alone[name] = source
            fields[name] = to_json(compile_content(from_json(channel, alone)).render(person).content)[name]
        except DomainError:
            continue
    return fields


def measured(text: str) -> dict[str, Any]:
    """How many SMS a text takes: characters, encoding, units, segments, per_segment, remaining.

    Counting belongs to the channel, which is above: it is plugged in by its dotted name (SMS_MEASURE).
    """
    return asdict(import_string(settings.SMS_MEASURE)(text))


def _told(hint: Any) -> str:
    return f"Line {hint.line}: {hint.sentence}" + (f" In Liquid: {hint.liquid_form}" if hint.liquid_form else "")
