"""Whether an e-mail address is worth writing to (facts, section 2B.5). The lists are small and ours."""

import ipaddress
import re
from dataclasses import dataclass
from difflib import get_close_matches

from projects.errors import InvalidInput
from users.address_forms import parse_email
from users.email_vendors import KNOWN_DOMAINS, is_known_server, vendor_of
from users.mail_servers import MailServers, mail_servers_of

# Cyrillic letters that look like a Latin one.
LOOK_ALIKES = str.maketrans("аеорсухіјѕкмтвнАВЕКМНОРСТУХІЈЅ", "aeopcyxijskmtbhABEKMHOPCTYXIJS")
# Plus isn't among the characters that Sendios' page allows, but taking it away would write to somebody else.
STRAY = re.compile(r"[^0-9A-Za-z@._+-]")

# Misspelt domains that closeness alone would not find, or would find too late.
SPELLINGS = {
    "gmial.com": "gmail.com",
    "gmai.com": "gmail.com",
    "gmal.com": "gmail.com",
    "gnail.com": "gmail.com",
    "gamil.com": "gmail.com",
    "gmail.co": "gmail.com",
    "gmaul.com": "gmail.com",
    "gmail.con": "gmail.com",
    "gmail.cm": "gmail.com",
    "gmaill.com": "gmail.com",
    "hotmial.com": "hotmail.com",
    "hotmal.com": "hotmail.com",
    "hotmail.con": "hotmail.com",
    "outlok.com": "outlook.com",
    "outlook.con": "outlook.com",
    "yaho.com": "yahoo.com",
    "yahooo.com": "yahoo.com",
    "yahoo.con": "yahoo.com",
    "iclod.com": "icloud.com",
    "icloud.con": "icloud.com",
    "mail.ry": "mail.ru",
    "mial.ru": "mail.ru",
    "yandex.r": "yandex.ru",
    "yandx.ru": "yandex.ru",
    "ukr.ent": "ukr.net",
    "urk.net": "ukr.net",
    "ukr.nte": "ukr.net",
    "ukrnet": "ukr.net",
}
ALIKE = 0.92
"""How alike a domain of ten or more letters must be to a vendor's to be taken for it."""

_SYSTEM = """test tester testing root postmaster hostmaster mailer-daemon abuse noreply no-reply donotreply do-not-reply
nobody devnull null spam bounce bounces"""
SYSTEM = frozenset(_SYSTEM.split())
"""Mailboxes of the mail system, of programs and of tests: nobody reads them."""

WITHOUT_MAIL = frozenset(["example.com", "example.net", "example.org", "test.com"])
WITHOUT_MAIL_ENDS = (".test", ".example", ".invalid", ".localhost", ".local")
"""Reserved names (RFC 2606, RFC 6761) and a placeholder: they take no mail, whatever DNS says."""

_THROW_AWAY = """mailinator.com guerrillamail.com 10minutemail.com tempmail.com temp-mail.org yopmail.com trashmail.com
sharklasers.com getnada.com dispostable.com maildrop.cc throwawaymail.com fakeinbox.com discard.email"""
THROW_AWAY = frozenset(_THROW_AWAY.split())
THROW_AWAY_SERVERS = ("mailinator.com", "guerrillamail.com", "yopmail.com", "erinn.biz", "maildrop.cc")

LONGEST = 320


@dataclass(frozen=True, slots=True)
class EmailCheck:
    """`reason` is "" where the address is valid. `trusted`: a well-known vendor's, by domain or by mail server."""

    orig: str
    email: str
    domain: str
    vendor: str
    trusted: bool
    reason: str

    def as_json(self) -> dict[str, object]:
        """As Sendios shows it: `reason` only where there is one."""
        shown = {
            "orig": self.orig,
            "email": self.email,
            "valid": not self.reason,
            "domain": self.domain,
            "vendor": self.vendor,
            "trusted": self.trusted,
        }
        return shown | ({"reason": self.reason} if self.reason else {})


def check_email(orig: str, *, sanitize: bool = True) -> EmailCheck:
    """Check an address; with `sanitize`, as it was probably meant. Asks DNS for domains that aren't well-known.

    Reasons: `invalid` no address; `mx_record` the domain takes no mail; `system` nobody reads the mailbox;
    `blacklisted` a throw-away domain; `mx_record_blacklisted` and `mx_ip_blacklisted` its mail server is one's, or
    stands where no mail server can. A domain about which DNS doesn't answer has the benefit of the doubt.
    """
    email = sanitized(orig) if sanitize else orig.strip()
    local, _, domain = email.rpartition("@")
    servers, reason = MailServers(is_known=False), ""
    if not _is_email(email):
        reason = "invalid"
    else:
        reason, servers = _reason(local.lower(), domain.lower())
    vendor = vendor_of(domain)
    trusted = bool(vendor.id) or any(is_known_server(name) for name in servers.names[:1])
    return EmailCheck(orig, email, domain, vendor.name, trusted, reason)


def sanitized(text: str) -> str:
    """The address that was probably meant: look-alikes as Latin letters, stray characters away, domains spelt right.

    A mere domain gets itself as its mailbox, as with Sendios.
    """
    plain = STRAY.sub("", text[:LONGEST].translate(LOOK_ALIKES)).strip(".")
    local, at, domain = plain.rpartition("@")
    if not at:
        return f"{plain}@{plain}" if "." in plain else plain
    local = re.sub(r"\.{2,}", ".", local.replace("@", "")).strip(".")
    return f"{local}@{_spelt(re.sub(r'[.]{2,}', '.', domain).strip('.-'))}"


def _spelt(domain: str) -> str:
    low = domain.lower()
    if low in KNOWN_DOMAINS:
        return domain
    if low in SPELLINGS:
        return SPELLINGS[low]
    near = get_close_matches(low, KNOWN_DOMAINS, n=1, cutoff=ALIKE) if len(low) >= 10 else []
    return near[0] if near else domain


def _is_email(email: str) -> bool:
    try:
        parse_email(email)
    except InvalidInput:
        return False
    return True


def _reason(local: str, domain: str) -> tuple[str, MailServers]:
    if domain in WITHOUT_MAIL or domain.endswith(WITHOUT_MAIL_ENDS):
        return "mx_record", MailServers()
    if domain in THROW_AWAY:
        return "blacklisted", MailServers()
    # The well-known ones take mail; asking costs time and tells nothing.
    servers = MailServers(is_known=False) if domain in KNOWN_DOMAINS else mail_servers_of(domain)
    return _reason_of_servers(servers) or ("system" if local in SYSTEM else ""), servers


def _reason_of_servers(servers: MailServers) -> str:
    if not servers.is_known:
        return ""
    if not servers.names:
        return "mx_record"
    if any(name == bad or name.endswith(f".{bad}") for name in servers.names for bad in THROW_AWAY_SERVERS):
        return "mx_record_blacklisted"
    if servers.ips and not any(_is_public(ip) for ip in servers.ips):
        return "mx_ip_blacklisted"
    return ""


def _is_public(ip: str) -> bool:
    return ipaddress.ip_address(ip).is_global
