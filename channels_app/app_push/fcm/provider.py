"""Firebase Cloud Messaging, HTTP v1: Android, iOS and web tokens.

https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send

The message is built by pyfcm; its sending is not used (a 503 blocks it for minutes and repeats the POST).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.conf import settings
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from pyfcm.baseapi import BaseAPI

from channels_app.app_push.fcm import answers, service_account
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
    Temporary,
    clean_fields,
)
from channels_app.exchange import exchange
from channels_app.transport import Request, Response, Transport
from templates.content import PushContent

MADE_UP_TOKEN = "sendios-credential-check:no-such-device"  # noqa: S105 - no secret: it is made up
NO_TOKEN_WAIT = 30.0


class _Builder(BaseAPI):  # type: ignore[misc] # pyfcm is not annotated
    """pyfcm's payload, written by orjson: a third of the time."""

    def json_dumps(self, data: dict[str, Any]) -> bytes:
        return orjson.dumps(data)


_BUILDER: Any = _Builder(credentials=object())  # pyfcm asks for credentials even where it only builds


class Fcm:
    """The provider. Credentials: the service account's JSON."""

    name = "fcm"
    channel: Channel = "app_push"
    title = "Firebase Cloud Messaging"
    address_kind = "push_token"
    fields: tuple[CredentialField, ...] = (
        CredentialField(
            name="service_account",
            label="Service account (JSON)",
            help_text="Firebase console → Project settings → Service accounts → Generate new private key.",
            secret=True,
            kind="json-file",
            validate=service_account.validate,
        ),
    )

    def clean(self, values: Mapping[str, str]) -> dict[str, str]:
        """See Provider.clean."""
        return clean_fields(self.fields, values)

    def connect(self, credentials: Mapping[str, str], *, address: str = "", callback_url: str = "") -> "FcmConnection":
        """See Provider.connect; a push has neither a sender's address nor receipts."""
        return FcmConnection(service_account.parse(credentials["service_account"]))

    def receipts(
        self, body: bytes, content_type: str, query: Mapping[str, str], credentials: Mapping[str, str]
    ) -> list[ReceiptEvent]:
        """FCM sends no receipts."""
        return []


class FcmConnection:
    """A service account's line to FCM. Over https it asks for HTTP/2, over http it speaks HTTP/1.1."""

    def __init__(self, account: Mapping[str, str]) -> None:
        account = {**account, "token_uri": settings.FCM_TOKEN_URL or account["token_uri"]}
        ca_file = settings.PROVIDER_CA_FILE
        self._url = f"{settings.FCM_URL}/v1/projects/{account['project_id']}/messages:send"
        self._token = service_account.access_token(account, ca_file=ca_file)
        http2 = self._url.startswith("https:")
        self._transport = Transport(http2=http2, connections=8 if http2 else 64, streams=100, ca_file=ca_file)

    def send(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """See Connection.send. A refused access token is renewed once, as what it carried was not sent."""
        if not envelopes:
            return []
        outcomes, refused = self._try(envelopes)
        if refused:
            again, _ = self._try([envelopes[place] for place in refused])
            for place, outcome in zip(refused, again, strict=True):
                outcomes[place] = outcome
        return outcomes

    def check(self) -> Check:
        """A dry run to a made-up token: whoever is told that the token is wrong was let in."""
        content = PushContent(subject="Check", text="Check", logo="", link="")
        envelope = Envelope(key=0, address=MADE_UP_TOKEN, content=content)
        outcomes, refused = self._try([envelope], dry_run=True)
        if refused:
            outcomes, _ = self._try([envelope], dry_run=True)
        outcome = outcomes[0]
        if isinstance(outcome, Handed) or (isinstance(outcome, Permanent) and outcome.address_is_dead):
            return Check(True, "FCM accepts this service account.")
        return Check(False, outcome.reason)

    def _try(self, envelopes: Sequence[Envelope], *, dry_run: bool = False) -> tuple[list[Outcome], list[int]]:
        """Outcomes, and the places of those whose access token was refused (and dropped)."""
        try:
            token = self._token.get()
        except GoogleAuthError as error:
            return [_without_token(envelope.key, error) for envelope in envelopes], []
        headers = [f"Authorization: Bearer {token}", "Content-Type: application/json"]
        refused: set[int] = set()

        def build(envelope: Envelope) -> Request:
            return Request(envelope.key, "POST", self._url, headers, write(envelope, dry_run=dry_run))

        def read(response: Response) -> Outcome:
            if answers.needs_new_token(response):
                refused.add(response.key)
            return answers.read(response)

        outcomes = exchange(self._transport, envelopes, build=build, read=read)
        if refused:
            self._token.drop(token)
        return outcomes, [place for place, outcome in enumerate(outcomes) if outcome.key in refused]


def write(envelope: Envelope, *, dry_run: bool = False) -> bytes:
    """The body of messages:send. Raises AttributeError for content that is no push, ValueError for broken text.

    `android.collapse_key` lets a message that is sent again replace the first while the device is offline, and
    `notification.tag` while it is shown: https://firebase.google.com/docs/cloud-messaging/customize-messages/collapsible-message-types
    """
    content = envelope.content
    body: bytes = _BUILDER.parse_payload(
        fcm_token=envelope.address,
        notification_title=content.subject,  # type: ignore[union-attr] # an SMS here is told by AttributeError
        notification_body=content.text,
        notification_image=content.logo,  # type: ignore[union-attr] # as above
        data_payload=dict(envelope.data),
        android_config=_android(envelope.collapse_id),
        dry_run=dry_run,
    )
    return body


def _android(collapse_id: str | None) -> dict[str, Any] | None:
    return {"collapse_key": collapse_id, "notification": {"tag": collapse_id}} if collapse_id else None


def _without_token(key: int, error: GoogleAuthError) -> Outcome:
    """A refused service account blocks the sender; Google's trouble or the network's passes. Nothing was sent."""
    said = str(error.args[0] if error.args else error)[:300]
    if isinstance(error, TransportError) or getattr(error, "retryable", False):
        return Temporary(key, f"No access token from Google: {said}", NO_TOKEN_WAIT)
    if isinstance(error, RefreshError):
        return Blocked(key, f"Google refuses the service account: {said}")
    return Temporary(key, f"No access token from Google: {said}", NO_TOKEN_WAIT)
