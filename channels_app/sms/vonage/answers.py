"""What the SMS API's answers mean, as data.

https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms
https://developer.vonage.com/en/api/sms
"""

from collections.abc import Sequence
from typing import Any, Literal

from channels_app.contract import Blocked, Handed, Outcome, Permanent, Temporary, Unknown
from channels_app.exchange import json_object, retry_after
from channels_app.transport import Response

Meaning = Literal["dead", "permanent", "blocked", "temporary"]

THROTTLE_WAIT = 1.0  # the account's limit is a number of messages a second

STATUSES: dict[str, tuple[Meaning, str]] = {
    "1": ("temporary", "Faster than the Vonage account's limit"),
    "2": ("permanent", "Vonage misses a parameter"),
    # Not dead: it may be any parameter, the sender's name as well as the number.
    "3": ("permanent", "Vonage refuses a parameter"),
    "4": ("blocked", "The API key or secret is wrong"),
    "5": ("temporary", "Vonage has an internal error"),
    "6": ("permanent", "Vonage can't process the message"),
    # Not dead: the bar is Vonage's and can be lifted; the number itself works.
    "7": ("permanent", "Vonage bars the number"),
    "8": ("blocked", "The Vonage account is barred"),
    "9": ("blocked", "The Vonage account has no credit left"),
    "10": ("temporary", "Too many connections to the Vonage account"),
    "11": ("blocked", "The Vonage account may not use the SMS API"),
    "12": ("permanent", "The message is too long"),
    "14": ("blocked", "The signature is wrong"),
    "15": ("permanent", "Vonage refuses the sender's number or name"),
    "22": ("permanent", "Vonage doesn't know the number's network"),
    "23": ("blocked", "Vonage refuses the address for receipts"),
    "29": ("permanent", "The number is not on the list of this test account"),
    "32": ("blocked", "The account may not use both signature and secret"),
    "33": ("dead", "The number is no longer in use"),
}
"""Of each part of the message; comes inside HTTP 200."""

HTTP_STATUSES: dict[int, tuple[Meaning, str]] = {
    400: ("permanent", "Vonage refuses the request"),
    401: ("blocked", "The API key or secret is wrong"),
    402: ("blocked", "The Vonage account has no credit left"),
    403: ("blocked", "The Vonage account may not do this"),
    413: ("permanent", "The message is too long"),
    422: ("permanent", "Vonage refuses the request"),
    429: ("temporary", "Faster than the Vonage account's limit"),
    500: ("temporary", "Vonage has an internal error"),
    503: ("temporary", "Vonage is unavailable"),
}


def read(response: Response) -> Outcome:
    """The outcome of one answer to /sms/json: handed over only if every part was taken."""
    if response.status != 200:
        return _read_http(response)
    parts = json_object(response.body).get("messages")
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        return Unknown(response.key, "The answer names no message: is VONAGE_URL right?")
    bad = [part for part in parts if str(part.get("status")) != "0"]
    if not bad:
        return Handed(response.key, str(parts[0].get("message-id") or ""))
    if len(bad) < len(parts):
        return Permanent(response.key, f"Only {len(parts) - len(bad)} of {len(parts)} parts went out: {_reason(bad)}")
    return _outcome(response, _meaning(bad[0])[0], _reason(bad))


def _read_http(response: Response) -> Outcome:
    """A gateway's 502 and 504 leave open whether the SMS went out: in doubt, as it mustn't be sent twice."""
    if response.status in HTTP_STATUSES:
        return _outcome(response, *HTTP_STATUSES[response.status])
    if response.status >= 500:
        return Unknown(response.key, f"Vonage answers HTTP {response.status}")
    return Blocked(response.key, f"Vonage gives an unexpected answer (HTTP {response.status})")


def _outcome(response: Response, meaning: Meaning, reason: str) -> Outcome:
    if meaning == "temporary":
        return Temporary(response.key, reason, retry_after(response, THROTTLE_WAIT if "limit" in reason else None))
    if meaning == "blocked":
        return Blocked(response.key, reason)
    return Permanent(response.key, reason, address_is_dead=meaning == "dead")


def _meaning(part: dict[str, Any]) -> tuple[Meaning, str]:
    status = str(part.get("status"))
    return STATUSES.get(status, ("permanent", f"Vonage answers with status {status}"))


def _reason(bad: Sequence[dict[str, Any]]) -> str:
    said = str(bad[0].get("error-text") or "")[:300]
    return f"{_meaning(bad[0])[1]}: {said}" if said else _meaning(bad[0])[1]
