"""A project with an audience, put straight into the tables: what the pipeline's tests start from."""

from dataclasses import dataclass, field

from channels_app.models import Sender
from messaging.models import Mailing, Message
from messaging.services.mailings import set_mix
from projects.models import ClientAccount, Project
from templates.models import MessageTemplate, TemplateVersion
from users.models import Address, OmnichannelUser


@dataclass
class Scene:
    """One project with an FCM and an SMS sender, a push and an SMS template, and a campaign's mailing for each."""

    people: int = 3
    project: Project = field(init=False)
    push_sender: Sender = field(init=False)
    sms_sender: Sender = field(init=False)
    push: Mailing = field(init=False)
    sms: Mailing = field(init=False)
    users: list[OmnichannelUser] = field(init=False)

    def __post_init__(self) -> None:
        number = Project.objects.count()
        client = ClientAccount.objects.create(name=f"client {number}")
        self.project = Project.objects.create(client=client, name=f"project {number}", sender_name="Tulips")
        self.push_sender = self.sender("app_push", "fcm")
        self.sms_sender = self.sender("sms", "vonage", address="Tulips")
        self.push = self.mailing("app_push", push_text())
        self.sms = self.mailing("sms", {"text": "Hi {{ user.name }}"}, sender=self.sms_sender)
        self.users = [self.user(number) for number in range(self.people)]

    def sender(self, channel: str, provider: str, address: str = "") -> Sender:
        key = f"key-{self.project.pk}-{provider}"
        return Sender.objects.create(
            project=self.project, channel=channel, provider=provider, name=provider, address=address, key=key
        )

    def mailing(
        self,
        channel: str,
        content: dict[str, str],
        *,
        sender: Sender | None = None,
        category: str = "campaign",
        type_id: int | None = None,
    ) -> Mailing:
        template = self.template(channel, content)
        mailing = Mailing.objects.create(
            project=self.project, channel=channel, category=category, name="mailing", sender=sender, type_id=type_id
        )
        set_mix(mailing, weights={template.pk: 1})
        return mailing

    def template(self, channel: str, content: dict[str, str]) -> MessageTemplate:
        number = MessageTemplate.objects.count()
        template = MessageTemplate.objects.create(project=self.project, channel=channel, name=f"template {number}")
        template.current = TemplateVersion.objects.create(template=template, number=1, content=content)
        template.save()
        return template

    def user(self, number: int) -> OmnichannelUser:
        user = OmnichannelUser.objects.create(
            project=self.project, client_user_id=f"user-{number}", name=f"Name {number}"
        )
        self.address(user, "push", f"token-{self.project.pk}-{number}", provider="fcm")
        self.address(user, "phone", f"+4915{self.project.pk % 1000:03d}{number:06d}")
        return user

    def address(self, user: OmnichannelUser, kind: str, value: str, *, provider: str = "") -> Address:
        return Address.objects.create(user=user, project=self.project, kind=kind, value=value, provider=provider)

    def message(self, mailing: Mailing, user: OmnichannelUser) -> Message:
        return Message.objects.get(mailing=mailing, user=user)


def push_text(text: str = "Hello {{ user.name }}") -> dict[str, str]:
    return {"subject": "News", "text": text, "logo": "", "link": ""}
