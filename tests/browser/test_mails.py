"""An e-mail is written in Chromium and seen in its frame."""

from django.urls import reverse
from playwright.sync_api import Page, expect

from projects.models import Project
from templates.models import MessageTemplate

PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
HTML = f"""<style>p{{color:rgb(1, 2, 3)}} @media (max-width:500px){{p{{color:rgb(4, 5, 6)!important}}}}</style>
<p>Hello {{{{ user.name }}}}, {{{{ user.citty }}}}</p><img src="{PICTURE}" alt="Dot">
<a href="{{{{ unsubscribeLink }}}}">Leave</a>"""


def test_an_email_is_seen_as_it_will_be_got(page: Page, project: Project) -> None:
    page.goto(reverse("admin:templates_messagetemplate_add"))
    expect(page.locator("[name=content_html]")).to_be_hidden()
    page.locator("[name=channel]").select_option("email")
    expect(page.locator("[name=content_link]")).to_be_hidden()
    expect(page.locator("label[for=id_content_text]")).to_have_text("Plain text")
    page.locator("[name=name]").fill("Autumn sale")
    page.locator("[name=content_subject]").fill("For {{ user.name }}")
    page.locator("[name=content_preheader]").fill("Only today")
    page.locator("[name=content_html]").fill(HTML)

    expect(page.locator(".inbox strong")).to_have_text("Tulip Shop")
    expect(page.locator(".inbox p")).to_have_text("For Olena Only today")
    words = page.frame_locator(".mail-stage iframe:last-child").locator("p")
    expect(words).to_have_text("Hello Olena,")
    expect(words).to_have_css("color", "rgb(1, 2, 3)")
    expect(page.locator("#preview-notes .unknown")).to_have_text("No user can have user.citty: it stays empty.")

    page.get_by_role("tab", name="Mobile").click()
    expect(words).to_have_css("color", "rgb(4, 5, 6)")
    page.get_by_role("tab", name="Plain text").click()
    expect(page.locator("#mail-text")).to_have_text("Hello Olena, \n\nDot Leave (https://example.com/unsubscribe)")

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    stored = MessageTemplate.objects.get(name="Autumn sale").current
    assert stored is not None
    assert stored.content["html"].replace("\r\n", "\n") == HTML

    page.go_back()
    expect(page).to_have_url(page.url.partition("/admin/")[0] + reverse("admin:templates_messagetemplate_add"))


def test_the_frame_runs_nothing_and_problems_are_told(page: Page, project: Project) -> None:
    page.goto(reverse("admin:templates_messagetemplate_add"))
    page.locator("[name=channel]").select_option("email")
    page.locator("[name=content_subject]").fill("Hi")
    page.locator("[name=content_html]").fill("<p>Hi</p><form></form><a href='{{ link }}' target=_top>go</a>")
    page.locator("#preview-data input").fill("javascript:alert(1)")
    framed = page.frame_locator(".mail-stage iframe:last-child")
    expect(framed.locator("p")).to_have_text("Hi")
    expect(framed.locator("a")).to_have_attribute("href", "")
    expect(page.locator(".mail-stage iframe:last-child")).to_have_attribute("sandbox", "")
    expect(page.locator("#preview-notes .wrong")).to_contain_text("Forms don't work in most mail programs")
