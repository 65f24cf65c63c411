"""Who runs a mailbox: well-known vendors, by the address' domain or by its mail servers; pure data, small and ours."""

from dataclasses import dataclass

UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Vendor:
    """`id` is our own number; 0 and UNKNOWN where nobody knows."""

    id: int
    name: str


_NAMES = (
    "Google",
    "Yahoo!",
    "Hotmail",
    "AOL",
    "Apple",
    "Mail.ru",
    "Yandex",
    "Rambler",
    "Ukr.net",
    "i.ua",
    "Meta.ua",
    "GMX",
    "Web.de",
    "Proton",
    "Orange",
    "Libero",
    "Comcast",
    "Zoho",
    "Fastmail",
    "T-Online",
)
VENDORS = {name: Vendor(number, name) for number, name in enumerate(_NAMES, 1)}
NOBODY = Vendor(0, UNKNOWN)

_DOMAINS: dict[str, str] = {
    "Google": "gmail.com googlemail.com google.com",
    "Yahoo!": "yahoo.com yahoo.co.uk yahoo.fr yahoo.de yahoo.it yahoo.es yahoo.ca yahoo.co.in yahoo.co.jp yahoo.com.br "
    "yahoo.com.mx yahoo.com.ar yahoo.com.au ymail.com rocketmail.com myyahoo.com",
    "Hotmail": "hotmail.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it hotmail.es outlook.com outlook.fr "
    "outlook.de outlook.es live.com live.co.uk live.fr live.nl msn.com passport.com",
    "AOL": "aol.com aol.co.uk aol.de aol.fr aim.com verizon.net",
    "Apple": "icloud.com me.com mac.com",
    "Mail.ru": "mail.ru bk.ru list.ru inbox.ru internet.ru",
    "Yandex": "yandex.ru yandex.com yandex.ua yandex.by yandex.kz ya.ru",
    "Rambler": "rambler.ru lenta.ru autorambler.ru myrambler.ru ro.ru",
    "Ukr.net": "ukr.net",
    "i.ua": "i.ua ua.fm email.ua",
    "Meta.ua": "meta.ua",
    "GMX": "gmx.com gmx.net gmx.de gmx.at gmx.ch",
    "Web.de": "web.de",
    "Proton": "proton.me protonmail.com pm.me protonmail.ch",
    "Orange": "orange.fr wanadoo.fr",
    "Libero": "libero.it virgilio.it",
    "Comcast": "comcast.net",
    "Zoho": "zoho.com zohomail.com",
    "Fastmail": "fastmail.com fastmail.fm",
    "T-Online": "t-online.de magenta.de",
}
KNOWN_DOMAINS = {domain: VENDORS[name] for name, domains in _DOMAINS.items() for domain in domains.split()}

# Ends of mail servers' names with which these vendors serve their customers' own domains.
_SERVERS: dict[str, str] = {
    "Google": "google.com googlemail.com",
    "Hotmail": "protection.outlook.com",
    "Yahoo!": "yahoodns.net",
    "Apple": "mail.icloud.com",
    "Mail.ru": "mail.ru",
    "Yandex": "yandex.ru yandex.net",
    "Proton": "protonmail.ch",
    "Zoho": "zoho.com zoho.eu",
    "Fastmail": "messagingengine.com",
}
KNOWN_SERVERS = {end: VENDORS[name] for name, ends in _SERVERS.items() for end in ends.split()}


def vendor_of(domain: str) -> Vendor:
    """Whose mailboxes a domain's are; NOBODY for all but the well-known ones."""
    return KNOWN_DOMAINS.get(domain.lower(), NOBODY)


def is_known_server(server: str) -> bool:
    """Whether a mail server is a well-known vendor's."""
    name = server.lower().rstrip(".")
    return any(name == end or name.endswith(f".{end}") for end in KNOWN_SERVERS)
