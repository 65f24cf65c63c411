"""A DNS server on this machine, for look-ups as they are on the wire."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Zone = Mapping[tuple[str, str], list[str]]
"""(name, kind of record) → its values; a name that stands nowhere doesn't exist."""


@contextmanager
def running_dns(zone: Zone) -> Iterator[tuple[str, list[str]]]:
    """(ADDRESS:PORT, the questions that came, as "name kind"); stops at the end."""
    asked: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(0.1)
        stopped = threading.Event()
        thread = threading.Thread(target=_serve, args=(listening, zone, asked, stopped))
        thread.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}", asked
        finally:
            stopped.set()
            thread.join()


def _serve(listening: socket.socket, zone: Zone, asked: list[str], stopped: threading.Event) -> None:
    while not stopped.is_set():
        try:
            packet, whence = listening.recvfrom(4096)
        except TimeoutError:
            continue
        listening.sendto(_answer(packet, zone, asked), whence)


def _answer(packet: bytes, zone: Zone, asked: list[str]) -> bytes:
    query = dns.message.from_wire(packet)
    question = query.question[0]
    name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
    asked.append(f"{name} {kind}")
    response = dns.message.make_response(query)
    response.flags |= dns.flags.RA
    if (name, kind) in zone:
        response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *zone[name, kind]))
    elif not any(known == name for known, _ in zone):
        response.set_rcode(dns.rcode.NXDOMAIN)
    return response.to_wire()
