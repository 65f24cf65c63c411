"""SMTP broken off at every stage, on new and on kept connections: what each means, and that nothing goes out twice."""

import itertools
import os
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from channels_app.contract import (
    Blocked,
    Connection,
    Envelope,
    Handed,
    NotBegun,
    Outcome,
    Permanent,
    Temporary,
    Unknown,
)
from channels_app.email.smtp import answers, line, opening
from channels_app.email.smtp.provider import Smtp
from templates.content import EmailContent
from tests.channels_app import smtp_script
from tests.channels_app.smtp_script import FINE, HANG_UP, RESET, Answer, Server

LETTER = EmailContent("Hello", "", "<p>" + "Hello there. " * 800 + "</p>", "Hello there.")
BIG = EmailContent("Hello", "", "<p>" + "Hello there. " * 400_000 + "</p>", "Hello there.")
SIGN_IN = {"EHLO": b"250-mx.example\r\n250 AUTH PLAIN LOGIN\r\n"}


@pytest.fixture(autouse=True)
def authorities(settings) -> None:
    settings.PROVIDER_CA_FILE = ""


@pytest.fixture(autouse=True, params=["one by one", "pipelined"])
def pipelined(request, monkeypatch) -> bool:
    """Whether the server takes a group of commands at once: RFC 2920."""
    if request.param == "pipelined":
        monkeypatch.setitem(smtp_script.FINE, "EHLO", b"250-mx.example\r\n250-PIPELINING\r\n250 SIZE 1000000000\r\n")
    return request.param == "pipelined"


def line_to(server: Server, **more: str) -> Connection:
    provider = Smtp()
    values = {"host": "127.0.0.1", "port": str(server.port), "security": "none", "connections": "2"}
    return provider.connect(provider.clean(values | more), address="letters@shop.example")


def envelope(key: int = 1, to: str = "anna@example.com", content: EmailContent = LETTER) -> Envelope:
    return Envelope(key, to, content, client_ref=str(key))


@pytest.fixture(params=["new", "kept"])
def kept(request) -> bool:
    return request.param == "kept"


def break_off(script: dict[str, Answer], *, kept: bool, content: EmailContent = LETTER, half: bool = False) -> Outcome:
    """What becomes of one message by this script; the connection is a new one, or one that has carried a message."""
    with smtp_script.smtp({} if kept else script, half_body=half and not kept) as server:
        sender = line_to(server)
        if kept:
            assert [type(each) for each in sender.send([envelope(9)])] == [Handed]
            server.script.update(script)
            server.half_body = half
        before = len(server.messages)
        [outcome] = sender.send([envelope(content=content)])
        assert len(server.commands("MAIL")) <= 1 + 2 * kept  # what a kept connection never answered is begun once more
        assert len(server.messages) <= before + 1
        return outcome


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", [HANG_UP, RESET, b"421 4.3.2 Going down\r\n", b"451 4.7.1 Greylisted\r\n"])
def test_what_breaks_before_the_body_was_certainly_not_sent(stage: str, answer: bytes, kept: bool) -> None:
    assert type(break_off({stage: answer}, kept=kept)) is Temporary


@pytest.mark.parametrize("stage", ["greeting", "EHLO"])
@pytest.mark.parametrize("answer", [HANG_UP, RESET, b"421 4.3.2 Going down\r\n"])
def test_a_server_that_does_not_greet_is_asked_later(stage: str, answer: bytes) -> None:
    assert type(break_off({stage: answer}, kept=False)) is Temporary


@pytest.mark.parametrize("answer", [HANG_UP, RESET])
def test_a_message_that_left_whole_without_an_answer_is_in_doubt(answer: bytes, kept: bool) -> None:
    assert type(break_off({"body": answer}, kept=kept)) is Unknown


def test_a_big_message_that_broke_off_in_the_middle_was_certainly_not_sent(kept: bool) -> None:
    assert type(break_off({}, kept=kept, content=BIG, half=True)) is Temporary


def test_a_small_message_that_broke_off_in_the_middle_is_in_doubt_as_the_system_had_taken_it_all(kept: bool) -> None:
    assert type(break_off({}, kept=kept, half=True)) is Unknown


@pytest.mark.parametrize("answer", [b"452 4.3.1 Disk full\r\n", b"421 4.3.2 Going down\r\n"])
def test_an_answer_of_later_after_the_body_is_temporary(answer: bytes, kept: bool) -> None:
    assert type(break_off({"body": answer}, kept=kept)) is Temporary


