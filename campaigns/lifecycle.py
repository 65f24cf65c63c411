"""The legal moves of a campaign, as a table. Services ask it; nothing else changes a state."""

from dataclasses import dataclass

from campaigns.models import CampaignState as State
from projects.errors import Conflict


@dataclass(frozen=True, slots=True)
class Move:
    """From any of `sources` to `target`; `done` ends the sentence "It can't be …"."""

    done: str
    sources: tuple[State, ...]
    target: State

    def check(self, state: str) -> None:
        """Raise Conflict with a sentence unless a campaign in `state` may make this move."""
        if state not in self.sources:
            raise Conflict(f"This campaign is {PLACES[State(state)]}, so it can't be {self.done}.", field="state")


PLACES: dict[State, str] = {
    State.DRAFT: "a draft",
    State.SCHEDULED: "scheduled",
    State.SENDING: "being sent already",
    State.PAUSED: "paused",
    State.SENT: "sent",
    State.CANCELLED: "cancelled",
    State.FAILED: "over because it failed",
}

EDIT = Move("changed", (State.DRAFT,), State.DRAFT)
SCHEDULE = Move("scheduled", (State.DRAFT,), State.SCHEDULED)
UNSCHEDULE = Move("taken back to a draft", (State.SCHEDULED,), State.DRAFT)
LAUNCH = Move("launched", (State.DRAFT, State.SCHEDULED), State.SENDING)
START = Move("started", (State.SCHEDULED,), State.SENDING)
FAIL = Move("failed", (State.SCHEDULED,), State.FAILED)
PAUSE = Move("paused", (State.SENDING,), State.PAUSED)
RESUME = Move("resumed", (State.PAUSED,), State.SENDING)
CANCEL = Move("cancelled", (State.SCHEDULED, State.SENDING, State.PAUSED), State.CANCELLED)
FINISH = Move("finished", (State.SENDING,), State.SENT)

UNFINISHED = (State.DRAFT, State.SCHEDULED, State.SENDING, State.PAUSED)


def moves_from(state: str) -> tuple[Move, ...]:
    """What an operator may do with a campaign in this state: for the panel's buttons."""
    return tuple(move for move in (SCHEDULE, UNSCHEDULE, LAUNCH, PAUSE, RESUME, CANCEL) if state in move.sources)
