"""Somebody signed in to the panel, for tests of its pages."""

from django.test import Client

from projects.models import Operator, Project
from projects.services.operators import create_operator

PASSWORD = "a long enough passphrase"


def sign_in(client: Client, project: Project, role: str = "Marketer") -> Operator:
    """A new operator of this role and of the project's account alone, signed in."""
    name = f"{role}-{project.pk}".lower().replace(" ", "-")
    operator = create_operator(name, password=PASSWORD, roles=[role], clients=[project.client])
    client.force_login(operator)
    return operator