@pytest.mark.parametrize("stage", ["DATA", "body"])
@pytest.mark.parametrize("answer", [b"550 5.1.1 No such user\r\n", b"554 5.7.1 Looks like spam\r\n"])
def test_a_message_refused_for_its_body_leaves_the_address_alive(stage: str, answer: bytes, kept: bool) -> None:
    outcome = break_off({stage: answer}, kept=kept)
    assert outcome == Permanent(1, f"The mail server refuses: {answer.decode().strip()}")


@pytest.mark.parametrize(
    ("answer", "dead"),
    [
        (b"550 5.1.1 Gone\r\n", True),
        (b"550 5.1.2 Bad domain\r\n", True),
        (b"553 5.1.3 Bad syntax\r\n", True),
        (b"551 5.1.6 Moved\r\n", True),
        (b"556 5.1.10 Null MX\r\n", True),
        (b"550 User unknown\r\n", True),
        (b"550 No such user here\r\n", True),
        (b"550-5.1.1 The account does not exist.\r\n550 5.1.1 See our pages\r\n", True),
        (b"550-No such user\r\n550 Ask the postmaster\r\n", True),
        (b"550 5.7.1 User unknown to our policy\r\n", False),
        (b"550 5.2.1 Disabled\r\n", False),
        (b"552 5.2.2 Over quota\r\n", False),
        (b"554 5.1.1 Gone\r\n", False),
        (b"554 User unknown\r\n", False),
        (b"550 Go away\r\n", False),
        (b"550\r\n", False),
        (b"500 5.5.1 Unknown command\r\n", False),
    ],
)
def test_an_address_is_dead_only_where_the_refusal_of_the_recipient_says_so(answer: bytes, dead: bool) -> None:
    outcome = break_off({"RCPT": answer}, kept=False)
    assert (type(outcome), getattr(outcome, "address_is_dead", None)) == (Permanent, dead)


@pytest.mark.parametrize("answer", [b"550 5.1.1 User unknown\r\n", b"553 5.7.1 Not your address\r\n", b"501 Bad\r\n"])
def test_a_sender_that_is_refused_is_blocked_and_no_address_dies(answer: bytes, kept: bool) -> None:
    assert type(break_off({"MAIL": answer}, kept=kept)) is Blocked


@pytest.mark.parametrize("answer", [b"552 Too big\r\n", b"550 5.3.4 Too big\r\n"])
def test_a_message_that_is_too_big_fails_alone(answer: bytes, kept: bool) -> None:
    assert type(break_off({"MAIL": answer}, kept=kept)) is Permanent


@pytest.mark.parametrize("answer", [b"554 5.7.1 Go away\r\n", b"550 No\r\n"])
def test_a_server_that_refuses_us_at_the_door_blocks_the_sender(answer: bytes) -> None:
    assert type(break_off({"greeting": answer}, kept=False)) is Blocked


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
def test_a_server_that_wants_a_sign_in_blocks_the_sender(stage: str) -> None:
    assert type(break_off({stage: b"530 5.7.0 Authentication required\r\n"}, kept=False)) is Blocked


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"535 5.7.8 Wrong\r\n", Blocked),
        (b"454 4.7.0 Not now\r\n", Blocked),
        (b"530 5.7.0 No\r\n", Blocked),
        (b"421 4.7.0 Too many connections\r\n", Temporary),
        (HANG_UP, Temporary),
        (RESET, Temporary),
    ],
)
def test_a_sign_in_that_fails_is_the_senders_fault_unless_the_server_is_busy(answer: bytes, kind: type) -> None:
    with smtp_script.smtp(SIGN_IN | {"AUTH": answer}) as server:
        [outcome] = line_to(server, username="letters", password="s3cret").send([envelope()])
        assert (type(outcome), server.commands("MAIL")) == (kind, [])
        assert "s3cret" not in outcome.reason


def test_the_password_goes_by_login_where_plain_is_not_offered() -> None:
    # The script knows an answer by its first four letters: bGV0dGVycw== and czNjcmV0 are the name and the password.
    script = {"EHLO": b"250-mx\r\n250 AUTH LOGIN\r\n", "AUTH": b"334 VXNlcm5hbWU6\r\n", "BGV0": b"334 UGFzc3dvcmQ6\r\n"}
    with smtp_script.smtp(script | {"CZNJ": b"235 Welcome\r\n"}) as server:
        outcomes = line_to(server, username="letters", password="s3cret").send([envelope()])
        assert [type(each) for each in outcomes] == [Handed]
        assert server.sessions[0][1:4] == ["AUTH LOGIN", "bGV0dGVycw==", "czNjcmV0"]


