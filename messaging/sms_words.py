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
        *("annuler", "désinscrire", "στοπ", "διακοπή", "הסר", "إلغاء", "إيقاف", "退订", "退訂", "停止"),
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
        *("text", "texting", "message", "messaging", "sending", "s'il", "s\u2019il", "vous", "te", "plaît"),
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
PHRASES = {
    "opt out": "optout",
    "opt in": "optin",
    "se desabonner": "desabonner",
    "me desabonner": "desabonner",
    "darse de baja": "baja",
    "dar de baja": "baja",
    "darme de baja": "baja",
}
"""Keywords of several words, without accents."""
_WORDS = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_QUOTED = re.compile(r"^\s*>.*$", re.MULTILINE)


def _plain(text: str) -> str:
    """In small letters of usual width, without accents: many write without them, or in another form of them."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


_MEANING: dict[str, Word] = {_plain(word): meaning for meaning, words in KEYWORDS.items() for word in words}
_POLITE = frozenset(map(_plain, POLITE))


def meaning_of(text: str) -> Word | None:
    """What the message asks for; None where it is anything else, or asks for two things at once.

    Accents and lines that quote ours (“> …”) don't matter.
    """
    said = f" {' '.join(_WORDS.findall(_plain(_QUOTED.sub('', text))))} "
    for phrase, word in PHRASES.items():
        said = said.replace(f" {phrase} ", f" {word} ")
    words = said.split()
    asked = {_MEANING[word] for word in words if word in _MEANING}
    if len(asked) != 1 or any(word not in _MEANING and word not in _POLITE for word in words):
        return None
    return asked.pop()
