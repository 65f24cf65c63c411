"""Senders: what is stored, what is refused with a sentence, and what is kept secret."""

import pytest
from django.db import connection as database

from channels_app.models import Sender
from channels_app.models.senders import SenderStatus
from channels_app.sender_addresses import clean_sms_address
from channels_app.services import senders
from projects.errors import InvalidInput
from projects.models import ClientAccount, Project
from tests.channels_app.key_material import apns_credentials, service_account

VONAGE = {"api_key": "abcd1234", "api_secret": "very-secret-word"}


@pytest.fixture
def project(db: None) -> Project:
    return Project.objects.create(client=ClientAccount.objects.create(name="Acme"), name="Shop")


@pytest.fixture
def sms(project: Project) -> Sender:
    return senders.create_sender(project, provider="vonage", name="Main", values=VONAGE, address="MyShop")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("+380441234567", "+380441234567"),
        ("+49 (151) 234-5678", "+491512345678"),
        ("0049 151 2345678", "+491512345678"),
        ("MyShop", "MyShop"),
        (" Shop24 ", "Shop24"),
        ("A", "A"),
        ("ElevenChars", "ElevenChars"),
    ],
)
def test_an_sms_comes_from_a_number_or_a_name(typed: str, stored: str) -> None:
    assert clean_sms_address(typed) == stored


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Give the number or the name that messages come from."),
        ("12345", "A number needs its country: begin with + and the country's code, such as +380441234567."),
        ("TwelveLetter", "A name has at most 11 letters and digits; this one has 12 characters."),
        ("My Shop", "A name has letters and digits only, such as MyShop."),
        ("Магазин", "A name has letters and digits only, such as MyShop."),
        ("+0441234567", "A number needs its country: begin with + and the country's code, such as +380441234567."),
    ],
)
def test_other_addresses_are_refused_with_a_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        clean_sms_address(typed)
    assert str(refusal.value) == sentence


def test_credentials_are_stored_encrypted(sms: Sender) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT credentials FROM channels_app_sender WHERE id = %s", [sms.pk])
        stored = cursor.fetchone()[0]
    assert "very-secret-word" not in stored
    assert Sender.objects.get(pk=sms.pk).credentials["api_secret"] == "very-secret-word"


def test_credentials_are_not_in_the_history(sms: Sender) -> None:
    assert "credentials" not in [field.name for field in sms.history.model._meta.get_fields()]


@pytest.mark.parametrize(
    ("provider", "values", "field", "sentence"),
    [
        (
            "fcm",
            {"service_account": "not json"},
            "service_account",
            "This is not JSON: upload the service account's key file as Firebase gave it.",
        ),
        ("vonage", {"api_key": "abcd1234"}, "api_secret", "API secret is required."),
        ("smoke", {}, "provider", "There is no provider “smoke”."),
    ],
)
def test_a_mistake_is_told_beside_its_field(
    project: Project, provider: str, values: dict[str, str], field: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        senders.create_sender(project, provider=provider, name="x", values=values, address="MyShop")
    assert refusal.value.errors == {field: sentence}
    assert not Sender.objects.exists()


def test_a_project_has_one_fcm_identifier(project: Project) -> None:
    values = {"service_account": service_account()}
    senders.create_sender(project, provider="fcm", name="one", values=values)
    with pytest.raises(InvalidInput) as refusal:
        senders.create_sender(project, provider="fcm", name="two", values=values)
    told = "This project has an identifier for Firebase Cloud Messaging already; change that one."
    assert refusal.value.errors == {"project": told}


def test_two_senders_of_a_channel_have_two_names(project: Project, sms: Sender) -> None:
    with pytest.raises(InvalidInput) as refusal:
        senders.create_sender(project, provider="vonage", name=" Main ", values=VONAGE, address="Other")
    assert refusal.value.errors == {"name": "A sender of this channel has this name already."}


def test_a_secret_left_empty_stays(sms: Sender) -> None:
    changed = senders.replace_credentials(sms, values={"api_key": "efgh5678", "api_secret": ""})
    assert (changed.credentials["api_key"], changed.credentials["api_secret"]) == ("efgh5678", "very-secret-word")


def test_an_optional_secret_can_be_removed(sms: Sender) -> None:
    senders.replace_credentials(sms, values={"api_key": "abcd1234", "signature_secret": "sign"})
    changed = senders.replace_credentials(sms, values={"api_key": "abcd1234"}, forget=["signature_secret"])
    assert changed.credentials["signature_secret"] == ""


def test_new_credentials_drop_what_the_last_check_said(sms: Sender) -> None:
    Sender.objects.filter(pk=sms.pk).update(check_ok=True, check_answer="Fine.")
    same = senders.replace_credentials(sms, values=VONAGE)
    assert (same.check_ok, same.check_answer) == (True, "Fine.")
    other = senders.replace_credentials(sms, values={**VONAGE, "api_secret": "another"})
    assert (other.check_ok, other.check_answer) == (None, "")


def test_pausing_keeps_the_first_reason_and_resuming_forgets_it(sms: Sender) -> None:
    senders.pause_sender(sms, reason="no funds")
    senders.pause_sender(sms, reason="another")
    assert (sms.status, sms.status_reason) == (SenderStatus.PAUSED, "no funds")
    senders.resume_sender(sms)
    assert (sms.status, sms.status_reason) == (SenderStatus.ACTIVE, "")
    assert [row.status for row in sms.history.all()] == ["active", "paused", "active"]


def test_a_connection_is_kept_until_something_it_depends_on_changes(sms: Sender) -> None:
    first = senders.connection_of(sms)
    assert senders.connection_of(Sender.objects.get(pk=sms.pk)) is first
    changed = senders.replace_credentials(sms, values={**VONAGE, "api_secret": "another"})
    assert senders.connection_of(changed) is not first


def test_a_check_that_cannot_connect_is_an_answer(sms: Sender, settings: pytest.FixtureRequest) -> None:
    settings.VONAGE_URL = "http://127.0.0.1:9"
    answer = senders.check_credentials(sms)
    assert answer.ok is False
    stored = Sender.objects.get(pk=sms.pk)
    assert (stored.check_ok, stored.check_answer) == (False, answer.answer)
    assert stored.checked_at is not None


def test_receipts_have_an_unguessable_address(sms: Sender, settings: pytest.FixtureRequest) -> None:
    settings.PUBLIC_URL = "https://push.example"
    assert senders.receipts_url(sms) == f"https://push.example/receipts/vonage/{sms.key}"
    assert len(sms.key) == 43


def test_an_apns_identifier_has_no_address(project: Project) -> None:
    made = senders.create_sender(project, provider="apns", name="iOS", values=apns_credentials(), address="MyShop")
    assert (made.channel, made.address) == ("app_push", "")
