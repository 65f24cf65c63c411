"""What is kept of an e-mail, and how it becomes the e-mail again: docs/decisions/0012-emails-are-rendered-again.md."""

from collections.abc import Mapping
from typing import Any

from messaging.models import Message
from messaging.services.versions import compiled_version
from templates.content import Content, EmailContent, from_json
from templates.rendering import CompiledContent
from templates.variables import RESERVED, Variables, build_context

PAGES = ("unsubscribeLink", "unsubscribeSettingsLink")
INERT = "#"
"""In place of the person's own pages: whoever looks at an e-mail in the panel must not act for them."""


def kept_email(
    content: EmailContent, compiled: CompiledContent, variables: Variables, data: Mapping[str, Any]
) -> dict[str, Any]:
    """What to keep of an e-mail: {"subject", "preheader", "with": {only the values that its version reads}}.

    What came as the request's `data` stands in the message's row anyway.
    """
    read = compiled.used(variables)
    values = {name: value for name, value in read.items() if name in RESERVED or name not in data}
    for page in PAGES:
        values.pop(page, None)
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
    variables = build_context({}, {}, message.data or {})
    variables.update({**values, **dict.fromkeys(PAGES, INERT)})
    return compiled_version(message.version_id).text.render(variables).content