def test_the_password_itself_is_not_sent_where_cram_md5_alone_is_offered() -> None:
    # The example of RFC 2195, section 2.
    challenge = b"PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"
    answer = "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw"
    script = {"EHLO": b"250-mx\r\n250 AUTH CRAM-MD5\r\n", "AUTH": b"334 " + challenge + b"\r\n"}
    with smtp_script.smtp(script | {"DGLT": b"235 Welcome\r\n"}) as server:
        outcomes = line_to(server, username="tim", password="tanstaaftanstaaf").send([envelope()])
        assert [type(each) for each in outcomes] == [Handed]
        assert server.sessions[0][1:3] == ["AUTH CRAM-MD5", answer]


@pytest.mark.parametrize(
    ("script", "kind"),
    [({}, Blocked), ({"EHLO": b"250-mx.example\r\n250 STARTTLS\r\n", "STAR": b"454 4.7.0 Not now\r\n"}, Temporary)],
)
def test_nothing_is_said_in_clear_where_tls_is_wanted(script: dict[str, Answer], kind: type) -> None:
    with smtp_script.smtp(script) as server:
        [outcome] = line_to(server, security="starttls", username="letters", password="s3cret").send([envelope()])
        assert (type(outcome), server.commands("AUTH"), server.commands("MAIL")) == (kind, [], [])


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"554 5.7.1 <anna@example.com>: Relay access denied\r\n", Blocked),
        (b"550 relay not permitted\r\n", Blocked),
        (b"550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain\r\n", Blocked),
        (b"550 5.7.1 <anna@example.com>... Relaying denied\r\n", Blocked),
        (b"504 5.5.2 <vm>: Helo command rejected: need fully-qualified hostname\r\n", Blocked),
        (b"553 5.7.1 <letters@shop.example>: Sender address rejected: not owned by user x\r\n", Blocked),
        (b"550 5.1.8 <letters@shop.example>: Domain not found\r\n", Blocked),
        (b"450 4.1.8 <letters@shop.example>: Sender address rejected: Domain not found\r\n", Temporary),
        (b"554 5.7.1 <anna@example.com>: Recipient address rejected: Relaying denied\r\n", Permanent),
        (b"550 5.1.1 <anna@example.com>: undeliverable address: host mx said: 554 Relay access denied\r\n", Permanent),
    ],
)
def test_a_refusal_of_us_at_the_recipient_blocks_the_sender_and_burns_nobody(
    answer: bytes, kind: type, kept: bool
) -> None:
    assert type(break_off({"RCPT": answer}, kept=kept)) is kind


@pytest.mark.parametrize("stage", ["DATA", "body"])
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"550 5.7.60 SMTP; Client does not have permissions to send as this sender\r\n", Blocked),
        (b"550 5.1.8 Access denied, bad outbound sender\r\n", Blocked),
        (b"550 5.4.5 Daily user sending limit exceeded.\r\n", Blocked),
        (b"554 Message rejected: Email address is not verified.\r\n", Blocked),
        (b"554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using list.example\r\n", Blocked),
        (b"552 5.2.2 Mailbox quota exceeded\r\n", Permanent),
        (b"550 5.1.1 <sendlimitexceeded@example.com> is not here\r\n", Permanent),
        (b"550 5.2.1 The user has reached the daily limit of what it receives\r\n", Permanent),
        (b"451 4.3.0 Hourly sending limit reached\r\n", Temporary),
    ],
)
def test_a_refusal_of_us_at_the_message_blocks_the_sender_and_burns_nobody(
    stage: str, answer: bytes, kind: type, kept: bool
) -> None:
    assert type(break_off({stage: answer}, kept=kept)) is kind


def test_we_greet_with_a_full_name_or_our_address(monkeypatch) -> None:
    for name, told in (("mailer", "[127.0.0.1]"), ("mailer.shop.example", "mailer.shop.example")):
        monkeypatch.setattr(socket, "gethostname", lambda name=name: name)
        opening._our_name.cache_clear()
        with smtp_script.smtp() as server:
            line_to(server).send([envelope()])
            assert server.commands("EHLO") == [f"ehlo {told}"]
    opening._our_name.cache_clear()


def test_reasons_do_not_repeat_the_address(kept: bool) -> None:
    outcome = break_off({"RCPT": b"550 5.1.1 <anna@example.com>: unknown\r\n"}, kept=kept)
    assert outcome.reason == "The mail server refuses: 550 5.1.1 <***>: unknown"


