"""Payments, product events and goals, as client systems tell them (facts, section 2B.6)."""

from collections.abc import Iterable, Sequence

from projects.models import ClientAccount
from users.models import Goal, OmnichannelUser, Payment, ProductEvent
from users.product_rows import EventRow, GoalRow, PaymentRow
from users.vocabulary import AddressKind


def add_payment(user: OmnichannelUser, row: PaymentRow) -> Payment:
    """Keep a payment; the newest is the user's last one."""
    return Payment.objects.create(
        user=user,
        started_at=row.started_at,
        expires_at=row.expires_at,
        total_count=row.total_count,
        payment_type=row.payment_type,
        amount=row.amount,
        mail_id=row.mail_id,
    )


def has_paid(client: ClientAccount, email: str) -> bool:
    """Whether somebody with this e-mail ever paid in one of the client's projects."""
    people = OmnichannelUser.objects.filter(
        project__client=client, addresses__kind=AddressKind.EMAIL, addresses__value=email
    )
    return Payment.objects.filter(user__in=people).exists()


def add_product_events(rows: Iterable[EventRow]) -> None:
    """Keep events, all at once; one whose uid its project has already is left alone."""
    made = [
        ProductEvent(
            project_id=row.project_id,
            event_id=row.event_id,
            uid=row.uid,
            receiver_id=row.receiver_id,
            sender_id=row.sender_id,
            sender_product_id=row.sender_product_id,
            happened_at=row.happened_at,
        )
        # In one order for all, so that two batches wait for each other and don't deadlock.
        for row in sorted(rows, key=lambda row: (row.project_id, row.uid))
    ]
    ProductEvent.objects.bulk_create(made, ignore_conflicts=True)


def add_goals(rows: Sequence[tuple[OmnichannelUser, GoalRow]]) -> int:
    """Keep goals that people reached. Returns how many."""
    Goal.objects.bulk_create([Goal(user=user, type=row.type, mail_id=row.mail_id) for user, row in rows])
    return len(rows)
