"""Who may do what in the panel: one table, role by model.

A Django group stands for each role. Letters: v = view, a = add, c = change, d = delete. Every model of ours has a line
(a test compares), so that a new one can't be forgotten; the Administrator may do all.
"""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.contrib.auth.management import create_permissions

from projects.scope import ADMINISTRATOR

CUSTOMER_SUCCESS = "Customer success"
MARKETER = "Marketer"
SUPPORT_MANAGER = "Support manager"
VIEWER = "Viewer"

ROLES = (ADMINISTRATOR, CUSTOMER_SUCCESS, MARKETER, SUPPORT_MANAGER, VIEWER)
ACTIONS = {"v": "view", "a": "add", "c": "change", "d": "delete"}
OUR_APPS = ("projects", "users", "templates", "channels_app", "messaging", "transactional", "campaigns")

TABLE: dict[str, tuple[str, str, str, str]] = {
    # model: Customer success, Marketer, Support manager, Viewer
    "projects.operator": ("", "", "", ""),
    "projects.membership": ("", "", "", ""),
    "projects.clientaccount": ("vac", "v", "v", "v"),
    "projects.apikey": ("vac", "", "", "v"),
    "projects.project": ("vacd", "v", "v", "v"),
    "projects.trackingdomain": ("vacd", "v", "v", "v"),
    "projects.webhook": ("vacd", "v", "v", "v"),
    "projects.webhookdelivery": ("vc", "v", "v", "v"),
    "projects.webhookevent": ("", "", "", ""),
    "projects.idempotentrequest": ("", "", "", ""),
    "users.omnichanneluser": ("v", "v", "vacd", "v"),
    "users.address": ("v", "v", "vacd", "v"),
    "users.unsubscription": ("v", "v", "vacd", "v"),
    "users.typeunsubscription": ("v", "v", "vacd", "v"),
    "users.suppression": ("vacd", "v", "vacd", "v"),
    "users.consentevent": ("v", "v", "v", "v"),
    "users.payment": ("v", "v", "v", "v"),
    "users.productevent": ("", "", "", ""),
    "users.goal": ("", "", "", ""),
    "users.customfield": ("vac", "vac", "v", "v"),
    "users.segment": ("v", "vacd", "v", "v"),
    "users.segmentmember": ("v", "vacd", "v", "v"),
    "users.segmentupload": ("v", "vacd", "v", "v"),
    "templates.messagetemplate": ("v", "vacd", "v", "v"),
    "templates.templateversion": ("v", "vacd", "v", "v"),
    "channels_app.sender": ("vacd", "v", "v", "v"),
    "channels_app.fcmidentifier": ("vacd", "v", "v", "v"),
    "channels_app.apnsidentifier": ("vacd", "v", "v", "v"),
    "channels_app.smssender": ("vacd", "v", "v", "v"),
    "channels_app.emailsender": ("vacd", "v", "v", "v"),
    "messaging.mailing": ("v", "vacd", "v", "v"),
    "messaging.mixentry": ("v", "vacd", "v", "v"),
    "messaging.message": ("v", "v", "v", "v"),
    "messaging.messageevent": ("v", "v", "v", "v"),
    "messaging.receipt": ("v", "", "v", ""),
    "messaging.visit": ("", "", "", ""),
    "messaging.shortlink": ("", "", "", ""),
    "messaging.statistic": ("v", "v", "v", "v"),
    "transactional.transactionaltype": ("v", "vacd", "v", "v"),
    "campaigns.campaign": ("v", "vacd", "v", "v"),
}


def codenames(role: str) -> dict[str, set[str]]:
    """App label → the codenames of the permissions that the role has there."""
    found: dict[str, set[str]] = {app: set() for app in OUR_APPS}
    for label, cells in TABLE.items():
        app, model = label.split(".")
        letters = "vacd" if role == ADMINISTRATOR else cells[ROLES.index(role) - 1]
        found[app] |= {f"{ACTIONS[letter]}_{model}" for letter in letters}
    return found


def sync_roles(apps: Any = installed) -> None:
    """Bring the five groups in line with the table; harmless to repeat.

    `apps` is the registry of the moment: a migration's, or the installed one. Models it doesn't know yet are passed
    over and caught up after the next migration.
    """
    for label in OUR_APPS:
        _create_permissions(installed.get_app_config(label), apps)
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    for role in ROLES:
        group, _ = group_model.objects.get_or_create(name=role)
        ids = [
            pk
            for app, names in codenames(role).items()
            for pk in permission_model.objects.filter(content_type__app_label=app, codename__in=names).values_list(
                "pk", flat=True
            )
        ]
        group.permissions.set(ids)


def _create_permissions(app: AppConfig, apps: Any) -> None:
    # Django makes permissions only after all migrations are done; roles need them now.
    create_permissions(app, apps=apps, verbosity=0)


def sync_after_migrate(apps: Any = installed, **_: Any) -> None:
    """Receiver of post_migrate: later models get their permissions into the roles without a migration each."""
    try:
        apps.get_model("auth", "Group")
        apps.get_model("contenttypes", "ContentType")
    except LookupError:
        return
    sync_roles(apps)
