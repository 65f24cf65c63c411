"""The house's rules (docs/architecture.md), read from the code; each rule is first shown a bad example."""

import inspect
import subprocess
from collections.abc import Iterator
from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

from sendios import settings as ours
from sendios.schedule import SCHEDULE
from tests import architecture
from tests.architecture import APPS, BESIDE, ROOT, Bell, imports_of

TEXTS = architecture.sources(*APPS, *BESIDE)
GRAPH = imports_of(TEXTS)


def test_every_app_and_program_is_read() -> None:
    assert {name.partition(".")[0] for name in GRAPH} == {*APPS, *BESIDE}
    assert GRAPH["users.models.addresses"] >= {"users.vocabulary", "django.db.models"}


def test_an_upward_import_is_found_wherever_it_stands() -> None:
    texts = {
        "users.one": "def late():\n    from campaigns.models import Campaign",
        "users.two": "if TYPE_CHECKING:\n    import messaging.models",
        "users.three": "import projects.models\nfrom users.one import late\nimport django",
        "campaigns.settled": "from django.conf import settings\nimport sendios",
    }
    assert architecture.upward_imports(imports_of(texts)) == [
        "users.one imports campaigns.models, which is above it",
        "users.two imports messaging.models, which is above it",
        "campaigns.settled imports sendios, which is above it",
    ]


def test_relative_imports_are_understood() -> None:
    texts = {"users.models.one": "from .. import selectors\nfrom .two import Two", "users.models.two": ""}
    assert imports_of(texts)["users.models.one"] == {"users", "users.models.two"}


def test_imports_between_apps_point_downwards() -> None:
    assert architecture.upward_imports(GRAPH) == []


def test_a_trespass_is_found() -> None:
    texts = {
        "sandbox.server": "import sandbox.fcm\nfrom messaging import queue",
        "scripts.up": "import sendios.settings",
        "users.models": "import scripts.ports",
        "campaigns.jobs": "from tests.scene import campaign\nimport benchmarks",
    }
    assert architecture.trespasses(imports_of(texts)) == [
        "sandbox.server imports messaging",
        "scripts.up imports sendios.settings",
        "users.models imports scripts.ports",
        "campaigns.jobs imports benchmarks",
        "campaigns.jobs imports tests.scene",
    ]


def test_sandbox_and_scripts_know_no_app_and_no_app_knows_them() -> None:
    assert architecture.trespasses(GRAPH) == []


def test_a_circle_is_found_through_a_third_module() -> None:
    texts = {"users.a": "import users.b", "users.b": "import users.c", "users.c": "import users.a", "users.d": ""}
    assert architecture.circles(imports_of(texts)) == [
        "users.a and users.b import each other",
        "users.a and users.c import each other",
        "users.b and users.c import each other",
    ]


def test_no_modules_import_each_other() -> None:
    # A type's name may be mentioned both ways inside one app; at run time nothing may.
    assert architecture.circles(imports_of(TEXTS, for_types=False)) == []
    assert "templates.liquid" in GRAPH["templates.nodes"]
    assert "templates.liquid" not in imports_of(TEXTS, for_types=False)["templates.nodes"]


def test_a_crossed_layer_is_found_through_a_leaf_and_in_another_app() -> None:
    texts = {
        "users.models": "import users.leaf",
        "users.leaf": "import users.selectors_search",
        "users.selectors_search": "",
        "users.services.people": "import users.jobs",
        "users.jobs": "import users.selectors_search",
        "messaging.admin.feed": "import users.admin.people\nimport messaging.api.views",
        "messaging.api.views": "import users.services.people",
        "users.admin.people": "",
    }
    assert architecture.crossed_layers(imports_of(texts)) == [
        "users.models (models) leans on users.selectors_search (selectors)",
        "users.services.people (services) leans on users.jobs (jobs)",
        "messaging.admin.feed (admin) leans on messaging.api.views (api)",
        "messaging.admin.feed (admin) leans on users.jobs (jobs)",
        "messaging.api.views (api) leans on users.jobs (jobs)",
    ]


def test_layers_lean_downwards_and_doors_know_no_other_door() -> None:
    assert architecture.crossed_layers(GRAPH) == []


def test_a_provider_that_reaches_a_model_is_found() -> None:
    texts = {
        "channels_app.sms.telnyx.provider": "import channels_app.parcels",
        "channels_app.parcels": "import channels_app.models",
        "channels_app.models": "from django.db import models",
        "channels_app.services.senders": "import channels_app.models",
    }
    assert architecture.impure_providers(imports_of(texts)) == [
        "channels_app.sms.telnyx.provider leans on channels_app.models",
        "channels_app.sms.telnyx.provider leans on django.db",
    ]


def test_providers_know_neither_models_nor_the_database() -> None:
    assert architecture.impure_providers(GRAPH) == []


def test_an_upward_link_is_found() -> None:
    links = [("users.Address.campaign", "campaigns.Campaign"), ("users.Address.user", "users.OmnichannelUser")]
    assert architecture.upward_links([*links, ("users.Address.kind", "contenttypes.ContentType")]) == [
        "users.Address.campaign points up at campaigns.Campaign"
    ]


def test_foreign_keys_and_parents_point_downwards() -> None:
    links = list(_links())
    assert ("messaging.Message.user", "users.OmnichannelUser") in links
    assert architecture.upward_links(links) == []


