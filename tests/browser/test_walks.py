"""What a marketer does, done in Chromium."""

from django.urls import reverse
from playwright.sync_api import Page, expect

from campaigns.models import Campaign
from campaigns.services.drafts import Draft, create_campaign
from projects.models import Project
from templates.models import Channel, MessageTemplate
from tests.factories import make_template, make_user
from tests.users.audience import make_static
from transactional.models import TransactionalType
from users.models import Segment


def make_people(project: Project) -> None:
    for number, (country, vip) in enumerate([("DE", True), ("DE", False), ("UA", True), ("UA", False)]):
        make_user(project, name=f"Person {number}", country=country, vip=vip, fields={"city": f"City {number}"})


def test_a_dynamic_segment_is_built_and_counted_while_it_is_written(page: Page, project: Project) -> None:
    make_people(project)
    page.goto(reverse("admin:users_segment_add"))
    page.get_by_role("link", name="Dynamic").click()
    page.locator("[name=name]").fill("VIPs or Germans")
    count = page.locator("[data-count]")
    expect(count).to_have_text("4")

    page.get_by_role("button", name="+ Condition").click()
    page.get_by_label("Field", exact=True).select_option(label="VIP")
    expect(count).to_have_text("2")
    expect(page.locator("[data-description]")).to_have_text("VIP is yes.")

    page.get_by_role("button", name="+ Group").click()
    group = page.get_by_role("group", name="Group of conditions").last
    group.get_by_label("Field", exact=True).select_option(label="Country")
    expect(page.locator(".condition.wrong .mistake")).to_have_text("Take one of the choices.")
    group.get_by_label("How Country is compared").select_option(label="is one of")
    group.get_by_label("Another value of Country").select_option(label="Germany")
    expect(count).to_have_text("1")
    page.get_by_label("How the conditions are joined").first.select_option("or")
    expect(count).to_have_text("3")
    page.get_by_label("NOT: turn this group around").first.check()
    expect(count).to_have_text("1")
    page.get_by_label("NOT: turn this group around").first.uncheck()
    expect(page.locator("[data-sample] li")).to_have_count(3)

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    stored = Segment.objects.get(name="VIPs or Germans")
    assert stored.counted_users == 3
    germans = {"op": "and", "not": False, "items": [{"field": "country", "operator": "is_one_of", "value": ["DE"]}]}
    vips = {"field": "vip", "operator": "is", "value": True}
    assert stored.rules == {"op": "or", "not": False, "items": [vips, germans]}


def test_the_builder_works_by_keyboard_alone(page: Page, project: Project) -> None:
    make_people(project)
    page.goto(reverse("admin:users_segment_add") + "?kind=dynamic")
    page.get_by_role("button", name="+ Condition").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Name")
    expect(page.get_by_label("Field", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("starts")
    page.keyboard.press("Tab")
    page.keyboard.type("Person 3")
    page.keyboard.press("Enter")
    expect(page.locator("[data-count]")).to_have_text("1")
    expect(page.locator("[data-description]")).to_have_text("Name starts with “Person 3”.")


def test_a_type_is_made_of_two_templates_and_shows_their_shares(page: Page, project: Project) -> None:
    one, two = make_template(project), make_template(project)
    make_template(project, Channel.SMS)
    page.goto(reverse("admin:transactional_transactionaltype_add"))
    page.locator("[name=name]").fill("Order shipped")
    page.locator("[name=type_id]").fill("101")
    rows = page.locator("[data-rows] [data-row]")
    # Only templates of the channel are offered.
    expect(rows.first.locator("option")).to_have_count(3)
    rows.first.get_by_label("Template", exact=True).select_option(label=one.name)
    rows.first.get_by_label("Weight").fill("3")
    page.get_by_role("button", name="+ Another template").click()
    rows.last.get_by_label("Template", exact=True).select_option(label=two.name)
    expect(page.locator("[data-rows] [data-share]")).to_have_text(["75 %", "25 %"])
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".request pre")).to_contain_text('"type_id": 101')
    made = TransactionalType.objects.get(type_id=101)
    assert dict(made.mix.values_list("template_id", "weight")) == {one.pk: 3, two.pk: 1}


def test_a_template_is_made_on_the_way(page: Page, project: Project) -> None:
    page.goto(reverse("admin:transactional_transactionaltype_add"))
    page.locator("[name=name]").fill("Code")
    page.locator("[name=type_id]").fill("7")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Create new template").click()
    popup = opened.value
    popup.locator("[name=name]").fill("Fresh")
    popup.locator("[name=content_subject]").fill("Your code")
    popup.locator("[name=content_text]").fill("It is {{ code }}")
    with popup.expect_event("close"):
        popup.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-rows] [data-share]")).to_have_text(["100 %"])
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    template = MessageTemplate.objects.get(name="Fresh", project=project, channel="app_push")
    assert list(TransactionalType.objects.get(type_id=7).mix.values_list("template_id", flat=True)) == [template.pk]


def test_a_campaign_is_launched_from_its_screen_and_paused(page: Page, project: Project) -> None:
    users = [make_user(project, app_push_token="x" * 22 + f":{number}") for number in range(3)]
    segment = make_static(project, *users, make_user(project), name="Friends")
    draft = Draft(name="Autumn sale", weights={make_template(project).pk: 1}, segments=[segment])
    campaign = create_campaign(project, channel=Channel.APP_PUSH, draft=draft)
    page.goto(reverse("admin:campaigns_campaign_change", args=[campaign.pk]))
    page.get_by_role("link", name="Launch…").click()
    expect(page.locator(".launch-big")).to_have_text("3 people get it, of 4")
    expect(page.get_by_text("No app push device")).to_be_visible()
    page.get_by_role("button", name="Launch now").click()
    expect(page.locator("#campaign-progress [data-label]")).to_have_text("Sending")

    Campaign.objects.get(pk=campaign.pk).statistics.create(day="2026-01-01", audience=4, sent=1)
    expect(page.locator("#campaign-progress [data-count=pending]")).to_have_text("3")
    expect(page.locator("#campaign-progress [data-percent]")).to_have_text("25.0")

    page.get_by_role("link", name="Pause").click()
    expect(page.locator("#campaign-progress [data-label]")).to_have_text("Paused")
    assert Campaign.objects.get(pk=campaign.pk).state == "paused"
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="Cancel").click()
    expect(page.locator("#campaign-progress [data-label]")).to_have_text("Cancelled")
