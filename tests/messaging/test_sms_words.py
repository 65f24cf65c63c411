"""STOP, START and HELP in several languages; and what only looks like them."""

import pytest

from messaging.sms_words import meaning_of


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop", " Stop. ", "Please stop!", "STOP ALL", "unsubscribe", "СТОП!!!", "Відписатися", "Arrêt", "STOPP",
     "İPTAL", "Baja por favor", "Stop 🙏", "opt-out",
     # As the FCC names them: https://www.law.cornell.edu/cfr/text/47/64.1200 (a)(10).
     "opt out", "OPT OUT please", "end", "revoke", "quit", "cancel", "stop texting me", "Stop sending me messages",
     "STOP 👍🏽", "🛑STOP🛑", "ＳＴＯＰ", "ARRE\u0302T s'il vous plaît", "se désabonner", "Dar de baja", "renun\u0163",
     "odhlásiť", "REZYGNUJE", "הסר", "إلغاء", "退订", "STOP\n> Sale today! Reply STOP to unsubscribe", "> Sale!\nstop"],
)  # fmt: skip
def test_a_stop_is_a_keyword_alone_or_with_words_of_politeness(text: str) -> None:
    assert meaning_of(text) == "stop"


@pytest.mark.parametrize(
    "text",
    ["please don't stop", "Don’t stop", "nonstop", "Stop it, I like it", "bus stop", "stop start",
     "I want to cancel order 7", "", "   ", "🙏", "не стоп", "help me stop", "yes", "stopped",
     "please do not opt out", "optional out", "> Reply STOP to unsubscribe", "Liked “Reply STOP to unsubscribe”",
     "stop " * 500 + "it", "The bus will stop at ten. " * 60, "no pares",
     "never stop texting me", "don't stop sending messages"],
)  # fmt: skip
def test_everything_else_is_no_keyword(text: str) -> None:
    assert meaning_of(text) is None


@pytest.mark.parametrize(("text", "meaning"), [("START", "start"), ("Unstop", "start"), ("СТАРТ", "start"),
                                               ("HELP", "help"), ("help me please", "help"), ("Допомога", "help"),
                                               ("INFO", "help")])  # fmt: skip
def test_start_and_help_are_known(text: str, meaning: str) -> None:
    assert meaning_of(text) == meaning