def test_a_reply_with_a_nul_is_no_reply(kept: bool) -> None:
    outcome = break_off({"body": b"250 queued as 4X\0YZ\r\n"}, kept=kept)
    assert (type(outcome), "\0" in outcome.reason) == (Unknown, False)


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        ("250 2.0.0 Ok: queued as 4XYZ99", "4XYZ99"),
        ("250 OK id=1rAbcd-000123-AB", "1rAbcd-000123-AB"),
        ("250 Ok 0100018b2f-7d1c-000000", "0100018b2f-7d1c-000000"),
        ("250 2.0.0 OK  1700000000 d9443c01a7336-ac gsmtp", "1700000000"),
        ("250 Ok: queued", "Ok: queued"),
        ("250 Thanks for anna@example.com", "Thanks for ***"),
    ],
)
def test_the_servers_name_for_a_message_is_taken_from_its_answer(reply: str, name: str) -> None:
    assert answers.read(answers.Exchange(7, "", "", reply, "after the body")) == Handed(7, name)


@pytest.fixture
def by_recipient() -> Iterator[Server]:
    def answer(words: str) -> bytes:
        return b"550 5.1.1 Gone\r\n" if "dead" in words else b"451 Later\r\n" if "later" in words else b"250 Ok\r\n"

    with smtp_script.smtp({"RCPT": answer}) as server:
        yield server


def test_refused_recipients_leave_the_others_alone_and_each_goes_out_once(by_recipient: Server) -> None:
    kinds = ["fine", "dead", "fine", "later", "dead", "fine", "fine", "later"] * 20
    sender = line_to(by_recipient)
    outcomes = sender.send([envelope(key, f"{kind}{key}@example.com") for key, kind in enumerate(kinds)])
    expected = {"fine": Handed, "dead": Permanent, "later": Temporary}
    assert [(outcome.key, type(outcome)) for outcome in outcomes] == [
        (key, expected[kind]) for key, kind in enumerate(kinds)
    ]
    fine = [f"fine{key}@example.com" for key, kind in enumerate(kinds) if kind == "fine"]
    assert sorted(to for to, _ in by_recipient.messages) == sorted(fine)


def test_a_server_that_wants_a_message_for_nobody_gets_nothing(by_recipient: Server, pipelined: bool) -> None:
    by_recipient.is_careless = True
    kinds = ["fine", "dead", "fine", "later"] * 5
    outcomes = line_to(by_recipient).send([envelope(n, f"{kind}{n}@example.com") for n, kind in enumerate(kinds)])
    assert [type(outcome) for outcome in outcomes] == [Handed, Permanent, Handed, Temporary] * 5
    assert (
        sorted((to != "", raw != b"") for to, raw in by_recipient.messages)
        == [(False, False)] * 10 * pipelined + [(True, True)] * 10
    )


def slowly(words: str) -> bytes:
    time.sleep(0.1)
    return FINE["body"]


def test_messages_are_with_the_server_at_once_on_all_connections() -> None:
    with smtp_script.smtp({"body": slowly}) as server:
        began = time.monotonic()
        outcomes = line_to(server, connections="20").send([envelope(key) for key in range(60)])
        assert {type(outcome) for outcome in outcomes} == {Handed}
        # One after the other they would take six seconds.
        assert time.monotonic() - began < 3


def test_what_a_slow_server_leaves_no_time_for_waits_untouched(monkeypatch) -> None:
    monkeypatch.setattr(line, "BEGIN_SECONDS", 0.25)
    with smtp_script.smtp({"body": slowly}) as server:
        outcomes = line_to(server, connections="1").send([envelope(key) for key in range(20)])
        kinds = [type(outcome) for outcome in outcomes]
        assert sorted(set(kinds), key=str) == [Handed, NotBegun]
        assert len(server.messages) == kinds.count(Handed)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "body"])
def test_a_silent_server_is_waited_for_once_and_not_by_every_message(stage: str, monkeypatch) -> None:
    monkeypatch.setattr(line, "REPLY_SECONDS", 0.2)
    monkeypatch.setattr(line, "TAKING_SECONDS", 0.2)
    with smtp_script.smtp({stage: lambda _: time.sleep(30) or b""}) as server:
        began = time.monotonic()
        outcomes = line_to(server).send([envelope(key) for key in range(50)])
        assert time.monotonic() - began < 10
        assert {type(outcome) for outcome in outcomes} <= {Temporary, Unknown}
        assert [type(outcome) for outcome in outcomes].count(Unknown) == (2 if stage == "body" else 0)


