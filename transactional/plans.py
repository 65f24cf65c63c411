"""What every send of a type has in common, remembered for a second: the type, its mix, who can hand over.

A change in the panel reaches the API within that second; a type that is closed or a sender that is paused stops at
once all the same, because the pipeline asks the rows at every claim.
"""

from dataclasses import dataclass

from messaging.models import Mailing
from messaging.services.acceptance import Mix, active_mix
from messaging.services.enrolment import senders_by_provider
from projects.models import Project
from projects.short_memory import ShortMemory
from transactional.selectors import find_type


@dataclass(frozen=True, slots=True)
class Plan:
    """`mix` is (version, weight) of each active template; `senders` is {kind of address: sender}."""

    mailing: Mailing
    mix: Mix
    senders: dict[str, int]


_remembered: ShortMemory[tuple[int, str, int, str], Plan] = ShortMemory(seconds=1.0)


def plan_of(project: Project, *, channel: str, type_id: int, category: str) -> Plan:
    """How to send by this type. Raises as `find_type` and `active_mix` do; a mistake is never remembered."""
    key = (project.pk, channel, type_id, category)
    plan = _remembered.get(key)
    if plan is None:
        mailing = find_type(project, channel=channel, type_id=type_id, category=category)
        plan = Plan(mailing, active_mix(mailing), senders_by_provider(mailing))
        _remembered.put(key, plan)
    return plan


def forget_plans() -> None:
    """Look everything up anew; for tests, whose changes are seen at once."""
    _remembered.clear()
