import pytest

from projects.models import Project
from tests.factories import make_client, make_key, make_project
from tests.wire.api import basic
from tests.wire.email_era.dialects import ClientSystem
from tests.wire.email_era.tables import Table, make_table


@pytest.fixture
def project(transactional_db: None) -> Project:
    return make_project(make_client(requests_per_second=10_000, request_burst=10_000), default_country="UA")


@pytest.fixture
def system(server: tuple[str, int], project: Project) -> ClientSystem:
    return ClientSystem(server, basic(*make_key(project.client)))


@pytest.fixture
def wire(system: ClientSystem, project: Project) -> Table:
    return make_table(system, project)
