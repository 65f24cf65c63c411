from projects.models.accounts import ApiKey, ClientAccount
from projects.models.idempotency import IdempotentRequest
from projects.models.operators import Membership, Operator
from projects.models.projects import Project

__all__ = ["ApiKey", "ClientAccount", "IdempotentRequest", "Membership", "Operator", "Project"]
