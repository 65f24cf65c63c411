"""Erasure: what the ledger keeps of a person who was forgotten."""

from messaging.models import Message, ShortLink


def forget_texts(user_id: int) -> None:
    """Take texts, variables and echoes out of a user's messages, and the short links away.

    The rows stay as numbers in the statistics. Without its address a message that a worker is sending just now is
    recorded without its text (services/outcomes.py).
    """
    ShortLink.objects.filter(user_id=user_id).delete()
    Message.objects.filter(user_id=user_id).update(content=None, data=None, meta=None, missing=None, address=None)
