"""Two client accounts with one row of every kind of page each, and the addresses of all pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.timezone import now

from campaigns.models import Campaign
from channels_app.models import ApnsIdentifier, EmailSender, FcmIdentifier, Sender, SmsSender
from messaging.models import Mailing, Message, MessageEvent, MixEntry, Receipt, Statistic
from projects.models import (
    ApiKey,
    ClientAccount,
    Membership,
    Operator,
    Project,
    TrackingDomain,
    WebhookDelivery,
    WebhookEvent,
)
from projects.scope import path_to_owner
from projects.services.accounts import issue_api_key
from projects.services.operators import create_operator
from projects.services.webhooks import create_webhook
from sendios.panel.roles import OUR_APPS
from templates.models import TemplateVersion
from templates.services.templates import create_template
from transactional.models import TransactionalType
from users.models import Address, CustomField, OmnichannelUser, Segment, SegmentMember, SegmentUpload, Suppression

PASSWORD = "a long enough passphrase"


@dataclass
class World:
    """Everything of one client account; `marker` is in every name, so that a page tells whose rows it shows."""

    marker: str

    def __post_init__(self) -> None:
        mark = self.marker
        self.rows: dict[type[Model], Model] = {}
        client = self.keep(ClientAccount.objects.create(name=f"{mark} client"))
        project = self.keep(Project.objects.create(client=client, name=f"{mark} project"))
        self.client: ClientAccount = client
        self.project: Project = project
        self.keep(issue_api_key(client, name=f"{mark} key").key)
        self.keep(create_operator(f"{mark}-colleague", password=PASSWORD, clients=[client]))
        self.keep(Membership.objects.get(client=client))
        self.keep(TrackingDomain.objects.create(client=client, host=f"n.{mark}.example.com".lower()))
        self.webhook()
        self.audience()
        self.sending()

    def keep(self, row: Any) -> Any:
        self.rows[type(row)] = row
        return row

    def webhook(self) -> None:
        mark = self.marker
        webhook, _ = create_webhook(self.project, url=f"https://{mark}.example.com/")
        body = f'{{"0":{{"event":"{mark}"}}}}'
        told = {"webhook": webhook, "body": body, "event_count": 1, "state": "failed", "give_up_at": now()}
        self.keep(webhook)
        self.keep(WebhookDelivery.objects.create(**told, answer=f"{mark} says no"))
        self.keep(WebhookEvent.objects.create(webhook=webhook, name="sent", payload={"project": mark}))

    def audience(self) -> None:
        mark, project = self.marker, self.project
        user = self.keep(
            OmnichannelUser.objects.create(project=project, client_user_id=f"{mark}-1", name=f"{mark} person")
        )
        self.keep(Address.objects.create(user=user, project=project, kind="email", value=f"{mark}@example.com"))
        self.keep(CustomField.objects.create(project=project, name=f"{mark}_field", type="string"))
        self.keep(Suppression.objects.create(project=project, kind="email", value=f"{mark}-never@example.com"))
        segment = self.keep(Segment.objects.create(project=project, name=f"{mark} segment", kind="static"))
        self.keep(SegmentMember.objects.create(segment=segment, user=user))
        self.keep(SegmentUpload.objects.create(segment=segment, file_name=f"{mark}.csv"))

    def sending(self) -> None:
        mark, project = self.marker, self.project
        for kind, channel, provider, address in (
            (FcmIdentifier, "app_push", "fcm", ""),
            (ApnsIdentifier, "app_push", "apns", ""),
            (EmailSender, "email", "smtp", f"{mark}-letters@example.com"),
            (SmsSender, "sms", "vonage", mark.capitalize()),
        ):
            sender = Sender.objects.create(
                project=project,
                channel=channel,
                provider=provider,
                name=f"{mark} {provider}",
                address=address,
                key=uuid4().hex,
            )
            self.rows[kind] = kind.objects.get(pk=sender.pk)
        self.keep(sender)
        content = {"text": f"{mark} says hi"}
        template = self.keep(create_template(project, channel="sms", name=f"{mark} template", content=content))
        self.keep(TemplateVersion.objects.get(template=template))
        shared = {"project": project, "channel": "sms", "sender": sender}
        kind = self.keep(TransactionalType.objects.create(**shared, name=f"{mark} type", category="system", type_id=1))
        self.rows[Mailing] = Mailing.objects.get(pk=kind.pk)
        self.keep(MixEntry.objects.create(mailing=kind, template=template))
        self.keep(Campaign.objects.create(**shared, name=f"{mark} campaign", category="campaign", is_open=False))
        self.message(sender)

    def message(self, sender: Sender) -> None:
        mark = self.marker
        message = self.keep(
            Message.objects.create(
                project=self.project,
                mailing_id=self.rows[Mailing].pk,
                sender=sender,
                user_id=self.rows[OmnichannelUser].pk,
                address_id=self.rows[Address].pk,
                channel="sms",
                category="system",
                content={"text": f"{mark} says hi"},
                provider_id=f"{mark}-provider-id",
            )
        )
        self.keep(MessageEvent.objects.create(message=message, kind="note", detail=f"{mark} note"))
        self.keep(Receipt.objects.create(sender=sender, event_id=f"{mark}-event", payload={"to": mark}))
        self.keep(Statistic.objects.create(mailing_id=self.rows[Mailing].pk, day="2026-01-01", audience=1))

    def snapshot(self) -> dict[str, list[dict[str, Any]]]:
        """Every stored row of this account, to see that nothing was changed."""
        return {
            model._meta.label: sorted(owned_rows(model, self), key=str)
            for model in our_models()
            if path_to_owner(model)
        }


def owned_rows(model: type[Model], world: World) -> list[dict[str, Any]]:
    path, owner = path_to_owner(model) or ("", None)
    row = world.project if owner is Project else world.client
    return list(model._base_manager.filter(**{path: row.pk}).values())


def our_models() -> list[type[Model]]:
    """The models of our apps, without the tables of history."""
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in OUR_APPS and not model.__name__.startswith("Historical")
    ]


def operator_of(world: World, role: str) -> Operator:
    """Somebody of this role who is a member of this account alone."""
    name = f"{role}-{world.marker}".replace(" ", "-").lower()
    known = Operator.objects.filter(username=name).first()
    return known or create_operator(name, password=PASSWORD, roles=[role], clients=[world.client])


@dataclass(frozen=True)
class PanelAddress:
    """One address of the panel: its path for a row, and the page's model (None for the site's own)."""

    name: str
    path: str
    model: type[Model] | None
    takes_object: bool


def addresses(world: World) -> list[PanelAddress]:
    """Every address below /admin/ from the URL table, filled with this world's rows."""
    return [
        PanelAddress(name=pattern.name or "", path=path, model=model, takes_object=takes)
        for prefix, pattern in _patterns(get_resolver(), "")
        if prefix.startswith("admin/")
        for model in [_model_of(prefix)]
        for path, takes in [_fill(prefix, pattern, model, world)]
        if pattern.name not in {"logout"}
    ]


