"""The sandbox's own API: its log, the phones, and what it is told to do."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from sandbox.courier import Courier, ask_once
from sandbox.desk import Desk
from sandbox.google_token import GoogleTokens
from sandbox.journal import Wanted, find, summarise
from sandbox.mailbox import Mailbox
from sandbox.mails import Mails
from sandbox.receipts import Receipts
from sandbox.reports import AppReports
from sandbox.wire import Answer, Request, json_answer, plain_error

Reply = Answer | Awaitable[Answer]
MOST = 100_000


@dataclass(slots=True)
class Parts:
    """Everything that can be looked at or changed from outside."""

    desk: Desk
    tokens: GoogleTokens
    receipts: Receipts
    reports: AppReports
    mails: Mails
    mailbox: Mailbox
    couriers: dict[str, Courier]


class Control:
    """Answers by (method, path)."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._started = time.monotonic()
        self.addresses: dict[str, str] = {}  # filled in when the ports are known
        self._routes: dict[tuple[str, str], Callable[[Request], Reply]] = {
            ("GET", "/health"): self._health,
            ("GET", "/log"): self._log,
            ("DELETE", "/log"): self._clear_log,
            ("GET", "/log/count"): lambda _: json_answer(200, parts.desk.journal.count()),
            ("GET", "/log/summary"): self._summary,
            ("GET", "/phones"): self._phones,
            ("DELETE", "/phones"): self._clear_phones,
            ("POST", "/phones/tap"): self._tap,
            ("POST", "/phones/reply"): self._reply,
            ("GET", "/mails"): self._mails,
            ("GET", "/mail"): self._show_mail,
            ("POST", "/mail/act"): self._act_on_mail,
            ("GET", "/control/mail"): lambda _: json_answer(200, parts.mailbox.settings.public()),
            ("POST", "/control/mail"): self._change_mail,
            ("GET", "/control/state"): self._state,
            ("GET", "/control/faults"): self._faults,
            ("POST", "/control/faults"): self._add_fault,
            ("DELETE", "/control/faults"): self._remove_fault,
            ("GET", "/control/app"): lambda _: json_answer(200, parts.reports.settings.public()),
            ("POST", "/control/app"): self._change_app,
            ("GET", "/control/receipts"): lambda _: json_answer(200, parts.receipts.settings.public()),
            ("POST", "/control/receipts"): self._change_receipts,
            ("GET", "/control/sms_status"): self._fates,
            ("POST", "/control/sms_status"): self._add_fate,
            ("DELETE", "/control/sms_status"): self._clear_fates,
            ("POST", "/control/tokens/revoke"): self._revoke,
        }
        self._paths = {path for _, path in self._routes}

    def answer(self, request: Request) -> Reply | None:
        """None when the path is not one of these."""
        route = self._routes.get((request.method, request.path))
        if route is None:
            return plain_error(405, "This method is not for this path.") if request.path in self._paths else None
        try:
            return route(request)
        except ValueError as error:
            return plain_error(400, str(error))

    # -- looking

    def _health(self, _: Request) -> Answer:
        uptime = round(time.monotonic() - self._started, 1)
        return json_answer(200, {"status": "ok", "pid": os.getpid(), "uptime": uptime, **self.addresses})

    def _log(self, request: Request) -> Awaitable[Answer]:
        journal, wanted = self._parts.desk.journal, _wanted(request, limit=1000)

        def read() -> Answer:
            entries = find(journal.snapshot(wanted.since), wanted)
            last = entries[-1]["seq"] if entries else journal.seq
            return json_answer(200, {"entries": entries, "last": last, "last_seq": journal.seq})

        return asyncio.to_thread(read)

    def _summary(self, request: Request) -> Awaitable[Answer]:
        journal, wanted = self._parts.desk.journal, _wanted(request, limit=100)
        return asyncio.to_thread(lambda: json_answer(200, summarise(journal.snapshot(wanted.since), wanted)))

    def _clear_log(self, _: Request) -> Answer:
        self._parts.desk.journal.clear()
        self._parts.mails.clear()
        return Answer(204)

    def _phones(self, request: Request) -> Answer:
        query, phones = dict(parse_qsl(request.query)), self._parts.desk.phones
        if query.get("version") == str(phones.version):
            return json_answer(200, {"version": phones.version})
        shown = phones.public(_whole(query, "limit", 40, 200))
        return json_answer(200, {"version": phones.version, "phones": shown, "counts": self._counts()})

    def _counts(self) -> dict[str, Any]:
        count = self._parts.desk.journal.count()
        return {"received": count["received"], "accepted": count["accepted"], "providers": count["by_provider"]}

    def _state(self, _: Request) -> Answer:
        parts = self._parts
        state = {
            "addresses": self.addresses,
            "log": parts.desk.journal.count(),
            "faults": [rule.public() for rule in parts.desk.faults.rules],
            "app": parts.reports.settings.public(),
            "receipts": parts.receipts.settings.public() | {"refused": parts.receipts.refused},
            "mail": parts.mailbox.settings.public(),
            "couriers": {name: courier.public() for name, courier in parts.couriers.items()},
            "access_tokens_given": parts.tokens.given,
        }
        return json_answer(200, state)

    # -- phones

    def _clear_phones(self, _: Request) -> Answer:
        self._parts.desk.phones.clear()
        return Answer(204)

    def _tap(self, request: Request) -> Answer:
        item = self._parts.desk.phones.tap(int(_body(request).get("id") or 0))
        if item is None:
            return plain_error(404, "This notification is no longer on any phone.")
        reported = self._parts.reports.tapped(item.message)
        return json_answer(200, {"reported": reported, "link": item.message.data.get("link", "")})

    def _reply(self, request: Request) -> Answer:
        """A person writes back by SMS, to whoever wrote last."""
        body = _body(request)
        self._parts.receipts.reply(str(body.get("address") or "").removeprefix("+"), str(body.get("text") or ""))
        return json_answer(200, {"sent": True})

    # -- mailboxes

    def _show_mail(self, request: Request) -> Answer:
        found = self._parts.mailbox.frame(_whole(dict(parse_qsl(request.query)), "id", 0, 10**15))
        return found or plain_error(404, "This mail is no longer in any mailbox.")

    def _mails(self, request: Request) -> Awaitable[Answer]:
        """Those that arrived, whole: what tests judge by."""
        wanted = _wanted(request, limit=100)
        found = self._parts.mails.find(since=wanted.since, address=wanted.address, limit=wanted.limit)
        return asyncio.to_thread(lambda: json_answer(200, {"mails": [mail.public() for mail in found]}))

    def _act_on_mail(self, request: Request) -> Awaitable[Answer]:
        body = _body(request)
        errand = self._parts.mailbox.act(int(body.get("id") or 0), str(body.get("act") or ""))

        async def act() -> Answer:
            status = await ask_once(*errand)
            said = f"{errand[1].partition('?')[0]} answered {status or 'nothing'}."
            return json_answer(200, {"done": said}) if 200 <= status < 300 else plain_error(502, said)

        return act()

    def _change_mail(self, request: Request) -> Answer:
        settings = self._parts.mailbox.settings
        settings.change(_body(request))
        return json_answer(200, settings.public())

    # -- telling

    def _faults(self, _: Request) -> Answer:
        return json_answer(200, {"faults": [rule.public() for rule in self._parts.desk.faults.rules]})

    def _add_fault(self, request: Request) -> Answer:
        return json_answer(201, self._parts.desk.faults.add(_body(request)).public())

    def _remove_fault(self, request: Request) -> Answer:
        query = dict(parse_qsl(request.query))
        rule_id = int(query["id"]) if "id" in query else None
        return json_answer(200, {"removed": self._parts.desk.faults.remove(rule_id)})

    def _change_app(self, request: Request) -> Answer:
        settings = self._parts.reports.settings
        settings.change(_body(request))
        return json_answer(200, settings.public())

    def _change_receipts(self, request: Request) -> Answer:
        settings = self._parts.receipts.settings
        settings.change(_body(request))
        return json_answer(200, settings.public())

    def _fates(self, _: Request) -> Answer:
        return json_answer(200, {"sms_status": [fate.public() for fate in self._parts.receipts.settings.fates]})

    def _add_fate(self, request: Request) -> Answer:
        body = _body(request)
        match, status = str(body.get("match") or "*"), str(body.get("status") or "")
        fate = self._parts.receipts.set_fate(match, status, str(body.get("err_code") or ""))
        return json_answer(201, fate.public())

    def _clear_fates(self, _: Request) -> Answer:
        self._parts.receipts.settings.fates.clear()
        return Answer(204)

    def _revoke(self, _: Request) -> Answer:
        self._parts.tokens.revoke_all()
        return Answer(204)


def _body(request: Request) -> dict[str, Any]:
    """A JSON object. Raises ValueError, a sentence."""
    try:
        value = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError:
        raise ValueError("The body must be JSON.") from None
    if not isinstance(value, dict):
        raise ValueError("The body must be a JSON object.")
    return value


def _whole(query: dict[str, str], name: str, default: int, most: int) -> int:
    value = query.get(name, str(default))
    if not value.isdigit():
        raise ValueError(f"«{name}» must be a whole number.")
    return min(int(value), most)


def _wanted(request: Request, *, limit: int) -> Wanted:
    query = dict(parse_qsl(request.query))
    accepted = query.get("accepted")
    return Wanted(
        since=_whole(query, "since", 0, 10**15),
        limit=_whole(query, "limit", limit, MOST),
        provider=query.get("provider", ""),
        address=query.get("address", "").strip().removeprefix("+"),
        push_id=query.get("push_id", ""),
        accepted=None if accepted is None else accepted in ("1", "true"),
    )
