"""Which figures a channel has, and how they are worked out: for lists, pages and files alike.

OR = opens ÷ sends, CTR = clicks ÷ sends, CTOR = clicks ÷ opens (facts, section 3.9). Opens and clicks are people's:
what machines fetched isn't in the counters.
"""

from dataclasses import dataclass

from messaging.selectors import Counters
from templates.models import Channel


@dataclass(frozen=True, slots=True)
class Figure:
    """A counter under the name that operators know it by, or the share of one counter in another."""

    label: str
    counter: str
    of: str = ""
    title: str = ""

    def value(self, counters: Counters) -> float | None:
        """A count, or a share from 0 to 1 (None where there is nothing to share)."""
        count: int = getattr(counters, self.counter)
        if not self.of:
            return count
        whole: int = getattr(counters, self.of)
        return count / whole if whole else None

    def text(self, counters: Counters) -> str:
        """As it is shown: 1,234 or 12.3 %."""
        value = self.value(counters)
        if value is None:
            return "–"
        return f"{100 * value:.1f}\u00a0%" if self.of else f"{int(value):,}"


SENDS = Figure("Sends", "sent")
DELIVERED = Figure("Delivered", "delivered")
OPENS = Figure("Opens", "opened")
CLICKS = Figure("Clicks", "clicked")
OPEN_RATE = Figure("OR", "opened", of="sent", title="Open rate: opens ÷ sends")
CLICK_RATE = Figure("CTR", "clicked", of="sent", title="Click-through rate: clicks ÷ sends")
CLICK_TO_OPEN = Figure("CTOR", "clicked", of="opened", title="Click-to-open rate: clicks ÷ opens")
UNDELIVERED = Figure("Undelivered", "undelivered", title="Reported as not delivered")
BOUNCES = Figure("Bounces", "undelivered")
FAILED = Figure("Failed", "failed")
UNSUBSCRIBES = Figure("Unsubscribes", "unsubscribed")
COMPLAINTS = Figure("Complaints", "complained")

FIGURES: dict[str, tuple[Figure, ...]] = {
    Channel.APP_PUSH: (SENDS, DELIVERED, CLICKS),
    Channel.SMS: (SENDS, DELIVERED, CLICKS),
    Channel.EMAIL: (SENDS, OPENS, CLICKS, OPEN_RATE, CLICK_RATE, CLICK_TO_OPEN),
}
"""The columns of a list."""

MORE: dict[str, tuple[Figure, ...]] = {
    Channel.APP_PUSH: (UNDELIVERED,),
    Channel.SMS: (UNDELIVERED, UNSUBSCRIBES),
    Channel.EMAIL: (BOUNCES, UNSUBSCRIBES, COMPLAINTS),
}
"""What a mailing's own page shows besides."""

ALL_COLUMNS = (SENDS, DELIVERED, OPENS, CLICKS, OPEN_RATE, CLICK_RATE, CLICK_TO_OPEN)


def figure_text(channel: str, figure: Figure, counters: Counters) -> str:
    """The figure of a mailing of this channel; "" where the channel has none of it."""
    return figure.text(counters) if figure in FIGURES[channel] else ""
