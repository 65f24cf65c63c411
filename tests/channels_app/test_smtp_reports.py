"""Bounces and complaints as the great mail servers write them, and what people and attackers send instead."""

from contextlib import suppress
from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from channels_app.contract import BadReceipt, BadSignature, ReceiptEvent
from channels_app.email.smtp.message_id import client_ref_in, message_id
from channels_app.email.smtp.provider import Smtp

DATE = "Mon, 23 Nov 2026 09:00:05 +0000"
AT = datetime(2026, 11, 23, 9, 0, 5, tzinfo=UTC)


def ours(reference: str = "4711") -> str:
    return message_id(reference, "shop.example")


def original(reference: str = "4711") -> str:
    return (
        'From: "Shop" <letters@shop.example>\nTo: anna@example.com\nSubject: The bulbs are here\n'
        f"Message-ID: {ours(reference)}\nMIME-Version: 1.0\n"
    )


def report(status_part: str, *, kind: str = "delivery-status", returned: str = "", words: str = "Sorry.") -> bytes:
    """A multipart/report with the three parts that RFC 3464 and RFC 5965 want."""
    text = (
        f"From: Mail Delivery System <MAILER-DAEMON@mx.example.net>\nTo: letters@shop.example\nDate: {DATE}\n"
        "Message-ID: <20261123090005.AB12C@mx.example.net>\nSubject: Undelivered Mail Returned to Sender\n"
        f'MIME-Version: 1.0\nContent-Type: multipart/report; report-type={kind}; boundary="XX"\n\n'
        f"--XX\nContent-Type: text/plain; charset=us-ascii\n\n{words}\n\n"
        f"--XX\nContent-Type: message/{kind}\n\n{status_part}\n"
        f"--XX\nContent-Type: text/rfc822-headers\n\n{returned or original()}\n--XX--\n"
    )
    return text.replace("\n", "\r\n").encode()


def postfix(status: str, diagnostic: str, action: str = "failed") -> bytes:
    return report(
        "Reporting-MTA: dns; mx.example.net\nX-Postfix-Queue-ID: AB12C\n\n"
        "Final-Recipient: rfc822; anna@example.com\nOriginal-Recipient: rfc822;anna@example.com\n"
        f"Action: {action}\nStatus: {status}\nRemote-MTA: dns; mx.example.com\nDiagnostic-Code: {diagnostic}\n"
    )


def arf(kind: str = "abuse") -> bytes:
    return report(
        f"Feedback-Type: {kind}\nUser-Agent: Yahoo!-Mail-Feedback/2.0\nVersion: 0.1\n"
        "Original-Mail-From: <letters@shop.example>\nOriginal-Rcpt-To: anna@yahoo.example\n"
        "Received-Date: Mon, 23 Nov 2026 08:59:00 +0000\nReported-Domain: shop.example\n",
        kind="feedback-report",
    )


def plain(words: str, *, sender: str = "MAILER-DAEMON@mx.example", more: str = "") -> bytes:
    text = f"From: {sender}\nDate: {DATE}\nSubject: failure notice\n{more}\n{words}\n"
    return text.replace("\n", "\r\n").encode()


def read(raw: bytes) -> ReceiptEvent:
    [event] = Smtp().receipts(raw, "message/rfc822", {}, {})
    assert isinstance(event, ReceiptEvent)
    return event


def test_a_bounce_of_postfix_names_our_message_and_why() -> None:
    event = read(postfix("5.1.1", "smtp; 550 5.1.1 <anna@example.com>: Recipient address rejected: User unknown"))
    assert (event.client_ref, event.provider_id, event.at) == ("4711", "", AT)
    assert (event.status, event.bounce) == ("bounced", "invalid")
    assert event.reason == "550 5.1.1 <***>: Recipient address rejected: User unknown"


