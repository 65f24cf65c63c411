"""What FCM's answers mean, as data.

https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
https://firebase.google.com/docs/cloud-messaging/error-codes
https://firebase.google.com/docs/cloud-messaging/manage-tokens#detect-invalid-token-responses-from-the-fcm-backend
"""

from typing import Any, Literal

from channels_app.contract import Blocked, Handed, Outcome, Permanent, Temporary, Unknown
from channels_app.exchange import json_object, retry_after
from channels_app.transport import Response

Meaning = Literal["dead", "permanent", "blocked", "temporary"]

QUOTA_WAIT = 60.0  # "minimum delay of 1 minute" where Google gives no Retry-After with a 429

ERROR_CODES: dict[str, tuple[Meaning, str]] = {
    "UNREGISTERED": ("dead", "The app was removed from the device or its token was renewed"),
    "INVALID_ARGUMENT": ("permanent", "FCM refuses the message"),
    # Not dead: with another project's service account every token answers this, and all users would be lost.
    "SENDER_ID_MISMATCH": ("permanent", "The token belongs to another Firebase project"),
    "THIRD_PARTY_AUTH_ERROR": ("blocked", "The APNs key or web push key kept at Firebase is wrong"),
    "QUOTA_EXCEEDED": ("temporary", "FCM's quota is used up"),
    "UNAVAILABLE": ("temporary", "FCM is overloaded"),
    "INTERNAL": ("temporary", "FCM has an internal error"),
}
"""Of the detail `google.firebase.fcm.v1.FcmError`."""

STATUSES: dict[int, tuple[Meaning, str]] = {
    400: ("permanent", "FCM refuses the message"),
    401: ("blocked", "Google doesn't accept the service account's access token"),
    403: ("blocked", "The service account may not send for this project"),
    404: ("blocked", "Google doesn't know this project"),
    413: ("permanent", "The message is too big for FCM"),
    429: ("temporary", "FCM's quota is used up"),
}
"""Where the answer has no such detail: it was not FCM itself who spoke, but the gateway before it."""


def read(response: Response) -> Outcome:
    """The outcome of one answer to messages:send."""
    content = json_object(response.body)
    if response.status == 200:
        name = content.get("name")
        return Handed(response.key, name) if isinstance(name, str) else _senseless(response)
    error = content.get("error")
    error = error if isinstance(error, dict) else {}
    meaning, reason = _meaning(response.status, error)
    said = str(error.get("message") or "")[:300]
    return _outcome(response, meaning, f"{reason}: {said}" if said else reason)


def needs_new_token(response: Response) -> bool:
    """Whether the access token was refused (it may have been revoked early), rather than what it is allowed to do."""
    return response.status == 401 and _error_code(json_object(response.body).get("error") or {}) == ""


def is_about_token(error: dict[str, Any]) -> bool:
    """Whether an INVALID_ARGUMENT blames the registration token, not the rest of the message.

    A BadRequest detail names the field; without one, FCM's own sentence about the registration token decides.
    """
    violations = [
        str(violation.get("field"))
        for detail in _details(error)
        for violation in detail.get("fieldViolations") or ()
        if isinstance(violation, dict)
    ]
    if violations:
        return violations == ["message.token"]
    return "registration token" in str(error.get("message")).lower()


def _meaning(status: int, error: dict[str, Any]) -> tuple[Meaning, str]:
    code = _error_code(error)
    if (code == "INVALID_ARGUMENT" or status == 400) and is_about_token(error):
        return "dead", "It is no valid registration token"
    if code in ERROR_CODES:
        return ERROR_CODES[code]
    if status >= 500:
        return "temporary", f"FCM answers HTTP {status}"
    return STATUSES.get(status, ("blocked", f"FCM gives an unexpected answer (HTTP {status})"))


def _outcome(response: Response, meaning: Meaning, reason: str) -> Outcome:
    if meaning == "temporary":
        default = QUOTA_WAIT if response.status == 429 else None
        return Temporary(response.key, reason, retry_after(response, default))
    if meaning == "blocked":
        return Blocked(response.key, reason)
    return Permanent(response.key, reason, address_is_dead=meaning == "dead")


def _details(error: dict[str, Any]) -> list[dict[str, Any]]:
    return [detail for detail in error.get("details") or () if isinstance(detail, dict)]


def _error_code(error: dict[str, Any]) -> str:
    codes = [detail["errorCode"] for detail in _details(error) if "errorCode" in detail]
    return str(codes[0]) if codes else ""


def _senseless(response: Response) -> Unknown:
    return Unknown(response.key, "The answer says 200 but names no message: is FCM_URL right?")
