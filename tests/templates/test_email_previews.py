"""An e-mail while it is written: the preview, its frame, and the page of a version."""

import pytest
from django.test import Client
from django.urls import reverse

from projects.models import Project
from templates.models import MessageTemplate
from templates.people import UNSUBSCRIBE_PAGE
from templates.previews import NO_UNSUBSCRIBE_LINK, preview
from templates.services import templates as services
from tests.factories import make_project
from tests.panel_people import sign_in

LOCKED = (
    "sandbox; default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
HTML = '<body><p>Hi {{ user.name }} in {{ user.city }}</p><a href="{{ unsubscribeLink }}">out</a></body>'


@pytest.fixture
def project(db: None) -> Project:
    return make_project(name="Tulip Shop")


@pytest.fixture
def template(project: Project) -> MessageTemplate:
    content = {"subject": "Sale", "preheader": "Today", "html": HTML, "text": ""}
    return services.create_template(project, channel="email", name="Sale", content=content)


def sources(**changed: str) -> dict[str, str]:
    return {"subject": "For {{ user.name }}", "preheader": "{{ code }}", "html": HTML, "text": "", **changed}


def test_a_template_keeps_what_was_typed(template: MessageTemplate) -> None:
    assert template.current is not None
    assert template.current.content == {"subject": "Sale", "preheader": "Today", "html": HTML, "text": ""}


def test_a_preview_has_every_field(project: Project) -> None:
    seen = preview(project, channel="email", sources=sources(), data={"code": "<7>"})
    assert (seen.sender, seen.problems, seen.hints, seen.missing, seen.sms) == ("Tulip Shop", {}, {}, [], None)
    assert (seen.fields["subject"], seen.fields["preheader"]) == ("For Olena", "<7>")
    assert seen.fields["text"] == f"Hi Olena in Kyiv\n\nout ({UNSUBSCRIBE_PAGE})"
    assert seen.fields["html"].endswith(
        f'</div><p>Hi Olena in Kyiv</p><a href="{UNSUBSCRIBE_PAGE}">out</a></body>\n</html>'
    )
    assert seen.data == ["code"]


def test_a_mail_without_a_way_out_gets_a_hint(project: Project) -> None:
    seen = preview(project, channel="email", sources=sources(html="<p>Hi"))
    assert seen.hints == {"html": [NO_UNSUBSCRIBE_LINK]}


def test_a_mail_that_gmail_would_cut_gets_a_hint(project: Project) -> None:
    seen = preview(project, channel="email", sources=sources(html=HTML + "x" * 110_000))
    assert seen.hints == {"html": ["Gmail shows the first 102 kB of a mail and hides the rest: this one has 111 kB."]}


def test_raw_is_no_way_to_put_html_in(project: Project) -> None:
    seen = preview(project, channel="email", sources=sources(html="{{ x|raw }}{{ unsubscribeLink }}"))
    assert seen.hints["html"] == [
        "Line 1: Leave “raw” out: in HTML what a variable holds is always shown as text, never as tags. "
        "In Liquid: {{ x }}"
    ]


@pytest.mark.parametrize(
    ("changed", "wrong", "shown"),
    [
        ({"subject": ""}, ["subject"], {"subject": "", "text": "Hi Olena"}),
        ({"html": "<p>{{ x"}, ["html"], {"subject": "For Olena", "text": ""}),
        ({"html": "<p>{{ x", "text": "Yo"}, ["html"], {"subject": "For Olena", "text": "Yo"}),
        ({"html": "", "text": ""}, ["html"], {"subject": "For Olena", "text": ""}),
        ({"subject": "", "html": "{% if %}"}, ["html", "subject"], {"subject": "", "preheader": ""}),
    ],
)
def test_what_is_wrong_hides_nothing_else(
    project: Project, changed: dict[str, str], wrong: list[str], shown: dict[str, str]
) -> None:
    seen = preview(project, channel="email", sources=sources(**{"html": "<p>Hi {{ user.name }}", **changed}))
    assert sorted(seen.problems) == wrong
    assert {name: seen.fields[name] for name in shown} == shown


def test_unknown_variables_are_told(project: Project) -> None:
    seen = preview(project, channel="email", sources=sources(html=HTML + "{{ user.citty }}"))
    assert (seen.unknown, seen.missing) == (["user.citty"], ["code", "user.citty"])


def test_the_frame_is_a_page_that_can_do_nothing(client: Client, project: Project) -> None:
    sign_in(client, project)
    asked = {"project": project.pk, "channel": "email", "client_user_id": "", "data_x": "<script>"}
    asked |= {
        f"content_{name}": value for name, value in sources(html="<p onclick=x>{{ x }}<script>y</script>").items()
    }
    answer = client.post(reverse("admin:templates_messagetemplate_preview_frame"), asked)
    assert answer["Content-Security-Policy"] == LOCKED
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "<p onclick=x>&lt;script&gt;<script>y</script>" in answer.content.decode()
    assert client.get(reverse("admin:templates_messagetemplate_preview_frame")).status_code == 405


def test_anothers_project_has_no_frame(client: Client, project: Project) -> None:
    sign_in(client, project)
    asked = {"project": make_project().pk, "channel": "email", "content_html": "<p>x"}
    assert client.post(reverse("admin:templates_messagetemplate_preview_frame"), asked).status_code == 404
    nothing = client.post(reverse("admin:templates_messagetemplate_preview_frame"), {**asked, "channel": "fax"})
    assert "This e-mail has no HTML." in nothing.content.decode()


def test_a_version_shows_its_fields_and_the_mail(client: Client, project: Project, template: MessageTemplate) -> None:
    sign_in(client, project)
    page = client.get(reverse("admin:templates_messagetemplate_version", args=[template.pk, 1]))
    assert page.context["lines"] == [
        ("Subject", "Sale"),
        ("Pre-header", "Today"),
        ("HTML", HTML),
        ("Plain text", ""),
    ]
    frame = client.get(page.context["frame"])
    assert frame["Content-Security-Policy"] == LOCKED
    assert "<p>Hi Olena in Kyiv</p>" in frame.content.decode()


def test_anothers_version_has_no_frame(client: Client, project: Project, template: MessageTemplate) -> None:
    sign_in(client, make_project())
    frame = reverse("admin:templates_messagetemplate_version_frame", args=[template.pk, 1])
    assert client.get(frame).status_code == 404


def test_an_sms_has_no_frame(client: Client, project: Project) -> None:
    sms = services.create_template(project, channel="sms", name="Code", content={"text": "x"})
    sign_in(client, project)
    assert client.get(reverse("admin:templates_messagetemplate_version_frame", args=[sms.pk, 1])).status_code == 404


def test_an_older_version_is_brought_back(client: Client, project: Project, template: MessageTemplate) -> None:
    services.save_version(template, content=sources())
    sign_in(client, project)
    client.post(reverse("admin:templates_messagetemplate_version", args=[template.pk, 1]))
    newest = template.versions.first()
    assert newest is not None
    assert (newest.number, newest.content["subject"]) == (3, "Sale")


def test_the_form_has_the_channels_own_words(client: Client, project: Project, template: MessageTemplate) -> None:
    sign_in(client, project)
    page = client.get(reverse("admin:templates_messagetemplate_change", args=[template.pk]))
    form, fieldsets = page.context["adminform"].form, page.context["adminform"].fieldsets
    assert fieldsets[1][1]["fields"] == [
        "content_subject",
        "content_preheader",
        "content_html",
        "content_text",
    ]
    assert form.fields["content_text"].label == "Plain text"
    assert page.context["words_of_channels"]["sms"]["text"][0] == "Message text"


def test_a_form_tells_of_mistakes_beside_their_fields(client: Client, project: Project) -> None:
    sign_in(client, project)
    asked = {"project": project.pk, "channel": "email", "name": "New", "content_subject": "", "content_html": "<form>"}
    page = client.post(reverse("admin:templates_messagetemplate_add"), asked)
    assert page.context["adminform"].form.errors == {
        "content_subject": ["Subject can't be empty."],
        "content_html": [
            "Line 1: Forms don't work in most mail programs: link to a page with the form instead of <form>."
        ],
    }
