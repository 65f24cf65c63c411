from projects.models.accounts import ApiKey, ClientAccount
from projects.models.domains import TrackingDomain
from projects.models.idempotency import IdempotentRequest
from projects.models.operators import Membership, Operator
from projects.models.projects import Project
from projects.models.webhooks import Webhook, WebhookDelivery, WebhookEvent

__all__ = [
    "ApiKey",
    "ClientAccount",
    "IdempotentRequest",
    "Membership",
    "Operator",
    "Project",
    "TrackingDomain",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
]
