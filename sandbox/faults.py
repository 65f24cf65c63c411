"""What the sandbox was told to do wrong: rules that a request is held against, first fitting rule first."""

from __future__ import annotations

import dataclasses
import random
import re
import time
from dataclasses import dataclass, field
from typing import Any

ACTIONS = ("status", "error", "delay", "reset", "half", "silence", "goaway", "dead", "throttle", "greylist")
PROVIDERS = ("*", "fcm", "fcm-token", "apns", "vonage", "smtp", "smtp-auth")
ACCEPTED_BY_DEFAULT = ("delay", "half", "goaway")


class RuleError(ValueError):
    """A rule that can't be understood; its text is a sentence for a person."""


@dataclass(slots=True)
class Rule:
    """One way to fail. README.md has the table of actions and what `value` and `seconds` mean for each."""

    id: int
    provider: str
    match: str
    action: str
    value: str
    seconds: float
    times: int | None  # how many more times it fires; None: until it is taken away
    share: float
    accepted: bool  # reset, half, silence, goaway: was the message accepted before the line broke?
    fired: int = 0
    pattern: re.Pattern[str] | None = None
    addresses: frozenset[str] | None = None  # exact ones, instead of a pattern
    tokens: float = 0.0  # throttle: what is left in the bucket
    filled_at: float = 0.0
    first_seen: dict[str, float] = field(default_factory=dict)  # greylist: when each address was tried first

    def fits(self, provider: str, address: str) -> bool:
        if self.times == 0 or self.provider not in ("*", provider):
            return False
        if self.pattern is not None and not self.pattern.search(address):
            return False
        if self.addresses is not None and address not in self.addresses:
            return False
        if self.action == "throttle":
            return self._is_over_rate()
        if self.action == "greylist":
            return self._is_too_early(address)
        return self.share >= 1 or random.random() < self.share  # noqa: S311 - a coin, not a secret

    def _is_over_rate(self) -> bool:
        now, rate = time.monotonic(), float(self.value)
        self.tokens = min(max(rate, 1.0), self.tokens + (now - self.filled_at) * rate)
        self.filled_at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return False
        return True

    def _is_too_early(self, address: str) -> bool:
        now = time.monotonic()
        since = self.first_seen.setdefault(address, now)
        return since == now or now - since < self.seconds

    def public(self) -> dict[str, Any]:
        names = ("id", "provider", "match", "action", "value", "seconds", "times", "share", "accepted", "fired")
        counted = {"addresses": len(self.addresses)} if self.addresses is not None else {}
        return {name: getattr(self, name) for name in names} | counted


class Faults:
    """The rules in force."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self._next = 1

    def pick(self, provider: str, address: str) -> Rule | None:
        """The rule this request falls under, counted as fired. A copy: the rule may be gone before its answer is."""
        for rule in self.rules:
            if rule.fits(provider, address):
                rule.fired += 1
                if rule.times is not None:
                    rule.times -= 1
                return dataclasses.replace(rule)
        return None

    def add(self, values: dict[str, Any]) -> Rule:
        """Raises RuleError, a sentence, when the rule makes no sense."""
        rule = _read(values, self._next)
        self._next += 1
        self.rules.append(rule)
        return rule

    def remove(self, rule_id: int | None) -> int:
        """Take away one rule, or all; how many there were."""
        before = len(self.rules)
        self.rules = [rule for rule in self.rules if rule_id is not None and rule.id != rule_id]
        return before - len(self.rules)


def _read(values: dict[str, Any], rule_id: int) -> Rule:
    provider, action = str(values.get("provider") or "*"), str(values.get("action") or "")
    _one_of("provider", provider, PROVIDERS)
    _one_of("action", action, ACTIONS)
    if action == "greylist":
        _one_of("provider", provider, ("smtp",))
    match, value = str(values.get("match") or "*"), str(values.get("value") or "")
    _check_value(action, value)
    times = values.get("times")
    return Rule(
        id=rule_id,
        provider=provider,
        match=match,
        action=action,
        value=value,
        seconds=_number("seconds", values.get("seconds"), 0.0, 86_400),
        times=None if times in (None, "") else int(_number("times", times, 0, 1e9)),
        share=_number("share", values.get("share"), 1.0, 1.0),
        accepted=_accepted(action, values.get("accepted")),
        pattern=_pattern(match),
        addresses=_addresses(values.get("addresses")),
        tokens=float(value) if action == "throttle" else 0.0,
        filled_at=time.monotonic(),
    )


def _accepted(action: str, value: Any) -> bool:
    if action == "delay" or value in (None, ""):
        return action in ACCEPTED_BY_DEFAULT
    return value in (True, "true", "on", "1")


def _check_value(action: str, value: str) -> None:
    if action == "status" and not re.fullmatch(r"[2-5]\d\d", value):
        raise RuleError("«value» of action status must be an HTTP status from 200 to 599.")
    if action == "error" and not value:
        raise RuleError("«value» of action error must name the provider's error.")
    if action == "throttle" and not re.fullmatch(r"\d{1,7}(\.\d+)?", value):
        raise RuleError("«value» of action throttle must be a number of messages a second.")


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise RuleError(f"«{name}» must be one of {', '.join(known)}.")


def _number(name: str, value: Any, default: float, most: float) -> float:
    if value in (None, ""):
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise RuleError(f"«{name}» must be a number.") from None
    if not 0 <= number <= most:
        raise RuleError(f"«{name}» must be from 0 to {most:g}.")
    return number


def _addresses(values: Any) -> frozenset[str] | None:
    if values in (None, "", []):
        return None
    if not isinstance(values, list):
        raise RuleError("«addresses» must be a list of tokens or numbers.")
    return frozenset(str(value) for value in values)


def _pattern(match: str) -> re.Pattern[str] | None:
    if match == "*":
        return None
    try:
        return re.compile(match)
    except re.error as error:
        raise RuleError(f"«match» must be * or a regular expression: {error}.") from None
