"""What the page of a user can do about consent: channels, types, and being forgotten later."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path, reverse

from projects.admin.scoped import ScopedAdmin
from projects.scope import signed_in
from users.consent_sources import Source
from users.models import OmnichannelUser
from users.selectors_consent import CHANNELS
from users.services.consent import add_types_off, remove_types_off, subscribe, unsubscribe
from users.services.erasure import cancel_erasure, request_erasure
from users.vocabulary import AddressKind

SOURCES = {"unsubscribe": Source.PREFERENCES, "stop": Source.ADMIN}
"""What the two buttons take down: only system messages, and nothing at all."""


class SubscriptionPages(ScopedAdmin):
    """Posts from the section "Subscriptions" of a user's page."""

    def subscription_urls(self) -> list[Any]:
        return [
            self._post("subscription", self.subscription_view),
            self._post("types", self.types_view),
            self._post("erasure", self.erasure_view),
        ]

    def _post(self, name: str, view: Callable[[HttpRequest, OmnichannelUser], None]) -> Any:
        def page(request: HttpRequest, object_id: str) -> HttpResponse:
            user = self.get_visible_object(request, object_id)
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            view(request, user)
            page = reverse("admin:users_omnichanneluser_change", args=[user.pk])
            return HttpResponseRedirect(f"{page}#subscriptions")

        return path(f"<path:object_id>/{name}/", self.admin_site.admin_view(page), name=f"users_omnichanneluser_{name}")

    def subscription_view(self, request: HttpRequest, user: OmnichannelUser) -> None:
        """POST kind, what (unsubscribe, stop, subscribe), reason."""
        kind, what = _kind(request), request.POST.get("what", "")
        _demand(request, "users.change_unsubscription")
        reason = request.POST.get("reason", "").strip()
        if not reason:
            self.message_user(request, "Say why: the reason is kept with the consent.", messages.ERROR)
            return
        told = self._change(user, kind, what, reason, actor=str(signed_in(request)))
        self.log_change(request, user, f"{CHANNELS[kind]}: {told} {reason}")
        self.message_user(request, f"{CHANNELS[kind]}: {told}", messages.SUCCESS)

    @staticmethod
    def _change(user: OmnichannelUser, kind: AddressKind, what: str, reason: str, *, actor: str) -> str:
        """Do it; returns what was done, in words."""
        if what == "subscribe":
            changed = bool(subscribe(user, kind=kind, actor=actor, note=reason))
            return "Subscribed again." if changed else "The person was subscribed."
        if what not in SOURCES:
            raise Http404
        changed = unsubscribe(user, kind=kind, source=SOURCES[what], actor=actor, message=reason)
        stopped = "Nothing is sent any more." if what == "stop" else "Only system messages are sent from now on."
        return stopped if changed else "The person was unsubscribed already."

    def types_view(self, request: HttpRequest, user: OmnichannelUser) -> None:
        """POST kind, shown (all types that were offered), wanted (those with a tick)."""
        kind = _kind(request)
        _demand(request, "users.change_typeunsubscription")
        wanted, actor = _numbers(request, "wanted"), str(signed_in(request))
        off = _numbers(request, "shown") - wanted
        changed = add_types_off(user, kind=kind, type_ids=off, actor=actor)
        changed += remove_types_off(user, kind=kind, type_ids=wanted, actor=actor)
        if changed:
            self.log_change(request, user, f"{CHANNELS[kind]}: types switched off: {sorted(off) or 'none'}.")
        self.message_user(request, f"{CHANNELS[kind]}: {changed} types changed.", messages.SUCCESS)

    def erasure_view(self, request: HttpRequest, user: OmnichannelUser) -> None:
        """POST what (later, keep)."""
        _demand(request, "users.delete_omnichanneluser")
        if request.POST.get("what") == "keep":
            told = "The person is kept." if cancel_erasure(user) else "Nobody asked to erase this person."
        else:
            told = f"The person will be erased on {request_erasure(user, force=False):%Y-%m-%d %H:%M} UTC."
        self.log_change(request, user, told)
        self.message_user(request, told, messages.SUCCESS)


def _demand(request: HttpRequest, permission: str) -> None:
    if not signed_in(request).has_perm(permission):
        raise PermissionDenied


def _kind(request: HttpRequest) -> AddressKind:
    told = request.POST.get("kind", "")
    if told not in AddressKind.values:
        raise Http404
    return AddressKind(told)


def _numbers(request: HttpRequest, name: str) -> set[int]:
    return {int(each) for each in request.POST.getlist(name) if each.isdecimal() and len(each) < 10}