@pytest.mark.parametrize(
    ("status", "diagnostic", "expected", "bounce"),
    [
        ("5.1.1", "smtp; 550 5.1.1 No such user - gsmtp", "bounced", "invalid"),
        ("5.0.0", "smtp; 550 5.1.1 User unknown", "bounced", "invalid"),
        ("5.0.0", "smtp; 550 No such user here", "bounced", "invalid"),
        ("5.1.0", "smtp; 550 Address rejected", "bounced", "invalid"),
        ("5.2.1", "smtp; 550 5.2.1 The account is disabled", "bounced", "invalid"),
        ("5.1.10", "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by lookup", "bounced", "invalid"),
        ("5.1.10", "smtp; 556 5.1.10 The domain takes no mail", "bounced", "mx_invalid"),
        ("5.1.2", "smtp; 550 5.1.2 Bad destination system", "bounced", "mx_invalid"),
        (
            "5.4.4",
            "X-Postfix; Host or domain name not found. Name service error for nope.example",
            "bounced",
            "mx_invalid",
        ),
        ("4.4.3", "X-Postfix; Host or domain name not found: expired", "bounced", "mx_invalid"),
        ("5.2.2", "smtp; 552 5.2.2 The mailbox is full", "bounced", "distance"),
        ("4.4.7", "smtp; 451 4.4.7 Delivery time expired", "bounced", "distance"),
        ("5.7.1", "smtp; 554 5.7.1 Looks like spam", "undelivered", ""),
        ("5.1.8", "smtp; 550 5.1.8 Sender's domain is bad", "undelivered", ""),
        ("5.3.4", "smtp; 552 5.3.4 Too big", "undelivered", ""),
    ],
)
def test_a_failure_means_what_its_status_says(status: str, diagnostic: str, expected: str, bounce: str) -> None:
    event = read(postfix(status, diagnostic))
    assert (event.status, event.bounce) == (expected, bounce)


@pytest.mark.parametrize(
    ("action", "status", "expected"),
    [
        ("delayed", "4.4.1", "buffered"),
        ("delivered", "2.0.0", "delivered"),
        ("relayed", "2.0.0", "delivered"),
        ("expanded", "2.0.0", "accepted"),
        ("Failed", "5.1.1", "bounced"),
        ("", "4.2.2", "buffered"),
        ("", "5.1.1", "bounced"),
    ],
)
def test_an_action_becomes_our_word(action: str, status: str, expected: str) -> None:
    assert read(postfix(status, "smtp; something", action)).status == expected


def test_a_bounce_of_gmail_is_read() -> None:
    fields = (
        "Reporting-MTA: dns; googlemail.com\nReceived-From-MTA: dns; letters@shop.example\n\n"
        "Final-Recipient: rfc822; anna@gmail.example\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try\n"
        " 550-5.1.1 double-checking the recipient's email address.\n 550 5.1.1 - gsmtp\n"
    )
    event = read(report(fields))
    assert (event.status, event.bounce, event.client_ref) == ("bounced", "invalid", "4711")


def test_a_bounce_of_qmail_without_fields_is_read_by_its_words() -> None:
    words = (
        "Hi. This is the qmail-send program at mx.example.\n\n<anna@example.com>:\n"
        "192.0.2.7 does not like recipient.\nRemote host said: 550 5.1.1 <anna@example.com> User unknown\n"
        f"Giving up on 192.0.2.7.\n\n--- Below this line is a copy of the message.\n\n{original()}"
    )
    event = read(plain(words))
    assert (event.status, event.bounce, event.at) == ("bounced", "invalid", AT)
    assert event.reason == "Remote host said: 550 5.1.1 <***> User unknown"


def test_a_bounce_of_exchange_without_fields_is_read_by_its_words() -> None:
    words = f"Delivery has failed to these recipients.\n#550 5.1.10 RESOLVER.ADR.RecipientNotFound ##\n\n{original()}"
    event = read(plain(words, sender="Microsoft Outlook <MicrosoftExchange329e71ec88ae4615@shop.example>"))
    assert (event.status, event.bounce) == ("bounced", "invalid")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("said: 550 no such user", ("bounced", "invalid")),
        ("said: 550 message looks like spam", ("undelivered", "")),
        ("said: 450 try again", ("buffered", "")),
    ],
)
def test_three_digits_alone_kill_no_address_unless_the_words_do(words: str, expected: tuple[str, str]) -> None:
    event = read(plain(f"{words}\n\n{original()}"))
    assert (event.status, event.bounce) == expected