def _patterns(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        whole = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _patterns(each, whole)
        else:
            yield whole, each


def _model_of(path: str) -> type[Model] | None:
    parts = path.split("/")
    by_path = {f"{model._meta.app_label}/{model._meta.model_name}": model for model in admin.site._registry}
    return by_path.get("/".join(parts[1:3])) if len(parts) > 2 else None


def _fill(route: str, pattern: URLPattern, model: type[Model] | None, world: World) -> tuple[str, bool]:
    row = world.rows.get(model) if model else None
    number = str(row.pk) if row else "1"
    version = _history_id(row)
    path = route.replace("^([^/]+)/history/([^/]+)/$", f"{number}/history/{version}/")
    takes = path != route
    path = path.replace("(?P<token>[\\w]+)?", "x")
    for name, value in (("<path:object_id>", number), ("<id>", number), ("<int:number>", "1")):
        takes = takes or (name in path and name != "<int:number>")
        path = path.replace(name, value)
    project_type = ContentType.objects.get_for_model(Project).pk
    path = path.replace("<int:content_type_id>", str(project_type)).replace("<path:url>", "x")
    for each, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower()
        takes = takes or kind in {"int", "string", "path"}
        path = path.replace(f"<{kind}:{each}>", number).replace(f"<str:{each}>", number)
    return "/" + path.lstrip("/").replace("^", "").replace("$", "").replace("/?", ""), takes


def _history_id(row: Model | None) -> str:
    history = getattr(row, "history", None)
    newest = history.order_by("-history_id").first() if history is not None else None
    return str(newest.history_id) if newest else "1"


__all__ = ["ApiKey", "World", "addresses", "operator_of", "our_models"]
