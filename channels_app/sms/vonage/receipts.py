"""Delivery receipts and what people write: GET query, POST form or JSON, signed if the account has a signature secret.

https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts
https://developer.vonage.com/en/messaging/sms/guides/inbound-sms
https://developer.vonage.com/en/getting-started/concepts/signing-messages
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson

from channels_app.contract import BadReceipt, BadSignature, InboundText, Incoming, ReceiptEvent, ReceiptStatus

LONGEST_VALUE = 2_000
SIGNATURE_METHODS = (
    ("md5hash", "MD5 hash"),
    ("md5", "MD5 HMAC"),
    ("sha1", "SHA1 HMAC"),
    ("sha256", "SHA-256 HMAC"),
    ("sha512", "SHA-512 HMAC"),
)

STATUSES: dict[str, ReceiptStatus] = {
    "delivered": "delivered",
    "failed": "undelivered",
    "rejected": "undelivered",
    "expired": "undelivered",
    "accepted": "accepted",
    "buffered": "buffered",
    "unknown": "unknown",
}

ERROR_CODES: dict[str, str] = {
    "0": "",
    "1": "No cause known",
    "2": "The phone was off or out of reach",
    "3": "The number is no longer in use",
    "4": "The user has barred such messages",
    "5": "The number was moved between networks",
    "6": "The network's spam filter stopped it",
    "7": "The phone was busy",
    "8": "The network had an error",
    "9": "The user wants no messages of this service",
    "10": "The message had a wrong parameter",
    "11": "Vonage found no route",
    "12": "There is no way to the number",
    "13": "The user is too young for this message",
    "14": "The network has blocked the number",
    "15": "The user's prepaid credit is too low",
    "16": "The gateway's quota is used up",
    "50": "A filter for the sending company stopped it",
    "51": "A filter for the sender's name stopped it",
    "52": "A filter for the text stopped it",
    "53": "A filter for consent stopped it",
    "54": "The country's rules stopped it",
    "99": "The network gave no cause",
}


def parse(body: bytes, content_type: str, query: Mapping[str, str], credentials: Mapping[str, str]) -> Incoming:
    """One receipt, or a message that a person wrote back.

    Raises BadReceipt for what is neither, and BadSignature where a secret is set and `sig` is wrong.
    """
    params = _params(body, content_type, query)
    if credentials.get("signature_secret") and not _is_signed(params, credentials):
        raise BadSignature("The receipt's signature is missing or wrong.")
    is_inbound = "status" not in params and ("text" in params or params.get("type") == "binary")
    return _inbound(params) if is_inbound else _event(params)


def _inbound(params: Mapping[str, str]) -> InboundText:
    """A long message comes in parts, each for itself: a STOP is short. A binary one says nothing.

    What is refused comes again for 24 hours, so that short codes are numbers too.
    """
    provider_id, digits = params.get("messageId", ""), params.get("msisdn", "").removeprefix("+")
    if not provider_id or not (digits.isascii() and digits.isdigit() and 3 <= len(digits) <= 15):
        raise BadReceipt("The message has no messageId, or no number that it comes from.")
    return InboundText(f"inbound:{provider_id}", f"+{digits}", params.get("text", ""), _moment(params))


def _is_signed(params: Mapping[str, str], credentials: Mapping[str, str]) -> bool:
    """Whether `sig` is Vonage's over all other parameters. Its SDK checks the HMACs; the plain MD5 hash it lacks."""
    given, secret = params.get("sig", "").lower(), credentials["signature_secret"]
    method = credentials.get("signature_method") or "md5hash"
    if not given.isascii():
        return False
    if method == "md5hash":
        return hmac.compare_digest(given, md5_hash(params, secret))
    # Imported here: it costs a process half a second, and most never see a signed receipt.
    from vonage_http_client import Auth

    auth = Auth(api_key=credentials.get("api_key") or "-", signature_secret=secret, signature_method=method)
    return bool(auth.check_signature(dict(params)))


def md5_hash(params: Mapping[str, str], secret: str) -> str:
    """Vonage's oldest signature (hex): MD5 over all parameters but `sig`, by their names, and the secret."""
    text = "".join(
        f"&{name}={params[name].replace('&', '_').replace('=', '_')}" for name in sorted(params) if name != "sig"
    )
    return hashlib.md5((text + secret).encode(), usedforsecurity=False).hexdigest()


def _params(body: bytes, content_type: str, query: Mapping[str, str]) -> dict[str, str]:
    try:
        params = _body_params(body, content_type) if body.strip() else dict(query)
    except ValueError as error:
        raise BadReceipt(f"The receipt can't be read: {error}") from error
    if any(len(value) > LONGEST_VALUE or "\0" in value for value in params.values()):
        raise BadReceipt("The receipt has a value that is too long or has a NUL in it.")
    return params


def _body_params(body: bytes, content_type: str) -> dict[str, str]:
    if "json" not in content_type.lower():
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
    content = orjson.loads(body)
    if not isinstance(content, dict):
        raise ValueError("it is no JSON object")
    return {name: _text(value) for name, value in content.items()}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _event(params: Mapping[str, str]) -> ReceiptEvent:
    provider_id = params.get("messageId") or params.get("message-id") or ""
    status, code = params.get("status", "").lower(), params.get("err-code", "")
    if not provider_id or status not in STATUSES:
        raise BadReceipt("The receipt has no messageId, or no status that is known.")
    return ReceiptEvent(
        event_id=f"{provider_id}:{status}:{code}",
        provider_id=provider_id,
        client_ref=params.get("client-ref", ""),
        status=STATUSES[status],
        reason=_reason(status, code),
        at=_moment(params),
    )


def _reason(status: str, code: str) -> str:
    if STATUSES[status] == "delivered":
        return ""
    said = ERROR_CODES.get(code, f"Vonage's error {code}" if code else "")
    if status == "expired" and not said:
        return "The network gave up trying"
    return said


def _moment(params: Mapping[str, str]) -> datetime | None:
    """`message-timestamp` (when Vonage told us) or `scts` (when the network told Vonage, to the minute), both UTC."""
    for name, pattern in (("message-timestamp", "%Y-%m-%d %H:%M:%S"), ("scts", "%y%m%d%H%M")):
        try:
            return datetime.strptime(params.get(name, ""), pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
