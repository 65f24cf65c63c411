"""Vonage's SMS API.

https://developer.vonage.com/en/api/sms

Spoken by our own transport: the vonage package repeats an SMS up to ten times when an answer is missing.
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.conf import settings

from channels_app.contract import (
    Channel,
    Check,
    CredentialField,
    Envelope,
    Incoming,
    Outcome,
    clean_fields,
)
from channels_app.exchange import exchange, json_object
from channels_app.sms.length import is_gsm7
from channels_app.sms.vonage import answers, receipts
from channels_app.transport import Request, Transport

FORM = ["Content-Type: application/x-www-form-urlencoded", "Accept: application/json"]


def validate_key(value: str) -> None:
    """An API key is a short word; anything else is a mix-up with the secret or an application id."""
    if not re.fullmatch(r"[A-Za-z0-9]{4,32}", value):
        raise ValueError("An API key has letters and digits only, eight as a rule: see the dashboard's API settings.")


class Vonage:
    """The provider. Credentials: API key and secret, and what receipts are signed with."""

    name = "vonage"
    channel: Channel = "sms"
    title = "Vonage SMS"
    address_kind = "phone"
    fields: tuple[CredentialField, ...] = (
        CredentialField(
            name="api_key",
            label="API key",
            help_text="Vonage dashboard → API settings.",
            validate=validate_key,
        ),
        CredentialField(name="api_secret", label="API secret", secret=True),
        CredentialField(
            name="signature_secret",
            label="Signature secret",
            help_text="If set, receipts without the right signature are refused. Dashboard → API settings.",
            secret=True,
            required=False,
        ),
        CredentialField(
            name="signature_method",
            label="Signature method",
            help_text="As chosen in the dashboard.",
            kind="choice",
            choices=receipts.SIGNATURE_METHODS,
            required=False,
            default="md5hash",
        ),
    )

    def clean(self, values: Mapping[str, str]) -> dict[str, str]:
        """See Provider.clean."""
        return clean_fields(self.fields, values)

    def connect(
        self, credentials: Mapping[str, str], *, address: str = "", callback_url: str = ""
    ) -> "VonageConnection":
        """See Provider.connect."""
        return VonageConnection(credentials, address=address, callback_url=callback_url)

    def receipts(
        self, body: bytes, content_type: str, query: Mapping[str, str], credentials: Mapping[str, str]
    ) -> list[Incoming]:
        """See Provider.receipts; Vonage sends one at a time, and people's answers to the same address."""
        return [receipts.parse(body, content_type, query, credentials)]


class VonageConnection:
    """An account's line to the SMS API, for one sender's number or name."""

    def __init__(self, credentials: Mapping[str, str], *, address: str, callback_url: str) -> None:
        self._account = {"api_key": credentials["api_key"], "api_secret": credentials["api_secret"]}
        shared = {**self._account, "from": address.removeprefix("+"), "status-report-req": "1"}
        self._shared = urlencode(shared | {"callback": callback_url} if callback_url else shared)
        self._base = settings.VONAGE_URL
        self._url = f"{self._base}/sms/json"
        self._transport = Transport(connections=16, ca_file=settings.PROVIDER_CA_FILE)

    def send(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """See Connection.send."""
        return exchange(self._transport, envelopes, build=self._request, read=answers.read)

    def check(self) -> Check:
        """Ask for the account's balance: https://developer.vonage.com/en/api/account#getAccountBalance"""
        url = f"{self._base}/account/get-balance?{urlencode(self._account)}"
        [response] = self._transport.perform([Request(0, "GET", url, ["Accept: application/json"])])
        if not response.status:
            return Check(False, f"Vonage can't be reached: {response.error}")
        balance = json_object(response.body).get("value")
        if response.status == 200 and isinstance(balance, int | float):
            return Check(True, f"Vonage accepts the key. Balance: {balance:.2f} EUR.")
        if response.status in {401, 403}:
            return Check(False, "Vonage refuses this API key and secret.")
        return Check(False, f"Vonage gives an unexpected answer (HTTP {response.status}).")

    def _request(self, envelope: Envelope) -> Request:
        text = envelope.content.text
        form = {"to": envelope.address.removeprefix("+"), "text": text}
        if not is_gsm7(text):
            form["type"] = "unicode"
        if envelope.client_ref:
            form["client-ref"] = envelope.client_ref
        body = f"{self._shared}&{urlencode(form)}".encode()
        return Request(envelope.key, "POST", self._url, FORM, body)
