"""The panel on a phone: a page scrolls down and never sideways."""

from django.urls import reverse
from django.utils.timezone import now
from playwright.sync_api import Page

from campaigns.models import Campaign
from messaging.models import Message, Statistic
from projects.models import Project
from templates.models import Channel
from tests.factories import make_sender, make_template, make_type, make_user
from users.models import OmnichannelUser

WIDTH = "document.documentElement.scrollWidth"


def test_no_page_is_wider_than_the_phone(page: Page, project: Project) -> None:
    address = f"{'somebody-with-a-long-name' * 2}@example.com"
    user = make_user(project, email=address, fields={"newsletter": "a-word-without-any-blank-in-it" * 3})
    kind, template = make_type(project, Channel.EMAIL), make_template(project, Channel.EMAIL)
    sender = make_sender(project, "smtp")
    shared = {"project": project, "channel": "email", "category": "campaign", "sender": sender}
    campaign = Campaign.objects.create(name="Autumn", state="sent", launched_at=now(), **shared)
    for mailing in (kind, campaign):
        Statistic.objects.create(mailing=mailing, day=now().date(), audience=9, sent=9)
    message = Message.objects.create(project=project, mailing=kind, user=user, channel="email", category="system")
    page.set_viewport_size({"width": 390, "height": 844})
    assert OmnichannelUser.objects.count() == 1
    shown = [
        *((name, None) for name in ("messaging_message_changelist", "projects_webhook_changelist")),
        *(
            (f"{name}_change", row.pk)
            for name, row in {"users_omnichanneluser": user, "messaging_message": message}.items()
        ),
        ("templates_messagetemplate_change", template.pk),
        ("templates_messagetemplate_send_test", template.pk),
        ("transactional_transactionaltype_change", kind.pk),
        ("campaigns_campaign_change", campaign.pk),
        ("channels_app_emailsender_change", sender.pk),
    ]
    widths = {}
    for name, number in shown:
        page.goto(reverse(f"admin:{name}", args=[number] if number else []))
        widths[name] = page.evaluate(WIDTH)
    assert widths == {name: 390 for name, _ in shown}
