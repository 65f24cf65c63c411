"""FCM's error answers.

https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode and google.rpc.Status for the shape of the body.
"""

from __future__ import annotations

from typing import Any

from sandbox.faults import Rule
from sandbox.wire import Answer, json_answer

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
LOGIN_HELP = "See https://developers.google.com/identity/sign-in/web/devconsole-project."
EXPECTED = f"Expected OAuth 2 access token, login cookie or other valid authentication credential. {LOGIN_HELP}"

# errorCode → HTTP status, google.rpc status, message
CODES = {
    "INVALID_ARGUMENT": (400, "INVALID_ARGUMENT", "The registration token is not a valid FCM registration token"),
    "UNREGISTERED": (404, "NOT_FOUND", "Requested entity was not found."),
    "SENDER_ID_MISMATCH": (403, "PERMISSION_DENIED", "SenderId mismatch"),
    "THIRD_PARTY_AUTH_ERROR": (401, "UNAUTHENTICATED", "Auth error from APNS or Web Push Service"),
    "QUOTA_EXCEEDED": (429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Send requests'."),
    "UNAVAILABLE": (503, "UNAVAILABLE", "The service is currently unavailable."),
    "INTERNAL": (500, "INTERNAL", "Internal error encountered."),
}
BY_STATUS = {
    400: "INVALID_ARGUMENT",
    403: "SENDER_ID_MISMATCH",
    404: "UNREGISTERED",
    429: "QUOTA_EXCEEDED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


def body(status: int, name: str, message: str, details: list[dict[str, Any]], *headers: tuple[str, str]) -> Answer:
    error: dict[str, Any] = {"code": status, "message": message, "status": name}
    if details:
        error["details"] = details
    return json_answer(status, {"error": error}, *headers)


def fcm_error(code: str, *, message: str = "", retry_after: float = 0) -> Answer:
    """One of FCM's error codes. 429 carries Retry-After (60 s unless told); 503 only when told."""
    status, name, usual = CODES[code]
    if code == "QUOTA_EXCEEDED" and not retry_after:
        retry_after = 60
    headers = [("retry-after", f"{max(1, round(retry_after))}")] if retry_after else []
    return body(status, name, message or usual, [{"@type": FCM_ERROR, "errorCode": code}], *headers)


def bad_field(field: str, message: str) -> Answer:
    """A request whose fields can't be read."""
    violation = {"field": field, "description": message} if field else {"description": message}
    return body(400, "INVALID_ARGUMENT", message, [{"@type": BAD_REQUEST, "fieldViolations": [violation]}])


def unauthenticated(*, missing: bool) -> Answer:
    problem = "Request is missing required authentication credential." if missing else (
        "Request had invalid authentication credentials."
    )  # fmt: skip
    detail = {
        "@type": ERROR_INFO,
        "reason": "CREDENTIALS_MISSING" if missing else "ACCESS_TOKEN_EXPIRED",
        "domain": "googleapis.com",
        "metadata": {"service": "fcm.googleapis.com", "method": "google.firebase.fcm.v1.FcmService.SendMessage"},
    }
    challenge = 'Bearer realm="https://accounts.google.com/"'
    if not missing:
        challenge += ', error="invalid_token"'
    return body(401, "UNAUTHENTICATED", f"{problem} {EXPECTED}", [detail], ("www-authenticate", challenge))


def permission_denied(project: str) -> Answer:
    resource = f"//cloudresourcemanager.googleapis.com/projects/{project}"
    message = f"Permission 'cloudmessaging.messages.create' denied on resource '{resource}' (or it may not exist)."
    detail = {"@type": ERROR_INFO, "reason": "IAM_PERMISSION_DENIED", "domain": "cloudresourcemanager.googleapis.com"}
    return body(403, "PERMISSION_DENIED", message, [detail])


def failure(rule: Rule) -> tuple[Answer, str]:
    """FCM's answer under a rule of status, error, dead or throttle, and its name."""
    if rule.action == "status":
        return _with_status(int(rule.value), rule.seconds)
    code = {"dead": "UNREGISTERED", "throttle": "QUOTA_EXCEEDED"}.get(rule.action, rule.value)
    if code in CODES:
        return fcm_error(code, retry_after=rule.seconds), code
    return body(400, code, "The sandbox was told to fail.", []), code


def _with_status(status: int, retry_after: float) -> tuple[Answer, str]:
    if status == 401:
        return unauthenticated(missing=False), "UNAUTHENTICATED"
    if status in BY_STATUS:
        return fcm_error(BY_STATUS[status], retry_after=retry_after), BY_STATUS[status]
    page = f"<!DOCTYPE html><title>Error {status} (Server Error)!!1</title>".encode()
    return Answer(status, page, content_type="text/html; charset=UTF-8"), str(status)
