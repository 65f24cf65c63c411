"""A request that sends by a type, ready to be pasted into a shell."""

import json
from typing import Any

from django.conf import settings

from messaging.models import Mailing
from messaging.services.versions import compiled_version
from templates.errors import TemplateSyntaxError
from templates.models import Channel
from templates.variables import data_names

PATHS = {Channel.APP_PUSH: "app-push/send", Channel.SMS: "sms/send", Channel.EMAIL: "push"}
RECIPIENTS = {Channel.EMAIL: {"email": "somebody@example.com"}}


def curl_of(mailing: Mailing) -> str:
    """The curl command with this type's numbers and the variables its templates ask the API for."""
    body: dict[str, Any] = {
        "type_id": mailing.type_id,
        "project_id": mailing.project_id,
        **RECIPIENTS.get(Channel(mailing.channel), {"client_user_id": "your-id-of-the-user"}),
        "data": dict.fromkeys(asked_data(mailing), "…"),
    }
    text = json.dumps(body, ensure_ascii=False, indent=2).replace("'", "'\\''")
    url = f"{settings.PUBLIC_URL}/v1/{PATHS[Channel(mailing.channel)]}/{mailing.category}"
    who = f"-u {mailing.project.client_id}:$SENDIOS_API_KEY"
    return f"curl {who} {url} \\\n  -H 'Content-Type: application/json' \\\n  -d '{text}'"


def asked_data(mailing: Mailing) -> list[str]:
    """The variables that a request must bring, over all templates of the mix."""
    versions = mailing.mix.values_list("template__current_id", flat=True)
    asked: set[str] = set()
    for version_id in versions:
        try:
            asked |= set(data_names(compiled_version(version_id or 0).text.variables))
        except TemplateSyntaxError:
            continue
    return sorted(asked)
