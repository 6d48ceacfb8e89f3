"""Which names were asked for, and which addresses were answered? DNS messages (RFC 1035), read with dpkt."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import dpkt
from dpkt.dns import DNS, DNS_A, DNS_AAAA, DNS_CNAME, DNS_QUERY

MAX_RECORDS = 64
"""Questions and answers read of one message; real answers hold a dozen."""
HEADER_BYTES = 12
RECURSION_DESIRED = 0x0100
DNS_SVCB, DNS_HTTPS = 64, 65
IPV4_HINT, IPV6_HINT = 4, 6
"""Parameters of a service binding that name addresses (RFC 9460 §14.3.2)."""
MAX_HINTS = 16
"""Addresses read of one service binding."""
RECORD_FAULTS = (dpkt.Error, struct.error, IndexError, ValueError)
TYPE_NAMES = {DNS_A: "A", DNS_AAAA: "AAAA", DNS_CNAME: "CNAME", DNS_HTTPS: "HTTPS", DNS_SVCB: "SVCB"}


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """One resource record. ``data`` is an address (A, AAAA) or a name (CNAME), ``""`` for other types. ``hints`` are
    addresses that a service binding names (HTTPS, SVCB)."""

    name: str
    type: str
    data: str
    ttl: int
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dns:
    """A DNS message: is it a response, what was asked, what was answered. Names are lower case, no final dot."""

    is_response: bool
    queries: tuple[str, ...]
    query_types: tuple[str, ...]
    answers: tuple[DnsAnswer, ...]
    is_of_client: bool = True
    """Does it want the whole answer from the server, as programs do, and not only what that server knows itself, as
    resolvers do? (Recursion desired, RFC 1035 §4.1.1)"""

    @property
    def names(self) -> frozenset[str]:
        """Every name in the message, aliases included."""
        aliases = {answer.data for answer in self.answers if answer.type == "CNAME"}
        return frozenset(self.queries) | {answer.name for answer in self.answers} | aliases

    def owners(self, is_listed: Callable[[str], object]) -> dict[str, str]:
        """Every name that is listed or that an alias chain leads to from a listed one, with that one."""
        listed = {name: name for name in sorted(self.names) if is_listed(name)}
        aliases = [(answer.name, answer.data) for answer in self.answers if answer.type == "CNAME"] if listed else []
        # A chain is as long as its number of aliases at most, in whatever order they stand.
        for _ in aliases:
            grown = [(target, listed[name]) for name, target in aliases if name in listed and target not in listed]
            if not grown:
                break
            listed.update(grown)
        return listed

    def addresses(self, owners: Mapping[str, str]) -> Iterator[tuple[str, int, str]]:
        """Addresses that records of ``owners`` answer with or, in service bindings, hint at; each with its time to live
        in seconds and the listed name that led there."""
        for answer in self.answers:
            if answer.name in owners:
                told = (answer.data,) if answer.type in {"A", "AAAA"} and answer.data else answer.hints
                yield from ((ip, answer.ttl, owners[answer.name]) for ip in told)


def parse(payload: bytes) -> Dns | None:
    """Read one message. None when it is not DNS. Records after a broken one are left out, never raised."""
    if not has_sound_header(payload):
        return None
    _, flags, questions, answers = struct.unpack_from(">HHHH", payload)
    reader = DNS()
    try:
        asked, offset = _questions(reader, payload, questions)
    except RECORD_FAULTS:
        return None
    found = _answers(reader, payload, offset, min(answers, MAX_RECORDS))
    return Dns(
        is_response=bool(flags >> 15),
        queries=tuple(_fold(question.name) for question in asked),
        query_types=tuple(_type_name(question.type) for question in asked),
        answers=tuple(found),
        is_of_client=bool(flags & RECURSION_DESIRED),
    )


def has_sound_header(payload: bytes) -> bool:
    """Does a query or an answer to one begin so? Other operations bear no names that clients ask for."""
    if len(payload) < HEADER_BYTES:
        return False
    _, flags, questions = struct.unpack_from(">HHH", payload)
    return flags >> 11 & 0xF == DNS_QUERY and 0 < questions <= MAX_RECORDS and not flags & 0x40


def _questions(reader: DNS, payload: bytes, count: int) -> tuple[list[DNS.Q], int]:
    asked, offset = [], HEADER_BYTES
    for _ in range(count):
        question, offset = reader.unpack_q(payload, offset)
        asked.append(question)
    return asked, offset


def _answers(reader: DNS, payload: bytes, offset: int, count: int) -> list[DnsAnswer]:
    found: list[DnsAnswer] = []
    for _ in range(count):
        try:
            name, offset = dpkt.dns.unpack_name(payload, offset)
            kind, _, ttl, length = struct.unpack_from(">HHIH", payload, offset)
            offset += 10
            hints = tuple(_hints(payload, offset, length)) if kind in {DNS_HTTPS, DNS_SVCB} else ()
            found.append(DnsAnswer(_fold(name), _type_name(kind), _data(payload, kind, offset, length), ttl, hints))
            offset += length
        except RECORD_FAULTS:
            break
    return found


def _data(payload: bytes, kind: int, offset: int, length: int) -> str:
    rdata = payload[offset : offset + length]
    if (kind, length) in {(DNS_A, 4), (DNS_AAAA, 16)} and len(rdata) == length:
        return str(ipaddress.ip_address(rdata))
    if kind == DNS_CNAME:
        return _fold(dpkt.dns.unpack_name(payload, offset)[0])
    return ""


def _hints(payload: bytes, offset: int, length: int) -> Iterator[str]:
    """The addresses of a service binding: priority, target, then parameters by key (RFC 9460 §2.2)."""
    end = offset + length
    at = _behind_name(payload, offset + 2)
    left = MAX_HINTS
    while at + 4 <= end <= len(payload):
        key, size = struct.unpack_from(">HH", payload, at)
        at += 4
        step = {IPV4_HINT: 4, IPV6_HINT: 16}.get(key)
        if step and at + size <= end:
            hints = [payload[each : each + step] for each in range(at, at + size - step + 1, step)][:left]
            left -= len(hints)
            yield from (str(ipaddress.ip_address(hint)) for hint in hints)
        at += size


def _behind_name(payload: bytes, at: int) -> int:
    """Where a name ends that is not compressed, as names inside such records must be."""
    while payload[at]:
        at += payload[at] + 1
    return at + 1


def _type_name(kind: int) -> str:
    return TYPE_NAMES.get(kind, str(kind))


def _fold(name: str) -> str:
    return name.lower().rstrip(".")
