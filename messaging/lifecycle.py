"""Which state a report may move a message to. Repeats and late-comers change nothing."""

from messaging.vocabulary import State

# A report of the key may move a message that stands in one of the values.
# `sending` is in none: a report that overtakes our own record leaves its time on the row, and recording takes it up.
MOVES: dict[State, tuple[State, ...]] = {
    State.DELIVERED: (State.SENT, State.IN_DOUBT),
    State.OPENED: (State.SENT, State.IN_DOUBT, State.DELIVERED),
    State.CLICKED: (State.SENT, State.IN_DOUBT, State.DELIVERED, State.OPENED),
    State.UNDELIVERED: (State.SENT, State.IN_DOUBT),
}

# Nothing moves a message out of these any more, but for reports on a person's own doing.
ENDED = (
    State.SENT,
    State.DELIVERED,
    State.OPENED,
    State.CLICKED,
    State.SKIPPED,
    State.FAILED,
    State.UNDELIVERED,
    State.IN_DOUBT,
    State.EXPIRED,
    State.CANCELLED,
)