def test_a_message_that_waited_behind_one_that_broke_off_goes_over_another_connection() -> None:
    answers_given = iter([b"250 Ok\r\n", HANG_UP])
    with smtp_script.smtp({"body": lambda _: next(answers_given, b"250 Ok\r\n")}) as server:
        outcomes = line_to(server, connections="1").send([envelope(key) for key in range(6)])
        assert [type(outcome) for outcome in outcomes] == [Handed, Unknown, Handed, Handed, Handed, Handed]
        assert len(server.messages) == 6  # with the one that is in doubt


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_takes_so_many_messages_a_connection_costs_none_a_try(stage: str) -> None:
    here = threading.local()  # each connection has a thread of its own

    def answer(words: str) -> bytes:
        here.said = getattr(here, "said", 0) + 1
        return b"421 4.7.0 Too many messages in this connection\r\n" if here.said == 11 else FINE[stage]

    with smtp_script.smtp({stage: answer}) as server:
        outcomes = line_to(server).send([envelope(key, f"to{key}@example.com") for key in range(100)])
        assert {type(outcome) for outcome in outcomes} == {Handed}
        assert sorted(to for to, _ in server.messages) == sorted(f"to{key}@example.com" for key in range(100))


@pytest.mark.parametrize("good_bye", [b"", b"421 4.7.0 One message a connection\r\n"])
def test_a_server_that_ends_after_each_message_costs_none_a_try(good_bye: bytes) -> None:
    with smtp_script.smtp({"body": FINE["body"] + good_bye}) as server:
        server.is_hasty = True
        outcomes = line_to(server).send([envelope(key, f"to{key}@example.com") for key in range(60)])
        assert {type(outcome) for outcome in outcomes} == {Handed}
        assert sorted(to for to, _ in server.messages) == sorted(f"to{key}@example.com" for key in range(60))


TOO_MANY = b"421 4.7.0 Too many connections\r\n"


def test_a_connection_that_comes_after_one_was_refused_is_used(monkeypatch) -> None:
    monkeypatch.setattr(line, "BEGIN_SECONDS", 3)
    greetings = iter([TOO_MANY])

    def greeting(words: str) -> bytes:
        answer = next(greetings, FINE["greeting"])
        time.sleep(0.3 * (answer != TOO_MANY))
        return answer

    with smtp_script.smtp({"greeting": greeting}) as server:
        outcomes = line_to(server).send([envelope(key) for key in range(20)])
        assert {type(outcome) for outcome in outcomes} == {Handed}


def test_where_few_connections_are_taken_and_those_end_others_are_opened() -> None:
    said, open_ones = itertools.count(1), set[int]()
    lock = threading.Lock()

    def greeting(words: str) -> bytes:
        with lock:
            if open_ones:
                return TOO_MANY
            open_ones.add(1)
        return FINE["greeting"]

    def mail(words: str) -> bytes:
        if next(said) % 8:
            return FINE["MAIL"]
        open_ones.clear()
        return b"421 4.7.0 Too many messages\r\n"

    with smtp_script.smtp({"greeting": greeting, "MAIL": mail}) as server:
        outcomes = line_to(server, connections="4").send([envelope(key, f"to{key}@example.com") for key in range(40)])
        assert {type(outcome) for outcome in outcomes} == {Handed}
        assert len({to for to, _ in server.messages}) == len(server.messages) == 40


def test_what_a_slow_server_that_refused_a_connection_leaves_no_time_for_waits_untouched(monkeypatch) -> None:
    monkeypatch.setattr(line, "BEGIN_SECONDS", 1)
    greetings = iter([FINE["greeting"]])
    script: dict[str, Answer] = {"greeting": lambda _: next(greetings, b"554 Too many connections\r\n"), "body": slowly}
    with smtp_script.smtp(script) as server:
        kinds = [type(outcome) for outcome in line_to(server).send([envelope(key) for key in range(40)])]
        assert sorted(set(kinds), key=str) == [Handed, NotBegun]
        assert len(server.messages) == kinds.count(Handed)


