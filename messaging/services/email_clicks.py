"""Clicks in e-mails that the client's own system reports."""

from django.utils.timezone import now

from messaging.models import Message
from messaging.services.reports import Report, apply_reports
from messaging.vocabulary import State
from projects.errors import NotFound
from projects.models import ClientAccount
from templates.models import Channel

SOURCE = "api"
LARGEST_ID = 2**62


def report_email_click(client: ClientAccount, *, mail_id: int, project_id: int = 0, user_id: int = 0) -> None:
    """The person clicked in this e-mail, now. The same again changes nothing.

    `project_id` and `user_id` are checked where they are given (not 0). Raises NotFound alike for an unknown e-mail and
    for another client's.
    """
    mails = Message.objects.filter(pk=min(mail_id, LARGEST_ID), channel=Channel.EMAIL, project__client=client)
    found = mails.values_list("project_id", "user_id").first()
    if found is None or project_id not in (0, found[0]) or user_id not in (0, found[1]):
        raise NotFound("Not found")
    apply_reports([Report(mail_id, State.CLICKED, now(), SOURCE)])
