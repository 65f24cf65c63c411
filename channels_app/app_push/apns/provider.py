"""Apple Push Notification service, spoken directly: HTTP/2 with a provider token.

https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
"""

import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha1, sha256
from time import time

import orjson
from django.conf import settings

from channels_app.app_push.apns import answers
from channels_app.app_push.apns.provider_token import provider_token, validate_key
from channels_app.contract import (
    Blocked,
    Channel,
    Check,
    CredentialField,
    Envelope,
    Handed,
    Outcome,
    Permanent,
    ReceiptEvent,
    clean_fields,
)
from channels_app.exchange import exchange
from channels_app.transport import Request, Response, Transport
from templates.content import PushContent

HOSTS = {
    "production": "https://api.push.apple.com",
    "sandbox": "https://api.sandbox.push.apple.com",
}
KEPT_FOR = 28 * 86_400  # seconds; as long as FCM keeps a message by itself
MADE_UP_TOKEN = "0" * 64
DEVICE_TOKEN = re.compile(r"[0-9A-Fa-f]{8,400}")


def matches(pattern: str, sentence: str) -> Callable[[str], None]:
    """A validator that says `sentence` about a value that isn't wholly of the pattern."""

    def validate(value: str) -> None:
        if not re.fullmatch(pattern, value):
            raise ValueError(sentence)

    return validate


class Apns:
    """The provider. Credentials: a .p8 key with its id, the team, the app's topic and the environment."""

    name = "apns"
    channel: Channel = "app_push"
    title = "Apple Push Notification service"
    address_kind = "push_token"
    fields: tuple[CredentialField, ...] = (
        CredentialField(
            name="key",
            label="Key (.p8)",
            help_text="Apple Developer → Certificates, Identifiers & Profiles → Keys.",
            secret=True,
            kind="key-file",
            validate=validate_key,
        ),
        CredentialField(
            name="key_id",
            label="Key id",
            help_text="Ten characters; in the file's name: AuthKey_<key id>.p8.",
            validate=matches(r"[A-Z0-9]{10}", "A key id has ten capital letters and digits."),
        ),
        CredentialField(
            name="team_id",
            label="Team id",
            help_text="Ten characters; Apple Developer → Membership.",
            validate=matches(r"[A-Z0-9]{10}", "A team id has ten capital letters and digits."),
        ),
        CredentialField(
            name="topic",
            label="Topic",
            help_text="The app's bundle id, like com.example.app.",
            validate=matches(r"[A-Za-z0-9.-]{1,255}", "A bundle id has letters, digits, dots and hyphens only."),
        ),
        CredentialField(
            name="environment",
            label="Environment",
            help_text="Sandbox is for apps started from Xcode; their device tokens are of no use in production.",
            kind="choice",
            choices=(("production", "Production"), ("sandbox", "Sandbox")),
            default="production",
        ),
    )

    def clean(self, values: Mapping[str, str]) -> dict[str, str]:
        """See Provider.clean."""
        return clean_fields(self.fields, values)

    def connect(self, credentials: Mapping[str, str], *, address: str = "", callback_url: str = "") -> "ApnsConnection":
        """See Provider.connect; a push has neither a sender's address nor receipts."""
        return ApnsConnection(credentials)

    def receipts(
        self, body: bytes, content_type: str, query: Mapping[str, str], credentials: Mapping[str, str]
    ) -> list[ReceiptEvent]:
        """APNs sends no receipts."""
        return []


