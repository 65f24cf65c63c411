"""The customer's app: what it tells the product when a push arrives or is tapped."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.courier import Courier, Errand, loopback_problem
from sandbox.wire import Message

BATCH = 500
WAITING = 50_000
ATTEMPTS = 6


@dataclass(slots=True)
class AppSettings:
    """Where the product's API is and whose client reports. `auto_delivery`: every push that arrives is reported."""

    api_url: str = ""
    client_id: str = ""
    api_key: str = ""
    project_id: int = 0
    auto_delivery: bool = True

    @property
    def configured(self) -> bool:
        return bool(self.api_url and self.client_id and self.api_key and self.project_id)

    def public(self) -> dict[str, Any]:
        names = ("api_url", "client_id", "project_id", "auto_delivery", "configured")
        return {name: getattr(self, name) for name in names}

    def change(self, values: dict[str, Any]) -> None:
        """Raises ValueError, a sentence, and changes nothing then."""
        url = str(values.get("api_url", self.api_url)).rstrip("/")
        if url and (problem := loopback_problem(url)):
            raise ValueError(f"«api_url»: {problem}.")
        project = str(values.get("project_id", self.project_id))
        if not project.isdigit():
            raise ValueError("«project_id» must be a number.")
        self.api_url, self.project_id = url, int(project)
        self.client_id = str(values.get("client_id", self.client_id))
        self.api_key = str(values.get("api_key", self.api_key))
        self.auto_delivery = bool(values.get("auto_delivery", self.auto_delivery))


class AppReports:
    """Deliveries are gathered and reported in lists; a tap at once. Both through the courier."""

    def __init__(self, courier: Courier, settings: AppSettings) -> None:
        self._courier = courier
        self.settings = settings
        self._arrived: list[dict[str, str]] = []
        self.dropped = 0

    def arrived(self, message: Message) -> None:
        """Note a push that a phone has shown."""
        if not (self.settings.configured and self.settings.auto_delivery and message.data):
            return
        if len(self._arrived) >= WAITING:
            self.dropped += 1
            return
        self._arrived.append(message.data)

    def flush(self) -> None:
        """Report what has arrived since the last time."""
        while self._arrived:
            batch, self._arrived = self._arrived[:BATCH], self._arrived[BATCH:]
            self._report("delivery", batch)

    def tapped(self, message: Message) -> bool:
        """Report a click; False when there is nobody to report to."""
        if not (self.settings.configured and message.data):
            return False
        self._report("click", [message.data])
        return True

    def _report(self, what: str, payloads: list[dict[str, str]]) -> None:
        bodies = [{"project_id": self.settings.project_id, "payload": payload} for payload in payloads]
        body = orjson.dumps(bodies[0] if len(bodies) == 1 else bodies)

        def prepare() -> tuple[str, str, dict[str, str], bytes]:
            settings = self.settings
            pair = base64.b64encode(f"{settings.client_id}:{settings.api_key}".encode()).decode()
            headers = {"content-type": "application/json", "authorization": f"Basic {pair}"}
            return "POST", f"{settings.api_url}/v1/app-push/track/{what}", headers, body

        def refused(status: int) -> None:
            """One unknown push must not lose its whole list."""
            if len(payloads) > 1 and 400 <= status < 500:
                for payload in payloads:
                    self._report(what, [payload])

        attempts = 2 if len(payloads) > 1 else ATTEMPTS
        self._courier.send(Errand(prepare, attempts, refused))
