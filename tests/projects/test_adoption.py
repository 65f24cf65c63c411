"""A client taken over from Sendios goes on with its client id, its key and its projects' numbers."""

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from projects.models import ApiKey, ClientAccount, Project
from tests.factories import VECTOR_API_KEY, VECTOR_CLIENT_ID, VECTOR_SDK_KEY, make_client, make_project
from tests.wire.api import Caller, data_of

pytestmark = pytest.mark.django_db
PROJECTS = ["--project=17125=Tulip Shop", "--project=19300=Boosters = more"]


def adopt(*arguments, key=VECTOR_SDK_KEY, client_id=VECTOR_CLIENT_ID, name="Tulips"):
    told = io.StringIO()
    call_command("adopt_client", client_id, name, *arguments, stdin=io.StringIO(f"{key}\n"), stdout=told)
    return told.getvalue().strip()


def test_its_systems_change_nothing_but_the_base_url():
    assert adopt(*PROJECTS) == "Client 123 “Tulips”, projects 17125, 19300."
    assert Project.objects.get(pk=19300).name == "Boosters = more"
    caller = Caller(VECTOR_CLIENT_ID, VECTOR_API_KEY)
    told = {"email": "a@example.com", "project_id": 17125, "client_user_id": 5}
    assert data_of(caller.post("/v1/clientuser/create", told))["status"] is True
    shown = data_of(caller.get("/v1/user/project/17125/email/a@example.com"))["user"]
    assert (shown["project_id"], shown["project_title"]) == (17125, "Tulip Shop")


def test_raw_http_clients_have_the_api_key_only():
    adopt("--api-key", *PROJECTS, key=VECTOR_API_KEY)
    caller = Caller(VECTOR_CLIENT_ID, VECTOR_API_KEY)
    assert data_of(caller.get("/v1/unsub/list/0")) == []


def test_it_may_be_done_again_with_more_and_what_is_there_stays():
    adopt(PROJECTS[0])
    Project.objects.update(name="Renamed")
    assert adopt(*PROJECTS) == "Client 123 “Tulips”, projects 17125, 19300."
    assert (ClientAccount.objects.count(), ApiKey.objects.count()) == (1, 1)
    assert Project.objects.get(pk=17125).name == "Renamed"


def test_what_the_panel_makes_next_gets_a_number_of_its_own():
    adopt(*PROJECTS)
    client = make_client()
    project = make_project(client)
    project_number = project.pk
    assert (client.pk > 123, project.pk > 19300) == (True, True)
    project.delete()
    adopt(*PROJECTS)
    assert make_project(client).pk > project_number


@pytest.mark.parametrize(
    ("arguments", "changes", "text"),
    [
        (["--project=17125"], {}, "--project takes ID=NAME, not “17125”."),
        (["--project=x=y"], {}, "--project takes ID=NAME, not “x=y”."),
        (["--project=0=y"], {}, "Numbers of clients and projects are from 1 to 2147483647."),
        ([], {"client_id": 2**31}, "Numbers of clients and projects are from 1 to 2147483647."),
        (["--api-key"], {}, "An API key is 40 lower-case hex digits."),
        ([], {"key": ""}, "Give the SDK key on standard input."),
    ],
)
def test_what_cannot_be_is_told_and_nothing_made(arguments, changes, text):
    with pytest.raises(CommandError, match=f"^{text.replace('.', '[.]')}$"):
        adopt(*arguments, **changes)
    assert (ClientAccount.objects.count(), Project.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "changes", "text"),
    [
        (["--project=1=Mine", "--project={project}=Theirs"], {}, "The project {project} is another client's."),
        ([], {"key": "their sdk key"}, "This API key is another client's."),
        ([], {"name": "Theirs"}, "There is another client “Theirs”."),
        ([], {"client_id": "{client}"}, "The client {client} is “Theirs”."),
    ],
)
def test_what_is_anothers_stays_theirs(arguments, changes, text):
    adopt("--project=77=Theirs", client_id=900, name="Theirs", key="their sdk key")
    names = {"project": 77, "client": 900}
    arguments = [each.format(**names) for each in arguments]
    changes = {name: value.format(**names) for name, value in changes.items()}
    with pytest.raises(CommandError, match=f"^{text.format(**names)}$"):
        adopt(*arguments, **changes)
    assert (ClientAccount.objects.count(), Project.objects.count(), ApiKey.objects.count()) == (1, 1, 1)