class ApnsConnection:
    """One topic's line to APNs. Teams don't share connections: Apple forbids it for provider tokens."""

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self._base = settings.APNS_URL or HOSTS[credentials["environment"]]
        self._topic = credentials["topic"]
        self._token = provider_token(
            key=credentials["key"], key_id=credentials["key_id"], team_id=credentials["team_id"]
        )
        self._transport = Transport(http2=True, connections=2, streams=500, ca_file=settings.PROVIDER_CA_FILE)
        self._let_in = False

    def send(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """See Connection.send.

        The first envelope of a new line goes alone: APNs allows one stream until it has seen a good token, and a wrong
        key is told once instead of for each message.
        """
        if self._let_in or len(envelopes) < 2:
            return self._send(envelopes)
        first = self._send(envelopes[:1])
        if isinstance(first[0], Blocked):
            return [Blocked(envelope.key, first[0].reason) for envelope in envelopes]
        return first + self._send(envelopes[1:])

    def check(self) -> Check:
        """A push to a made-up token: whoever is told that the token is wrong was let in."""
        outcome = self.send([Envelope(key=0, address=MADE_UP_TOKEN, content=PushContent("Check", "Check", "", ""))])[0]
        if isinstance(outcome, Handed) or (isinstance(outcome, Permanent) and outcome.address_is_dead):
            return Check(True, "APNs accepts this key for this topic.")
        return Check(False, outcome.reason)

    def _send(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """With an expired provider token renewed once, as what it carried was not sent."""
        outcomes, refused = self._try(envelopes)
        if refused:
            again, _ = self._try([envelopes[place] for place in refused])
            for place, outcome in zip(refused, again, strict=True):
                outcomes[place] = outcome
        return outcomes

    def _try(self, envelopes: Sequence[Envelope]) -> tuple[list[Outcome], list[int]]:
        """Outcomes, and the places of those whose provider token had expired (and is renewed)."""
        token = self._token.get()
        shared = self._shared_headers(token)
        refused: set[int] = set()

        def build(envelope: Envelope) -> Request | Outcome:
            return self._request(envelope, shared)

        def read(response: Response) -> Outcome:
            if answers.needs_new_token(response):
                refused.add(response.key)
            elif response.status == 200:
                self._let_in = True
            return answers.read(response)

        outcomes = exchange(self._transport, envelopes, build=build, read=read)
        if refused:
            self._token.renew(token)
        return outcomes, [place for place, outcome in enumerate(outcomes) if outcome.key in refused]

    def _shared_headers(self, token: str) -> list[str]:
        return [
            f"authorization: bearer {token}",
            f"apns-topic: {self._topic}",
            "apns-push-type: alert",
            "apns-priority: 10",
            f"apns-expiration: {int(time()) + KEPT_FOR}",
            "content-type: application/json",
        ]

    def _request(self, envelope: Envelope, shared: list[str]) -> Request | Outcome:
        if not DEVICE_TOKEN.fullmatch(envelope.address):
            return Permanent(envelope.key, "The device token is not hexadecimal", address_is_dead=True)
        headers = [*shared, f"apns-id: {message_id(envelope.key)}"]
        if envelope.collapse_id:
            headers.append(f"apns-collapse-id: {collapse_id(envelope.collapse_id)}")
        return Request(envelope.key, "POST", f"{self._base}/3/device/{envelope.address}", headers, write(envelope))


def write(envelope: Envelope) -> bytes:
    """The payload. Raises AttributeError for content that is no push, TypeError for broken text.

    https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification
    With a logo, `mutable-content` lets the app's notification service extension fetch the image named by "logo".
    """
    content = envelope.content
    title = content.subject  # type: ignore[union-attr] # an SMS here is told by AttributeError
    aps: dict[str, object] = {"alert": {"title": title, "body": content.text}, "sound": "default"}
    payload: dict[str, object] = dict(envelope.data)
    if content.logo:  # type: ignore[union-attr] # as above
        aps["mutable-content"] = 1
        payload.setdefault("logo", content.logo)  # type: ignore[union-attr] # as above
    payload["aps"] = aps
    return orjson.dumps(payload)


def message_id(key: int) -> str:
    """The apns-id of our message: always the same, so that a push that is sent again can be recognised.

    It is a UUID of version 5, written by hand as Python's uuid module takes thrice as long.
    """
    digest = sha1(b"sendios.apns:%d" % key, usedforsecurity=False).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"


def collapse_id(value: str) -> str:
    """As it is, if it may stand in the header (64 bytes of visible ASCII), else its digest (64 bytes)."""
    if len(value) <= 64 and value.isascii() and value.isprintable():
        return value
    return sha256(value.encode()).hexdigest()
