"""What APNs' answers mean, as data.

https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
"""

from datetime import UTC, datetime
from typing import Any, Literal

from channels_app.contract import Blocked, Handed, Outcome, Permanent, Temporary
from channels_app.exchange import json_object, retry_after
from channels_app.transport import Response

Meaning = Literal["dead", "permanent", "blocked", "temporary"]

TOKEN_UPDATE_WAIT = 1200.0  # "no more than once every 20 minutes"
EXPIRED_PROVIDER_TOKEN = "ExpiredProviderToken"  # noqa: S105 - Apple's word for an error

REASONS: dict[str, tuple[Meaning, str]] = {
    "BadDeviceToken": ("dead", "The device token is wrong, or of the other environment"),
    "DeviceTokenNotForTopic": ("dead", "The device token belongs to another app"),
    "Unregistered": ("dead", "The app was removed from the device"),
    "ExpiredToken": ("dead", "The device token has expired"),
    "MissingDeviceToken": ("permanent", "There is no device token"),
    "PayloadTooLarge": ("permanent", "The message is too big for APNs (4096 bytes)"),
    "PayloadEmpty": ("permanent", "The message is empty"),
    "BadCollapseId": ("permanent", "The collapse id is too long"),
    "BadExpirationDate": ("permanent", "The expiration date is wrong"),
    "BadMessageId": ("permanent", "The message id is wrong"),
    "BadPriority": ("permanent", "The priority is wrong"),
    "InvalidPushType": ("permanent", "The push type is wrong"),
    "DuplicateHeaders": ("permanent", "A header was repeated"),
    "BadPath": ("permanent", "The request's path is wrong"),
    "MethodNotAllowed": ("permanent", "The request's method is wrong"),
    "BadTopic": ("blocked", "The topic is wrong"),
    "MissingTopic": ("blocked", "The topic is missing"),
    "TopicDisallowed": ("blocked", "This team may not push to this topic"),
    "BadCertificate": ("blocked", "The certificate is wrong"),
    "BadCertificateEnvironment": ("blocked", "The certificate is for the other environment"),
    EXPIRED_PROVIDER_TOKEN: ("blocked", "The provider token has expired though it is new: is the clock right?"),
    "Forbidden": ("blocked", "APNs forbids this"),
    "InvalidProviderToken": ("blocked", "The key, key id and team id don't belong together"),
    "MissingProviderToken": ("blocked", "The provider token is missing"),
    "UnrelatedKeyIdInToken": ("blocked", "The key id is not of this connection's team"),
    "BadEnvironmentKeyIdInToken": ("blocked", "The key is for the other environment"),
    "BadEnvironmentKeyInToken": ("blocked", "The key is for the other environment"),
    "TooManyProviderTokenUpdates": ("temporary", "The provider token was renewed too often"),
    "TooManyRequests": ("temporary", "Too many pushes to one device"),
    "IdleTimeout": ("temporary", "The connection was idle for too long"),
    "InternalServerError": ("temporary", "APNs has an internal error"),
    "ServiceUnavailable": ("temporary", "APNs is unavailable"),
    "Shutdown": ("temporary", "The APNs server is shutting down"),
}

STATUSES: dict[int, tuple[Meaning, str]] = {
    400: ("permanent", "APNs refuses the message"),
    403: ("blocked", "APNs refuses the credentials"),
    410: ("dead", "The device token is no longer in use"),
    413: ("permanent", "The message is too big for APNs (4096 bytes)"),
    429: ("temporary", "Too many requests"),
}
"""Where the reason is missing or new to us."""


def read(response: Response) -> Outcome:
    """The outcome of one answer. A dead token carries the time since when APNs knows it (milliseconds in a 410)."""
    if response.status == 200:
        return Handed(response.key, response.header("apns-id"))
    content = json_object(response.body)
    code = str(content.get("reason") or "")
    meaning, sentence = _meaning(response.status, code)
    reason = f"{sentence} ({code})" if code else sentence
    if meaning == "temporary":
        wait = TOKEN_UPDATE_WAIT if code == "TooManyProviderTokenUpdates" else None
        return Temporary(response.key, reason, retry_after(response, wait))
    if meaning == "blocked":
        return Blocked(response.key, reason)
    dead = meaning == "dead"
    return Permanent(response.key, reason, dead, _dead_since(content.get("timestamp")) if dead else None)


def needs_new_token(response: Response) -> bool:
    """Whether the provider token was too old."""
    return response.status == 403 and json_object(response.body).get("reason") == EXPIRED_PROVIDER_TOKEN


def _meaning(status: int, code: str) -> tuple[Meaning, str]:
    if code in REASONS:
        return REASONS[code]
    if status >= 500:
        return "temporary", f"APNs answers HTTP {status}"
    return STATUSES.get(status, ("blocked", f"APNs gives an unexpected answer (HTTP {status})"))


def _dead_since(timestamp: Any) -> datetime | None:
    """Apple documents milliseconds; some servers have sent seconds, which only a date before 1976 could mean."""
    if type(timestamp) is not int or timestamp <= 0:
        return None
    seconds = timestamp / 1000 if timestamp > 200_000_000_000 else timestamp
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
