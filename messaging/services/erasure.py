"""Erasure: what the ledger keeps of a person who was forgotten."""

from messaging.models import Message, MessageEvent, ShortLink


def forget_texts(user_id: int) -> None:
    """Take texts, variables, echoes and what others said of them out of a user's messages, and the short links away.

    The rows stay as numbers in the statistics. Reasons and details go because mail servers name the address in them,
    and links the person. A message without its address is a forgotten person's: what a worker, a receipt or a visit
    tells of it from now on is counted and kept without words (services/outcomes.py, reports.py, engagement.py).
    """
    ShortLink.objects.filter(user_id=user_id).delete()
    Message.objects.filter(user_id=user_id).update(
        content=None, data=None, meta=None, missing=None, address=None, reason=""
    )
    MessageEvent.objects.filter(message__user_id=user_id).exclude(detail="").update(detail="")
