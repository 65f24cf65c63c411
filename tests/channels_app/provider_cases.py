"""The questions that every provider answers.

A test module makes a class from `ProviderCases` and gives it a fixture `line`: a `Line` whose stand-in answers by the
address, so that one batch can meet all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from channels_app.contract import (
    Blocked,
    Connection,
    Envelope,
    Handed,
    Outcome,
    Permanent,
    Temporary,
    Unknown,
)
from templates.content import PushContent, TextContent
from tests.channels_app.stand_in import StandIn


@dataclass
class Line:
    """`addresses`: what the stand-in accepts, answers "later", "never", "dead", "sender at fault", or not at all."""

    connection: Connection
    stand_in: StandIn
    addresses: Mapping[str, str]
    content: PushContent | TextContent
    unreachable: Connection

    def envelope(self, kind: str, key: int = 1) -> Envelope:
        return Envelope(key=key, address=self.addresses[kind], content=self.content, client_ref=f"ref-{key}")

    def outcome(self, kind: str) -> Outcome:
        [outcome] = self.connection.send([self.envelope(kind)])
        return outcome


class ProviderCases:
    def test_what_is_accepted_is_handed_over_with_the_providers_id(self, line: Line) -> None:
        outcome = line.outcome("accepted")
        assert type(outcome) is Handed
        assert outcome.key == 1
        assert outcome.provider_id != ""

    def test_what_fails_for_now_is_temporary(self, line: Line) -> None:
        assert type(line.outcome("temporary")) is Temporary

    def test_what_is_refused_for_good_is_permanent_and_leaves_the_address_alive(self, line: Line) -> None:
        outcome = line.outcome("permanent")
        assert type(outcome) is Permanent
        assert outcome.address_is_dead is False

    def test_an_address_that_is_gone_is_dead(self, line: Line) -> None:
        outcome = line.outcome("dead")
        assert type(outcome) is Permanent
        assert outcome.address_is_dead is True

    def test_wrong_credentials_block_the_sender(self, line: Line) -> None:
        assert type(line.outcome("blocked")) is Blocked

    def test_a_request_without_an_answer_is_unknown_and_goes_out_once(self, line: Line) -> None:
        line.outcome("accepted")  # so that the connection is a kept one
        before = len(line.stand_in.seen)
        assert type(line.outcome("silent")) is Unknown
        assert len(line.stand_in.seen) == before + 1

    def test_what_never_left_is_temporary(self, line: Line) -> None:
        [outcome] = line.unreachable.send([line.envelope("accepted")])
        assert type(outcome) is Temporary

    def test_one_bad_message_leaves_the_others_alone(self, line: Line) -> None:
        kinds = ["accepted", "dead", "accepted", "silent", "accepted", "temporary", "accepted"]
        outcomes = line.connection.send([line.envelope(kind, key) for key, kind in enumerate(kinds)])
        assert [type(outcome) for outcome in outcomes] == [
            Handed, Permanent, Handed, Unknown, Handed, Temporary, Handed,
        ]  # fmt: skip

    def test_a_text_that_cannot_be_encoded_fails_alone(self, line: Line) -> None:
        half_a_pair = chr(0xD800)  # no encoding has it
        broken = type(line.content)(**dict.fromkeys(line.content.__dataclass_fields__, half_a_pair))
        bad = Envelope(key=2, address=line.addresses["accepted"], content=broken)
        outcomes = line.connection.send([line.envelope("accepted", 1), bad, line.envelope("accepted", 3)])
        assert [type(outcome) for outcome in outcomes] == [Handed, Permanent, Handed]

    def test_outcomes_keep_the_envelopes_order_and_keys(self, line: Line) -> None:
        keys = [907, 3, 512, 4, 88, 1_000_000_007, *range(2000, 2300)]
        outcomes = line.connection.send([line.envelope("accepted", key) for key in keys])
        assert [outcome.key for outcome in outcomes] == keys
        assert len({outcome.provider_id for outcome in outcomes}) == len(keys)

    def test_no_envelopes_give_no_outcomes(self, line: Line) -> None:
        assert line.connection.send([]) == []
        assert line.stand_in.seen == []

    def test_every_reason_is_a_sentence(self, line: Line) -> None:
        reasons = [line.outcome(kind).reason for kind in ("temporary", "permanent", "dead", "blocked", "silent")]
        assert [reason[:1].isupper() and len(reason) > 10 for reason in reasons] == [True] * 5
