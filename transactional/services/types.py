"""Transactional types: made and changed as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from channels_app.models import Sender
from messaging.services.mailings import check_sender, set_mix
from projects.errors import Conflict
from projects.models import Project
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
    with transaction.atomic():
        try:
            with transaction.atomic():
                made.save()
        except IntegrityError as error:
            raise Conflict(f"The Type ID {draft.type_id} is taken in this project.", field="type_id") from error
        set_mix(made, weights=draft.weights)
    return made
