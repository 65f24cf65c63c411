"""The document against the running server, over whatever endpoints there are."""

import os

import pytest
import schemathesis
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from projects.api import paths
from templates.models import Channel
from tests.factories import make_client, make_key, make_project, make_sender, make_type, make_user
from tests.wire.api import basic

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "15"))
"""An operation and mode; QUALITY.md's A1 wants 200."""

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
KNOWN = "someone/known"
WELL_FORMED = {
    "app_push_token": "f" * 64,
    "phone": "+380501234567",
    "email": "a@example.com",
    "language": "uk",
    "country": "UA",
    "time_zone": "Europe/Kyiv",
    "registered_at": "2020-02-29",
    "photo": "https://example.com/a.png",
}


@pytest.fixture
def document(client, db):
    return client.get("/v1/openapi.json").json()


def test_the_document_is_openapi_3_1_and_has_every_path_of_the_table(document):
    table = {value for name, value in vars(paths).items() if name.isupper() and name not in {"DOCS", "OPENAPI"}}
    braces = str.maketrans({"<": "{", ">": "}"})
    kinds = ("int:", "str:", "text:", "email:")
    expected = set()
    for path in table:
        simple = path
        for kind in kinds:
            simple = simple.replace(kind, "")
        expected.add("/" + simple.translate(braces))
    assert (document["openapi"], set(document["paths"])) == ("3.1.0", expected)


def test_the_document_is_made_without_a_doubt(document):
    """Its generator warns, once a process, of what it had to guess: two schemas of one name, a type it can't see."""
    assert (dict(GENERATOR_STATS._warn_cache), dict(GENERATOR_STATS._error_cache)) == ({}, {})


def test_every_operation_documents_its_envelope_and_its_errors(document):
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    for operation in operations:
        codes = set(operation["responses"]) - {"200", "202"}
        assert codes == {"400", "401", "403", "404", "405", "409", "413", "429", "500", "503"}
        assert operation["security"] == [{"client id and API key": []}]


def test_successes_of_v1_have_an_envelope_and_those_of_v3_are_accepted(document):
    for path, item in document["paths"].items():
        for operation in item.values():
            success = set(operation["responses"]) & {"200", "202"}
            assert success == ({"202"} if path.startswith("/v3/") else {"200"})
            content = operation["responses"][success.pop()].get("content", {})
            for shown in content.values():
                assert path.startswith("/v3/") or shown["schema"]["required"] == ["_meta", "data"]


@pytest.fixture
def tenant(transactional_db):
    """A client whose only project has a type in each channel: (project, authorization)."""
    client = make_client(requests_per_second=100_000, request_burst=1_000_000)
    project = make_project(client, default_country="UA")
    make_sender(project, "fcm")
    make_sender(project, "apns")
    make_type(project, Channel.APP_PUSH, type_id=1)
    make_type(project, Channel.SMS, type_id=1)
    make_user(project, client_user_id=KNOWN)
    return project, basic(*make_key(client))


OPERATIONS = [
    result.ok()
    for result in schemathesis.openapi.from_dict(SchemaGenerator().get_schema(public=True)).get_all_operations()
]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.label for operation in OPERATIONS])
def test_every_answer_fits_the_document(operation, mode, server, tenant):
    project, authorization = tenant
    host, port = server

    @given(case=operation.as_strategy(generation_mode=mode), is_ours=st.booleans())
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    def call(case, is_ours):
        if is_ours:
            _aim_at(project, case, mode)
        case.call_and_validate(
            base_url=f"http://{host}:{port}", checks=CHECKS, headers={"Authorization": authorization}
        )

    call()


def _aim_at(project, case, mode):
    """Let the case reach what is the client's own: the others show what strangers are told.

    What a schema can't say (the form of a token, which time zones there are) is put right in good cases.
    """
    where = case.path_parameters or {}
    where |= {name: value for name, value in {"project_id": project.pk, "category": "system"}.items() if name in where}
    if "client_user_id" in where and mode == GenerationMode.POSITIVE and case.method != "DELETE":
        where["client_user_id"] = KNOWN
    if isinstance(case.body, dict):
        known = {"project_id": project.pk, "type_id": 1} | (WELL_FORMED if mode == GenerationMode.POSITIVE else {})
        case.body |= {name: value for name, value in known.items() if name in case.body}
