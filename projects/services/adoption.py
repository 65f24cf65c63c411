"""Taking a client over from Sendios with its numbers and key, so that its systems change nothing but the base URL."""

import re
from collections.abc import Mapping

from django.db import connection, transaction
from django.db.models import Max

from projects.errors import Conflict, InvalidInput
from projects.models import ApiKey, ClientAccount, Project
from projects.services.accounts import hash_api_key

API_KEY = re.compile(r"[0-9a-f]{40}")
LARGEST = 2**31 - 1
_SEQUENCE = "pg_get_serial_sequence(%(table)s, 'id')"
_NEXT = f"SELECT setval({_SEQUENCE}, GREATEST(nextval({_SEQUENCE}), %(largest)s))"


def adopt_client(client_id: int, name: str, *, api_key: str, projects: Mapping[int, str]) -> ClientAccount:
    """Make the client, its API key (40 hex digits) and its projects (number → name) with these numbers; all or nothing.

    What is there already and the same client's stays as it is, so it may be done again with more. Raises InvalidInput
    for a number or key that can't be, Conflict where one is somebody else's.
    """
    if not all(1 <= number <= LARGEST for number in (client_id, *projects)):
        raise InvalidInput({"number": f"Numbers of clients and projects are from 1 to {LARGEST}."})
    if not API_KEY.fullmatch(api_key):
        raise InvalidInput({"api_key": "An API key is 40 lower-case hex digits."})
    with transaction.atomic():
        client = _client(client_id, name)
        key, _ = ApiKey.objects.get_or_create(
            key_hash=hash_api_key(api_key), defaults={"client": client, "name": "adopted", "hint": api_key[:6]}
        )
        _check_owner(key.client_id, client, "This API key")
        for number, title in projects.items():
            project, _ = Project.objects.get_or_create(pk=number, defaults={"client": client, "name": title})
            _check_owner(project.client_id, client, f"The project {number}")
        _number_on()
    return client


def _client(client_id: int, name: str) -> ClientAccount:
    client = ClientAccount.objects.filter(pk=client_id).first()
    if client is None:
        if ClientAccount.objects.filter(name=name).exists():
            raise Conflict(f"There is another client “{name}”.")
        return ClientAccount.objects.create(pk=client_id, name=name)
    if client.name != name:
        raise Conflict(f"The client {client_id} is “{client.name}”.")
    return client


def _check_owner(owner_id: int, client: ClientAccount, what: str) -> None:
    if owner_id != client.pk:
        raise Conflict(f"{what} is another client's.")


def _number_on() -> None:
    """The next client and the next project that the panel makes get numbers after the largest; never a used one."""
    with connection.cursor() as cursor:
        for model in (ClientAccount, Project):
            table = model._meta.db_table  # noqa: SLF001  (Django's documented way)
            largest = model.objects.aggregate(largest=Max("pk"))["largest"] or 0
            cursor.execute(_NEXT, {"table": table, "largest": largest})
