"""The one counter every provider's request passes: faults, log, phones, the customer's app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.faults import Faults, Rule
from sandbox.journal import Journal
from sandbox.phones import Phones
from sandbox.wire import Answer, Manner, Message

ANSWERED = ("status", "error", "dead", "throttle")


@dataclass(slots=True)
class Desk:
    """`shown` hears of every accepted push, so that the customer's app can report the delivery."""

    journal: Journal
    faults: Faults
    phones: Phones
    shown: Callable[[Message], None]

    def refuse(self, message: Message, answer: Answer, reason: str) -> Answer:
        """Write down a request that the provider turned away."""
        self.journal.note(message, status=answer.status, reason=reason, accepted=False)
        return answer

    def settle(
        self,
        message: Message,
        *,
        success: Callable[[], Answer],
        failure: Callable[[Rule], tuple[Answer, str]],
    ) -> Answer:
        """Answer a request that is in order: accepted, unless a rule says otherwise.

        `failure` gives the provider's own answer, and its name for the log, to a rule of status, error, dead, throttle.
        """
        rule = self.faults.pick(message.provider, message.address)
        if rule is None:
            return self._accept(message, success(), "")
        if rule.action in ANSWERED:
            answer, reason = failure(rule)
            return self.refuse(message, answer, reason)
        if rule.accepted:
            answer = self._accept(message, success(), rule.action)
        else:
            answer = self.refuse(message, Answer(200), rule.action)
        answer.manner = manner_of(rule)
        answer.delay = rule.seconds
        return answer

    def _accept(self, message: Message, answer: Answer, reason: str) -> Answer:
        if message.dry_run:
            return self.refuse(message, answer, "dry run")
        self.journal.note(message, status=answer.status, reason=reason, accepted=True)
        self.phones.show(message)
        if message.platform != "sms":
            self.shown(message)
        return answer


def manner_of(rule: Rule) -> Manner:
    """How the answer to a request under a transport rule goes out."""
    if rule.action == "reset":
        return Manner.CUT if rule.value == "connection" else Manner.RESET
    if rule.action == "goaway":
        return Manner.GOAWAY if rule.accepted else Manner.REFUSE
    if rule.action == "silence":
        return Manner.RESET if rule.seconds else Manner.SILENCE
    return Manner.HALF if rule.action == "half" else Manner.WHOLE
