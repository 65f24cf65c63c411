"""What is kept of an e-mail, and how it becomes the e-mail again.

A body of 10 kB a recipient would drown the database. A version never changes, so the values that it was rendered with
say as much: the person's, the project's; those of the request are in the message's `data` anyway.
"""

from collections.abc import Mapping
from typing import Any

from messaging.models import Message
from messaging.services.versions import FIELDS_OF, Needs, compiled_version, needs_of
from templates.content import Content, EmailContent, from_json
from templates.variables import LINKS, Variables, build_context

INERT = "#"
"""In place of the person's own pages: whoever looks at an e-mail in the panel must not act for them."""


def kept_email(content: EmailContent, version_id: int, variables: Variables) -> dict[str, Any]:
    """What to keep of an e-mail: {"subject", "preheader", "with": {only the values that the version uses}}."""
    used = {top: _picked(variables[top], needs) for top, needs in needs_of(version_id).items()}
    values: dict[str, Any] = {top: fields for top, fields in used.items() if fields}
    if "project_url" in compiled_version(version_id).text.variables:
        values["project_url"] = variables["project_url"]
    return {"subject": content.subject, "preheader": content.preheader, "with": values}


def text_as_sent(message: Message) -> Content | None:
    """What a message said, with its links as they were before tracking; None where nothing is kept (any more).

    Raises RenderError or TemplateSyntaxError where an e-mail can't be rendered again.
    """
    stored = message.content
    if stored is None:
        return None
    if "with" not in stored:
        return from_json(message.channel, stored)
    return _rendered_again(message, stored["with"])


def _rendered_again(message: Message, values: Mapping[str, Any]) -> Content:
    assert message.version_id is not None  # noqa: S101  (what was rendered had a version)
    told = {**values.get("project", {}), **dict.fromkeys(LINKS, INERT), "project_url": values.get("project_url", "")}
    context = build_context(values.get("user", {}), told, _without_user(message.data or {}))
    return compiled_version(message.version_id).text.render(context).content


def _without_user(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a request said of the person is in the kept values already."""
    return {name: value for name, value in data.items() if name not in FIELDS_OF}


def _picked(fields: object, needs: Needs) -> dict[str, Any]:
    values: dict[str, Any] = fields if isinstance(fields, dict) else {}
    if needs.everything:
        return values
    return {name: values[name] for name in needs.names if name in values}