def test_a_server_that_speaks_drop_by_drop_is_not_listened_to_for_ever(monkeypatch) -> None:
    monkeypatch.setattr(line, "BEGIN_SECONDS", 0.5)
    monkeypatch.setattr(line, "END_SECONDS", 1)
    clients: list[socket.socket] = []

    def drops(words: str) -> bytes:
        for _ in range(40):
            clients[0].sendall(b"250-A")
            time.sleep(0.1)
            clients[0].sendall(b" moment\r\n")
        return FINE["RCPT"]

    with smtp_script.smtp({"RCPT": drops}, clients=clients) as server:
        assert [type(each) for each in line_to(server).send([envelope()])] == [Temporary]
        assert server.messages == []


def test_replies_of_a_thousand_lines_and_of_single_bytes_are_read() -> None:
    clients: list[socket.socket] = []
    told = (
        b"".join(b"250-%d and some words more\r\n" % number for number in range(1000))
        + b"250 2.0.0 queued as 4XYZ99\r\n"
    )

    def bytewise(words: str) -> bytes:
        for at in range(len(FINE["MAIL"]) - 1):
            clients[0].sendall(FINE["MAIL"][at : at + 1])
            time.sleep(0.001)
        return FINE["MAIL"][-1:]

    with smtp_script.smtp({"RCPT": told, "body": told, "MAIL": bytewise}, clients=clients) as server:
        outcomes = line_to(server, connections="1").send([envelope(key) for key in range(3)])
        assert outcomes == [Handed(key, "4XYZ99") for key in range(3)]
        assert len(server.messages) == 3


def test_after_a_fork_the_child_opens_its_own_connections() -> None:
    with smtp_script.smtp() as server:
        sender = line_to(server)
        sender.send([envelope(1)])
        child = os.fork()
        if not child:
            outcomes = sender.send([envelope(2)])
            os._exit(0 if [type(each) for each in outcomes] == [Handed] else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert [type(each) for each in sender.send([envelope(3)])] == [Handed]
        carried = [[line[10:] for line in session if line.startswith("RCPT")] for session in server.sessions]
        assert len(carried) == 2
        assert [len(each) for each in carried] == [2, 1]


def test_a_connection_that_was_idle_for_long_is_not_used_again(monkeypatch) -> None:
    with smtp_script.smtp() as server:
        sender = line_to(server)
        sender.send([envelope(1)])
        monkeypatch.setattr(line, "KEEP_SECONDS", -1)
        assert [type(each) for each in sender.send([envelope(2)])] == [Handed]
        assert (len(server.sessions), len(server.commands("QUIT"))) == (2, 1)


@pytest.mark.parametrize("good_bye", [b"421 4.4.2 Idle for too long\r\n", b""])
def test_a_server_that_said_good_bye_meanwhile_costs_no_message_a_try(good_bye: bytes) -> None:
    clients: list[socket.socket] = []
    with smtp_script.smtp(clients=clients) as server:
        sender = line_to(server)
        sender.send([envelope(1)])
        clients[0].sendall(good_bye)
        clients[0].shutdown(socket.SHUT_RDWR)
        assert [type(each) for each in sender.send([envelope(2)])] == [Handed]
        assert len(server.sessions) == 2


def test_no_reply_is_endless() -> None:
    with smtp_script.smtp({"RCPT": b"250-" + b"x" * 100_000}) as server:
        assert [type(each) for each in line_to(server).send([envelope()])] == [Temporary]


def test_a_kept_connection_that_the_server_closed_meanwhile_is_replaced_or_told_as_not_sent() -> None:
    with smtp_script.smtp() as server:
        sender = line_to(server)
        sender.send([envelope(1)])
        server.script["MAIL"] = HANG_UP
        [outcome] = sender.send([envelope(2)])
        del server.script["MAIL"]
        assert type(outcome) is Temporary
        assert [type(each) for each in sender.send([envelope(2)])] == [Handed]
        assert len(server.messages) == 2


def test_no_more_connections_are_opened_than_the_sender_says() -> None:
    with smtp_script.smtp({"body": slowly}) as server:
        outcomes = line_to(server, connections="3").send([envelope(key) for key in range(30)])
        assert {type(outcome) for outcome in outcomes} == {Handed}
        assert len(server.sessions) == 3


def test_a_leading_dot_is_not_the_end() -> None:
    with smtp_script.smtp() as server:
        text = "one\n.\nQUIT\n..two\n.three"
        sender = line_to(server)
        sender.send([Envelope(1, "a@example.com", EmailContent("S", "", "", text), client_ref="1")])
        [(_, raw)] = server.messages
        assert raw.endswith(b"\r\n\r\none\r\n=2E\r\nQUIT\r\n...two\r\n..three\r\n")
        assert server.commands("QUIT") == []