@pytest.mark.parametrize(
    "words",
    ["I am away until May; call 555-1234 or room 550 5.1.1.", "Thanks! Version 5.1.1 is fine.", "552 people came"],
)
def test_answers_of_people_and_of_their_absence_are_no_bounces(words: str) -> None:
    more = f"In-Reply-To: {ours()}\nReferences: {ours()}\nAuto-Submitted: auto-replied\n"
    with pytest.raises(BadReceipt, match="no mail server wrote it"):
        read(plain(words, sender="Anna <anna@example.com>", more=more))


@pytest.mark.parametrize("kind", ["abuse", "fraud", "Abuse", "other"])
def test_a_feedback_report_is_a_complaint(kind: str) -> None:
    event = read(arf(kind))
    assert (event.status, event.client_ref, event.reason) == ("complained", "4711", f"Complaint: {kind.lower()}.")


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_a_feedback_report_that_is_no_complaint_is_a_note(kind: str) -> None:
    assert read(arf(kind)).status == "unknown"


def test_a_report_that_comes_again_is_the_same_event_and_another_one_is_not() -> None:
    full, gone = postfix("5.2.2", "smtp; 552 Full"), postfix("5.1.1", "smtp; 550 Gone")
    ids = [read(each).event_id for each in (full, full, gone, arf())]
    assert (ids[0] == ids[1], len(set(ids))) == (True, 3)


def test_a_made_up_message_id_is_refused() -> None:
    for forged in (ours().replace("<4711.", "<4712."), "<4711.0123456789abcdef@shop.example>"):
        with pytest.raises(BadSignature):
            read(report("Action: failed\nStatus: 5.1.1\n", returned=f"Message-ID: {forged}\n"))


def test_another_systems_id_that_looks_like_ours_does_not_hide_ours() -> None:
    foreign = "<12345.0123456789abcdef@other.example>"
    returned = f"References: {foreign}\n{original()}"
    assert read(report("Action: failed\nStatus: 5.1.1\n", returned=returned)).client_ref == "4711"


def test_ids_made_with_the_key_before_are_known(settings) -> None:
    old = ours()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    assert client_ref_in(old.encode()) == "4711"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(BadSignature):
        client_ref_in(old.encode())


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0",
        b"hello",
        b"\xff\xfe" * 100,
        original().encode(),
        plain("nothing of ours, 550 5.1.1"),
        plain(f"it names no status\n\n{original()}"),
        b"Content-Type: multipart/report; boundary=x\r\n\r\n" + ours().encode(),
    ],
)
def test_what_is_no_report_on_a_message_of_ours_is_refused(raw: bytes) -> None:
    with pytest.raises(BadReceipt):
        read(raw)


def test_parts_in_parts_in_parts_end_in_a_refusal() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))
    with pytest.raises(BadReceipt):
        read(b"From: mailer-daemon@x\n" + deep + original().encode())


@pytest.mark.parametrize(
    "raw",
    [
        postfix("5.1.1", "smtp; 550 " + "a" * 900_000),
        plain(f"550 5.1.1 {'a' * 900_000}\n\n{original()}"),
        b"From: mailer-daemon@x\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 160_000,
        b"From: mailer-daemon@x\nContent-Type: message/delivery-status\n\n" + b"a: b\n\n" * 160_000,
    ],
    ids=["diagnostic", "text", "parts", "blocks"],
)
def test_a_megabyte_from_a_stranger_holds_no_thread(raw: bytes) -> None:
    began = process_time()
    with suppress(BadReceipt):
        read(raw)
    assert process_time() - began < 3


def test_the_report_before_a_long_returned_message_is_read() -> None:
    raw = report("Action: failed\nStatus: 5.1.1\n", returned=original() + "\n" + "long " * 100_000)
    assert (read(raw).status, read(raw).client_ref) == ("bounced", "4711")


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 1200), st.integers(0, 60))
def test_a_damaged_report_is_read_or_refused(noise: bytes, place: int, cut: int) -> None:
    raw = postfix("5.1.1", "smtp; 550 5.1.1 Gone")
    try:
        event = read(raw[:place] + noise + raw[place + cut :])
    except (BadReceipt, BadSignature):
        return
    assert event.client_ref == "4711"
    event.reason.encode()
    assert "\0" not in event.reason
