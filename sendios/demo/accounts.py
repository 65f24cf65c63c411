"""The demo's sign-ins and keys: random, made once, remembered in demo.json (readable by the owner only)."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from projects.models import ClientAccount, Operator
from projects.services.accounts import issue_api_key
from projects.services.operators import create_operator
from sendios.demo import story


@dataclass(frozen=True, slots=True)
class DemoFile:
    """SENDIOS_HOME/demo.json: what a person or a test needs to use the demo."""

    path: Path

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.path.read_text()) if self.path.exists() else {}
        return found

    def write(self, content: dict[str, Any]) -> None:
        draft = self.path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(content, indent=2) + "\n")
        os.replace(draft, self.path)


def key_of(client: ClientAccount, remembered: dict[str, Any]) -> dict[str, str]:
    """The demo client's key: the remembered one, or a new one where it was lost."""
    if remembered.get("client_id") == client.pk and client.api_keys.filter(revoked_at=None, name="demo").exists():
        return {"sdk_key": remembered["sdk_key"], "api_key": remembered["api_key"]}
    issued = issue_api_key(client, name="demo")
    return {"sdk_key": issued.sdk_key, "api_key": issued.api_key}


def operators_of(client: ClientAccount, remembered: dict[str, Any]) -> list[dict[str, str]]:
    """The demo's operators, one a role; whoever's password was lost gets a new one."""
    known = {each["name"]: each for each in remembered.get("operators", [])}
    return [_operator(client, name, role, known.get(name)) for name, role in story.OPERATORS]


def _operator(client: ClientAccount, name: str, role: str, known: dict[str, str] | None) -> dict[str, str]:
    operator = Operator.objects.filter(username=name).first()
    if operator and known:
        return known
    password = secrets.token_urlsafe(9)
    if operator:
        operator.set_password(password)
        operator.save(update_fields=["password"])
    else:
        create_operator(name, password=password, roles=[role], clients=[client])
    return {"name": name, "password": password, "role": role}
