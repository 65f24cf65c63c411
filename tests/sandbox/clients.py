"""Plain clients of the three providers, by the providers' documents; nothing of the product's adapters."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import jwt
import orjson
import pycurl

from tests.sandbox.process import Sandbox

FCM_TOKEN = f"{'c' * 22}:APA91b{'x' * 120}"
DEVICE = "a1" * 32
PHONE = "447700900123"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True)
class Reply:
    """`error` is libcurl's number, 0 when an answer came whole."""

    status: int
    headers: dict[str, str]
    body: bytes
    error: int = 0
    http: int = 0

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class Wire:
    """Requests by libcurl: HTTP/2 over TLS for APNs, HTTP/1.1 otherwise, unless told."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.fresh = False  # True: a new connection for every request
        self._curl = pycurl.Curl()
        self._access_token = ""
        self._provider_token = ""

    def close(self) -> None:
        self._curl.close()

    def ask(
        self, url: str, *, body: bytes | None = None, headers: dict[str, str], version: int, method: str = ""
    ) -> Reply:
        curl, sink, lines = self._curl, io.BytesIO(), []
        curl.reset()
        curl.setopt(curl.URL, url)
        curl.setopt(curl.CAINFO, self.sandbox.ca_file)
        curl.setopt(curl.HTTP_VERSION, version)
        curl.setopt(curl.TIMEOUT_MS, 2000)
        curl.setopt(curl.FRESH_CONNECT, self.fresh)
        curl.setopt(curl.WRITEDATA, sink)
        curl.setopt(curl.HEADERFUNCTION, lines.append)
        curl.setopt(curl.HTTPHEADER, [*(f"{name}: {value}" for name, value in headers.items()), "Expect:"])
        if body is not None:
            curl.setopt(curl.POSTFIELDS, body)
        if method:
            curl.setopt(curl.CUSTOMREQUEST, method)
        error = 0
        try:
            curl.perform()
        except pycurl.error as problem:
            error = problem.args[0]
        pairs = [line.decode().strip().partition(": ") for line in lines]
        got = {name.lower(): value for name, _, value in pairs if value}
        http = curl.getinfo(pycurl.INFO_HTTP_VERSION)
        return Reply(curl.getinfo(pycurl.RESPONSE_CODE), got, sink.getvalue(), error, http)

    # -- FCM

    def assertion(self, *, key: str = "", **claims: Any) -> str:
        account = self.sandbox.credentials["fcm"]["service_account"]
        now = int(time.time())
        usual = {"iss": account["client_email"], "scope": SCOPE, "aud": account["token_uri"]}
        return jwt.encode(
            {**usual, "iat": now, "exp": now + 3600, **claims}, key or account["private_key"], algorithm="RS256"
        )

    def token(self, assertion: str, grant: str = GRANT) -> Reply:
        body = urlencode({"grant_type": grant, "assertion": assertion}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return self.ask(f"{self.sandbox.url}/token", body=body, headers=headers, version=pycurl.CURL_HTTP_VERSION_1_1)

    def access_token(self) -> str:
        if not self._access_token:
            self._access_token = self.token(self.assertion()).json["access_token"]
        return self._access_token

    def fcm(
        self,
        message: Any,
        *,
        project: str = "demo-app",
        authorization: str | None = None,
        version: int = pycurl.CURL_HTTP_VERSION_1_1,
        **top: Any,
    ) -> Reply:
        base = self.sandbox.tls_url if version == pycurl.CURL_HTTP_VERSION_2TLS else self.sandbox.url
        bearer = f"Bearer {self.access_token()}" if authorization is None else authorization
        headers = {"content-type": "application/json", "authorization": bearer}
        body = message if isinstance(message, bytes) else orjson.dumps({"message": message, **top})
        return self.ask(f"{base}/v1/projects/{project}/messages:send", body=body, headers=headers, version=version)

    # -- APNs

    def provider_token(self, *, key: str = "", kid: str = "", **claims: Any) -> str:
        account = self.sandbox.credentials["apns"]
        usual = {"iss": account["team_id"], "iat": int(time.time())}
        header = {"kid": kid or account["key_id"]}
        return jwt.encode({**usual, **claims}, key or account["private_key"], algorithm="ES256", headers=header)

    def apns(
        self,
        payload: Any,
        *,
        device: str = DEVICE,
        path: str = "",
        authorization: str | None = None,
        version: int = pycurl.CURL_HTTP_VERSION_2TLS,
        method: str = "",
        headers: dict[str, str] | None = None,
    ) -> Reply:
        if authorization is None:
            self._provider_token = self._provider_token or self.provider_token()
            authorization = f"bearer {self._provider_token}"
        usual = {"authorization": authorization, "apns-topic": self.sandbox.credentials["apns"]["topic"]}
        body = payload if isinstance(payload, bytes) else orjson.dumps(payload)
        url = f"{self.sandbox.tls_url}{path or f'/3/device/{device}'}"
        return self.ask(url, body=body, headers={**usual, **(headers or {})}, version=version, method=method)

    # -- Vonage

    def sms(self, *, form: bool = True, **values: str) -> Reply:
        account = self.sandbox.credentials["vonage"]
        usual = {"api_key": account["api_key"], "api_secret": account["api_secret"]}
        usual |= {"to": PHONE, "from": "Demo", "text": "Hello"}
        merged = {name.replace("_ref", "-ref"): value for name, value in {**usual, **values}.items() if value}
        body = urlencode(merged).encode() if form else orjson.dumps(merged)
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        return self.ask(
            f"{self.sandbox.url}/sms/json",
            body=body,
            headers={"content-type": kind},
            version=pycurl.CURL_HTTP_VERSION_1_1,
        )