def _links() -> Iterator[tuple[str, str]]:
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.label
        yield from ((f"{label}.{parent.__name__}", parent._meta.label) for parent in model._meta.get_parent_list())
        for field in (*model._meta.fields, *model._meta.many_to_many):
            if field.related_model:
                yield f"{label}.{field.name}", field.related_model._meta.label


def test_bells_are_found_by_every_way_to_ring() -> None:
    texts = {
        "users.one": "from projects.queue import put as ring\nring('events', 'users.jobs.nothing', 1, unique='x')",
        "users.two": "from projects import queue\nqueue.enqueue('events', name)",
        "users.three": "schema.put('a', 'b')",
    }
    assert architecture.bells(texts) == [
        Bell("users.one", 2, "events", "users.jobs.nothing", 1),
        Bell("users.two", 2, "events", "", 0),
    ]


BELLS = [bell for bell in architecture.bells(TEXTS) if bell.module != "sendios.management.commands.schedule"]
SCHEDULED = [Bell("sendios.schedule", 0, queue, job, 0) for queue, job, _ in SCHEDULE]


@pytest.mark.parametrize("bell", [*BELLS, *SCHEDULED], ids=lambda bell: f"{bell.module}:{bell.line}")
def test_every_bell_rings_for_a_job_that_takes_its_arguments(bell: Bell) -> None:
    assert bell.queue in ours.RQ_QUEUES
    assert architecture.layer_of(bell.job) == "jobs"
    inspect.signature(import_string(bell.job)).bind(*range(bell.count))


def test_a_job_that_does_not_exist_or_does_not_fit_is_refused() -> None:
    for job in ("messaging.jobs.nothing", "messaging.nothing.deliver"):
        with pytest.raises(ImportError):
            import_string(job)
    with pytest.raises(TypeError):
        inspect.signature(import_string("messaging.jobs.deliver_campaign")).bind(*range(2))


def test_our_names_are_found_in_nested_settings() -> None:
    value = {"a": ["users.jobs.x", "rest_framework.y", {"b": ("sendios.urls", "not a name", 3)}], "users": "users"}
    assert list(architecture.our_strings(value)) == ["users.jobs.x", "sendios.urls"]


OUR_STRINGS = sorted(
    {text for name in dir(ours) if name.isupper() for text in architecture.our_strings(getattr(ours, name))}
)


@pytest.mark.parametrize("name", OUR_STRINGS)
def test_every_name_of_ours_in_the_settings_resolves(name: str) -> None:
    assert _resolve(name)


def test_a_name_that_leads_nowhere_is_refused() -> None:
    assert [name for name in ("users.Nobody", "users.jobs.nothing", "sendios.nowhere") if _resolve(name)] == []
    assert settings.AUTH_USER_MODEL in OUR_STRINGS


def _resolve(name: str) -> object:
    """What a setting means: an object, a module, or a model by its label; None when nothing has that name."""
    for found in (import_string, import_module, apps.get_model):
        try:
            return found(name)
        except (ImportError, LookupError, ValueError):
            continue
    return None


def test_oversized_code_is_found() -> None:
    long = "def long():\n" + "    pass\n" * 60
    greedy = (
        "class A:\n    def greedy(self, a, b, c, d, *, e, f, g, h): ...\n    def fine(self, a, b, c, d, e, f, g): ..."
    )
    assert architecture.oversized({"users.a": "x = 1\n" * 401, "users.b": long, "users.c": greedy}) == [
        "users.a has 401 lines",
        "users.b.long has 61 lines",
        "users.c.greedy takes 8 arguments",
    ]
    assert architecture.oversized({"users.a": "x = 1\n" * 400, "users.b": long.replace("    pass\n", "", 1)}) == []


def test_files_and_functions_are_short_and_take_few_arguments() -> None:
    assert architecture.oversized(TEXTS | architecture.sources("benchmarks")) == []


def test_a_grab_bag_is_found() -> None:
    assert architecture.grab_bags(["users.utils", "users.services.helpers", "users.selectors"]) == [
        "users.utils",
        "users.services.helpers",
    ]


def test_every_module_is_named_after_what_is_in_it() -> None:
    assert architecture.grab_bags([*TEXTS, *architecture.sources("tests", "benchmarks")]) == []


def test_every_app_has_a_line_of_named_migrations() -> None:
    for app in APPS:
        names = sorted(path.stem for path in (ROOT / app / "migrations").glob("[0-9]*.py"))
        assert [name[:4] for name in names] == [f"{place:04}" for place in range(1, len(names) + 1)], app
        assert not [name for name in names if "_auto_" in name], app


def test_traces_of_registries_and_machines_are_found() -> None:
    good = "/admin/x https://example.com/home/page ~/work/x $HOME/work /var/lib/sendios #!/usr/bin/env"
    bad = ["https://py" + "pi.org/simple", "--inde" + "x-url x", "cd /wor" + "k/main", "'/hom" + "e/anna/x'"]
    assert [len(architecture.foreign_traces("file", text)) for text in [good, *bad]] == [0, 1, 1, 1, 1]


def test_no_tracked_file_names_a_registry_or_a_path_of_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    files = [ROOT / name for name in listed.split("\0") if name]
    assert len(files) > len(TEXTS)
    texts = {str(file.relative_to(ROOT)): file.read_text(errors="replace") for file in files if file.is_file()}
    assert [trace for name, text in texts.items() for trace in architecture.foreign_traces(name, text)] == []
