"""How does a client find an address? DNS questions and answers over UDP, with a CNAME where one is wanted."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import UDP

from sensor.model.flow import Direction, Endpoint
from sensor.simulate.frames import Row, Wire, link_and_network

_DNS_PORT = 53
_ANSWER_S = 0.018


@dataclass(frozen=True, slots=True)
class Lookup:
    """One question. ``address`` None: there is no such name. ``alias``: the canonical name that has the address."""

    name: str
    address: str | None
    alias: str | None = None
    ttl_s: int = 300


def lookup_rows(client_ip: str, resolver_ip: str, lookup: Lookup, at_ns: int, rng: random.Random) -> Iterator[Row]:
    """The question at ``at_ns`` and the resolver's answer some 18 ms later."""
    wire = Wire(Endpoint(client_ip, rng.randrange(20000, 60000)), Endpoint(resolver_ip, _DNS_PORT))
    kind = "AAAA" if ":" in (lookup.address or "") else "A"
    question = DNSQR(qname=lookup.name, qtype=kind)
    number = rng.randrange(1 << 16)
    yield at_ns, _datagram(wire, Direction.ORIG, DNS(id=number, rd=1, qd=[question]))
    failed = 3 if lookup.address is None else 0
    answer = DNS(id=number, qr=1, rd=1, ra=1, rcode=failed, qd=[question], an=_records(lookup, kind))
    yield at_ns + round(_ANSWER_S * 1e9 * rng.uniform(0.6, 2)), _datagram(wire, Direction.RESP, answer)


def _records(lookup: Lookup, kind: str) -> list[DNSRR]:
    if lookup.address is None:
        return []
    owner = lookup.alias or lookup.name
    chain = [DNSRR(rrname=lookup.name, type="CNAME", ttl=lookup.ttl_s, rdata=lookup.alias)] if lookup.alias else []
    return [*chain, DNSRR(rrname=owner, type=kind, ttl=lookup.ttl_s, rdata=lookup.address)]


def _datagram(wire: Wire, direction: Direction, message: DNS) -> bytes:
    ports = (wire.client.port, wire.server.port)[:: 1 if direction is Direction.ORIG else -1]
    return bytes(link_and_network(wire, direction) / UDP(sport=ports[0], dport=ports[1]) / message)
