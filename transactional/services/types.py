"""Transactional types: made and changed as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from channels_app.models import Sender
from messaging.services.mailings import check_sender, set_mix
from projects.errors import Conflict, InvalidInput
from projects.models import Project
from projects.protection import is_protected
from transactional.models import TransactionalType


@dataclass(frozen=True, slots=True)
class TypeDraft:
    """What a type is made of. `weights` is {template id: weight}; `sender` is for SMS only."""

    channel: str
    category: str
    name: str
    type_id: int
    weights: Mapping[int, int]
    sender: Sender | None = None


def create_type(project: Project, draft: TypeDraft) -> TransactionalType:
    """Store a type with its mix. Raises Conflict (type_id) when the number is taken, InvalidInput otherwise."""
    made = TransactionalType(
        project=project,
        channel=draft.channel,
        category=draft.category,
        name=draft.name,
        type_id=draft.type_id,
        sender=draft.sender,
    )
    check_sender(made)
    _store(made, draft)
    return made


def update_type(stored: TransactionalType, draft: TypeDraft) -> None:
    """Replace all of a type but its project and channel. Raises as create_type does."""
    if draft.channel != stored.channel:
        raise InvalidInput({"channel": "A type keeps its channel: make another type for the other one."})
    stored.category, stored.name, stored.type_id = draft.category, draft.name, draft.type_id
    stored.sender = draft.sender
    check_sender(stored)
    _store(stored, draft)


def set_active(stored: TransactionalType, *, is_active: bool) -> None:
    """Let the API send by this type, or refuse it. Messages that are queued wait meanwhile.

    Once it is active again the repair job rings for them within a second.
    """
    if stored.is_open == is_active:
        return
    stored.is_open, stored.closed_reason = is_active, ""
    stored.save(update_fields=["is_open", "closed_reason", "updated_at"])


def delete_type(stored: TransactionalType) -> None:
    """Delete a type that nothing was sent by. Raises Conflict otherwise: its messages need it."""
    refusal = Conflict(f"“{stored}” was sent by, and its messages stay: take it out of use instead.")
    if is_protected(TransactionalType.objects.filter(pk=stored.pk)):
        raise refusal
    try:
        with transaction.atomic():
            stored.delete()
    except ProtectedError as error:
        raise refusal from error


def _store(row: TransactionalType, draft: TypeDraft) -> None:
    with transaction.atomic():
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise Conflict(f"The Type ID {draft.type_id} is taken in this project.", field="type_id") from error
        set_mix(row, weights=draft.weights)
