"""What people write back to a number: STOP, START, HELP, in several languages; pure.

A keyword counts only as the whole message, but for words of politeness around it: “please don't stop” is not a stop.
https://www.ctia.org/the-wireless-industry/industry-commitments/messaging-interoperability-sms-mms
"""

import re
import unicodedata
from typing import Literal

Word = Literal["stop", "start", "help"]

KEYWORDS: dict[Word, tuple[str, ...]] = {
    "stop": (
        *("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "opt-out", "revoke"),
        *("стоп", "відписатися", "відписатись", "відписка", "скасувати", "отписаться", "отписка", "отмена"),
        *("stopp", "abmelden", "abbestellen", "arret", "arrêt", "désabonner", "desabonner", "baja", "parar", "alto"),
        *("cancelar", "sair", "wypisz", "rezygnuję", "rezygnuje", "ferma", "disiscrivi", "annulla", "dur", "iptal"),
        *("renunt", "renunț", "spri", "avsluta", "stoppa", "stopp", "zrušit", "zrusit", "odhlásit", "odhlasit"),
    ),
    "start": (
        *("start", "unstop", "subscribe", "resume", "optin", "opt-in"),
        *("старт", "підписатися", "підписатись", "підписка", "подписаться", "подписка"),
        *("anmelden", "abonnieren", "abonner", "alta", "suscribir", "assinar", "zapisz", "iscrivi", "başla", "basla"),
    ),
    "help": (
        *("help", "info", "допомога", "інфо", "помощь", "инфо", "hilfe", "aide", "ayuda", "ajuda", "pomoc", "aiuto"),
        *("yardım", "yardim", "ajutor", "hjälp", "hjalp", "nápověda", "napoveda"),
    ),
}
POLITE = frozenset(
    (
        *("please", "pls", "plz", "thanks", "thank", "you", "now", "all", "sms", "messages", "texts", "me"),
        *(
            "bitte",
            "danke",
            "alle",
            "alles",
            "merci",
            "svp",
            "gracias",
            "por",
            "favor",
            "obrigado",
            "grazie",
            "per",
            "favore",
        ),
        *("будь", "ласка", "дякую", "пожалуйста", "спасибо", "все", "всі", "prosze", "proszę", "lütfen"),
    )
)
_MEANING: dict[str, Word] = {word: meaning for meaning, words in KEYWORDS.items() for word in words}
_WORDS = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_DOT_OVER_I = "\u0307"  # what casefold leaves of the Turkish İ


def meaning_of(text: str) -> Word | None:
    """What the message asks for; None where it is anything else, or asks for two things at once."""
    words = _WORDS.findall(unicodedata.normalize("NFC", text).casefold().replace(_DOT_OVER_I, ""))
    asked = {_MEANING[word] for word in words if word in _MEANING}
    if len(asked) != 1 or any(word not in _MEANING and word not in POLITE for word in words):
        return None
    return asked.pop()
