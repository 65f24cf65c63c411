"""lastpayment, buying/email, product-event/create, goals (facts, section 2B.6)."""

from typing import Any

from django.utils.timezone import now
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects.api.bodies import object_of, rows_of
from projects.api.scope import client_of, project_of
from projects.errors import DomainError, InvalidInput, NotFound
from users.address_forms import parse_email
from users.api.era_documents import (
    BuyingAnswer,
    BuyingRequest,
    DoneAnswer,
    GoalRequest,
    GoalsAccepted,
    GoalsAnswer,
    PaymentRequest,
    ProductEventRequest,
)
from users.api.reading import NO_EMAIL, user_by_id
from users.api.serializers import Done
from users.api.userfields import done
from users.models import OmnichannelUser
from users.product_rows import EventRow, GoalRow, Reader, integer, read_event, read_goal, read_payment
from users.services.email_users import find_email_user
from users.services.purchases import add_goals, add_payment, add_product_events, has_paid

MOST_ROWS = 1000
PAYMENT = ("user_id", "start_date", "expire_date", "total_count", "payment_type", "amount", "mail_id")


class LastPaymentView(APIView):
    """Payments."""

    @extend_schema(
        operation_id="add_last_payment",
        request=PaymentRequest,
        parameters=[OpenApiParameter(name, str, description="Where the body has none.") for name in PAYMENT],
        responses={200: DoneAnswer},
    )
    def post(self, request: Request) -> Response:
        """Take a payment down, from the body or from the query. Unix seconds; numbers or digits."""
        told = {name: request.query_params[name] for name in PAYMENT if name in request.query_params}
        row = read_payment(told | object_of(request), at=now())
        add_payment(user_by_id(request, row.user_id), row)
        return done()


class BuyingView(APIView):
    """Buying decisions."""

    @extend_schema(operation_id="get_buying_decision", request=BuyingRequest, responses={200: BuyingAnswer})
    def post(self, request: Request) -> Response:
        """Whether somebody with this e-mail ever paid in one of your projects."""
        reader = Reader(object_of(request))
        email = reader.required("email", parse_email, NO_EMAIL)
        reader.finish()
        decision = has_paid(client_of(request), email.value)
        return Response({"email": str(reader.told["email"]), "decision": decision})


class ProductEventsView(APIView):
    """Events between people of a product."""

    @extend_schema(operation_id="create_product_events", request=ProductEventRequest(many=True), responses={200: Done})
    def post(self, request: Request) -> Response:
        """Take up to 1,000 events down, all or none of them. One whose `uid` is known already changes nothing."""
        told = _rows(request, "events")
        for each in told:
            _check_project(request, each)
        add_product_events([_read_event(index, each) for index, each in enumerate(told)])
        return Response({"result": True})


class GoalsView(APIView):
    """Goals that people reached."""

    @extend_schema(operation_id="add_goals", request=GoalRequest, responses={(200, "application/json"): GoalsAnswer})
    def post(self, request: Request) -> Response:
        """Take goals down: one as an object, or a list of up to 1,000.

        In a list each good row counts; the others are told under their place in the list. One alone in a project that
        isn't yours is 403, one with wrong members 400.
        """
        added, refused = _take_goals(request)
        return Response({"goals_added": added} | _told_of(refused))


class GoalsCreateView(APIView):
    """Goals that people reached, where PHP's SDK sends them."""

    @extend_schema(
        operation_id="create_goals",
        request=GoalRequest(many=True),
        responses={(202, "application/json"): GoalsAccepted},
    )
    def post(self, request: Request) -> Response:
        """As `v1/goals`, but accepted; where no row is good, the first one's error is told, with its place."""
        added, refused = _take_goals(request)
        if refused and not added:
            place, (error, _) = next(iter(refused.items()))
            raise _placed(place, error) if isinstance(error, InvalidInput) else error
        return Response({"status": "Accepted", "goals_added": added} | _told_of(refused), status=202)


def _take_goals(request: Request) -> tuple[int, dict[int, tuple[DomainError, Any]]]:
    """How many were taken, and the error and the row of each of the others by its place in the list."""
    if isinstance(request.data, dict) and not isinstance(request.data.get("goals"), list):
        rows = [object_of(request)]
        _check_project(request, rows[0])
        read_goal(rows[0])
    else:
        rows = rows_of(request, name="goals", limit=MOST_ROWS)
    read = [_try_goal(request, each) for each in rows]
    added = add_goals([each for each in read if not isinstance(each, DomainError)])
    return added, {place: (each, rows[place]) for place, each in enumerate(read) if isinstance(each, DomainError)}


def _told_of(refused: dict[int, tuple[DomainError, Any]]) -> dict[str, Any]:
    return {str(place): _refused(error, row) for place, (error, row) in refused.items()}


def _rows(request: Request, name: str) -> list[Any]:
    if isinstance(request.data, dict) and request.data and name not in request.data:
        return [request.data]
    return rows_of(request, name=name, limit=MOST_ROWS)


def _check_project(request: Request, row: object) -> None:
    """Whose project it is comes before what is wrong with the row. Raises Forbidden."""
    told = row if isinstance(row, dict) else {}
    project_id = Reader(told).optional("project_id", integer)
    if project_id is not None:
        project_of(request, project_id)


def _read_event(index: int, row: object) -> EventRow:
    try:
        return read_event(row, at=now())
    except InvalidInput as error:
        raise _placed(index, error) from error


def _placed(index: int, error: InvalidInput) -> InvalidInput:
    """The same, naming the row that it is about."""
    return InvalidInput({f"{index}.{name}": text for name, text in error.errors.items()})


def _try_goal(request: Request, row: Any) -> tuple[OmnichannelUser, GoalRow] | DomainError:
    try:
        goal = read_goal(row)
        project = project_of(request, goal.project_id)
        user = find_email_user(project, goal.email.value)
        if user is None:
            raise NotFound(f"Not found  user for project {project.pk} and email {row['email']}")
    except DomainError as error:
        return error
    return user, goal


def _refused(error: DomainError, row: Any) -> dict[str, Any]:
    """A row that wasn't taken, in Sendios' form."""
    told = row if isinstance(row, dict) else {}
    texts = (
        [f"{name} - {text}" for name, text in error.errors.items()]
        if isinstance(error, InvalidInput)
        else [error.message]
    )
    data = ";".join(str(told.get(name) or "")[:255] for name in ("type", "email", "project_id", "mail_id"))
    return {"error_messages": texts, "errorCode": 409, "message": "Validation error", "goal_data": data}
