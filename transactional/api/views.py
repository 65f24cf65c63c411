"""POST /v1/app-push/send/{category}, /v1/sms/send/{category} and, by e-mail, /v1/push/{category}."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from messaging.message_ids import message_uuid
from messaging.models import Message
from messaging.vocabulary import State
from projects.api.bodies import object_of
from projects.api.idempotency import respond_once
from projects.api.scope import project_of
from projects.models import Project
from templates.models import Channel
from transactional.api.documents import IDEMPOTENCY_KEY, SendAppPush, SendEmail, SendSms, Sent
from transactional.email_bodies import read_email_send
from transactional.send_bodies import read_project_id, read_send
from transactional.services.sending import SendRequest, send_to_user


class SendView(APIView):
    """Store one message (one a device), answer at once; workers send it.

    200 means that it is stored and safe against any crash. `queued` is false where the user may not be reached; the
    attempt is in the activity feed then, with the reason. 400 names every wrong field; 403 is a foreign project; 404 an
    unknown type; 409 a conflict with what is stored.
    """

    channel: ClassVar[Channel]
    id_name: ClassVar[str]

    def send(self, request: Request, category: str) -> Response:
        body = object_of(request)
        project = project_of(request, read_project_id(body))
        asked = self.read(body, category=category, project=project, request_id=getattr(request, "request_id", ""))
        return respond_once(request, lambda: self.answer(send_to_user(project, asked)))

    def read(self, body: dict[str, Any], *, category: str, project: Project, request_id: str) -> SendRequest:
        """What the body asks for. Raises InvalidInput and NotFound."""
        country = project.default_country
        return read_send(body, channel=self.channel, category=category, default_country=country, request_id=request_id)

    def answer(self, messages: list[Message]) -> dict[str, Any]:
        """The first message's answer, with all of them under `messages` where there are several."""
        answers = [self._one(message) for message in messages]
        return answers[0] | ({"messages": answers} if len(answers) > 1 else {})

    def _one(self, message: Message) -> dict[str, Any]:
        answer = {"queued": message.state == State.QUEUED, "message_id": str(message_uuid(message.pk))}
        answer[self.id_name] = message.pk
        return answer if message.state == State.QUEUED else answer | {"reason": message.reason}


class SendAppPushView(SendView):
    """Send an app push."""

    channel, id_name = Channel.APP_PUSH, "push_id"

    @extend_schema(
        operation_id="send_app_push", request=SendAppPush, responses={200: Sent}, parameters=[IDEMPOTENCY_KEY]
    )
    def post(self, request: Request, category: str) -> Response:
        """To `app_push_token`, or to every active device of the user where none is given."""
        return self.send(request, category)


class SendSmsView(SendView):
    """Send an SMS."""

    channel, id_name = Channel.SMS, "sms_id"

    @extend_schema(operation_id="send_sms", request=SendSms, responses={200: Sent}, parameters=[IDEMPOTENCY_KEY])
    def post(self, request: Request, category: str) -> Response:
        """To `phone`, or to the user's active phone where none is given."""
        return self.send(request, category)


class SendEmailView(SendView):
    """Send an e-mail: the path of the e-mail era, in the three dialects of its clients."""

    channel, id_name = Channel.EMAIL, "mail_id"

    def read(self, body: dict[str, Any], *, category: str, project: Project, request_id: str) -> SendRequest:
        return read_email_send(body, category=category, request_id=request_id)

    @extend_schema(operation_id="send_email", request=SendEmail, responses={200: Sent}, parameters=[IDEMPOTENCY_KEY])
    def post(self, request: Request, category: str) -> Response:
        """To `email` or `data.user.email`; the user is made where the project has none with this address."""
        return self.send(request, category)
