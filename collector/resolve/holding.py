"""Who held the address by each source, and did that holding cover the detection's time?

The question is put at instants: the edges of the detection's time, widened and narrowed by the clock's slack, and
every instant at which a record begins or ends. Between two of them nothing changes: a few answer for the whole time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from collector.resolve.choices import Match
from collector.resolve.options import SESSION_SOURCES
from collector.resolve.units import Namer


@dataclass(frozen=True, slots=True)
class Question:
    """An address in a span of time. ``ports`` are the source ports seen; empty when none is known."""

    ip_key: bytes
    """16 bytes, big-endian; IPv4 lies in ::ffff:0:0/96."""
    ports: frozenset[int]
    first: datetime
    last: datetime
    slack: timedelta
    realm: str | None = None
    """The network a private address is asked in ("": the sensor's own); None for a public one, which needs none."""

    @property
    def is_short(self) -> bool:
        """True when the slack alone could move the whole span over an edge."""
        return self.last - self.first <= 2 * self.slack

    @property
    def core(self) -> tuple[datetime, datetime]:
        """The part of the span that no clock error can move out of it (its middle, when it is short)."""
        if self.is_short:
            middle = self.first + (self.last - self.first) / 2
            return middle, middle
        return self.first + self.slack, self.last - self.slack


@dataclass(frozen=True, slots=True)
class Claim:
    """One ownership record, as attribution sees it."""

    record_id: int | None
    """None: it comes from a rule, a file or a foreign database."""
    source: str
    reference: str
    network: str
    ip_lo: bytes
    ip_hi: bytes
    valid_from: datetime
    valid_to: datetime | None
    imported_at: datetime
    port_lo: int | None = None
    port_hi: int | None = None
    subscriber: str = ""
    organisation_id: int | None = None
    unit_name: str = ""
    uscc: str = ""
    nature: str = ""
    address: str = ""
    division_code: str = ""
    inner_ip: str | None = None
    realm: str = ""
    through_subscriber: bool = False
    """True when unit or address came from another record of the same subscriber."""
    through_inner: bool = False
    """True when the account came from the inner address behind a NAT."""

    @property
    def host_bits(self) -> int:
        """Bits of the range that do not say which host it is; 0 for a single address."""
        return (int.from_bytes(self.ip_hi) - int.from_bytes(self.ip_lo)).bit_length()

    @property
    def port_span(self) -> int:
        """Number of ports the record holds for."""
        return 65536 if self.port_lo is None or self.port_hi is None else self.port_hi - self.port_lo + 1

    def holds_at(self, moment: datetime) -> bool:
        """True inside the half-open valid interval."""
        return self.valid_from <= moment and (self.valid_to is None or moment < self.valid_to)

    def takes_port(self, ports: frozenset[int]) -> bool:
        """True when the record is not bound to ports, none is known, or one of them lies in its block."""
        if self.port_lo is None or self.port_hi is None or not ports:
            return True
        return any(self.port_lo <= port <= self.port_hi for port in ports)


@dataclass(frozen=True, slots=True)
class Holding:
    """A claim that stands for its source, and how it met the time."""

    claim: Claim
    match: Match
    shared: bool
    """True when the source says that several subscribers used the address at once."""


def holdings(question: Question, claims: Sequence[Claim], namer: Namer) -> list[Holding]:
    """What each source says, best claims only: the longest prefix, the narrowest port block, the latest record."""
    by_source = groupby(sorted(claims, key=lambda claim: claim.source), key=lambda claim: claim.source)
    found = [holding for _, group in by_source for holding in _of_source(question, list(group), namer)]
    # A trace reply bears the port that was asked for, not one that the carrier gave out.
    if not any(claim.port_lo is not None and claim.source != "trace" for claim in claims):
        return found
    # A port block on the address makes it a NAT address: who is named without ports is one of many behind it.
    return [replace(one, shared=one.shared or one.claim.port_lo is None) for one in found]


def _of_source(question: Question, claims: list[Claim], namer: Namer) -> list[Holding]:
    core_from, core_to = question.core
    core: list[set[str]] = []
    margin: list[set[str]] = []
    best: dict[str, Claim] = {}
    shared: set[str] = set()
    for moment in _instants(question, claims):
        holders = _holders(claims, moment, question.ports)
        names = {namer(claim) for claim in holders}
        (core if core_from <= moment <= core_to else margin).append(names)
        shared |= names if len(names) > 1 else set()
        for claim in holders:
            best.setdefault(namer(claim), claim)
    matches = {name: _match(name, core, margin, question.is_short) for name in best}
    return [Holding(claim=best[name], match=match, shared=name in shared) for name, match in matches.items() if match]


def _instants(question: Question, claims: Iterable[Claim]) -> list[datetime]:
    """Core first, so that the claim kept for a holder is the one that held in the middle. One where nothing changes."""
    start, end = question.first - question.slack, question.last + question.slack
    core_from, core_to = question.core
    edges = {edge for claim in claims for edge in (claim.valid_from, claim.valid_to) if edge and start <= edge <= end}
    if not edges:
        return [core_from]
    return sorted(
        edges | {start, end, core_from, core_to}, key=lambda moment: (not core_from <= moment <= core_to, moment)
    )


def _holders(claims: list[Claim], moment: datetime, ports: frozenset[int]) -> list[Claim]:
    alive = [claim for claim in claims if claim.holds_at(moment) and claim.takes_port(ports)]
    if not alive:
        return []
    narrowest = min((claim.host_bits, claim.port_span) for claim in alive)
    top = [claim for claim in alive if (claim.host_bits, claim.port_span) == narrowest]
    newest = max(top, key=lambda claim: (claim.valid_from, claim.record_id or 0, claim.reference))
    if newest.source not in SESSION_SOURCES:
        return [newest]
    # An open session is one whose end was never logged: a later start on the same address ended it.
    return [claim for claim in top if claim is newest or claim.valid_to is not None]


def _match(name: str, core: list[set[str]], margin: list[set[str]], is_short: bool) -> Match | None:
    in_core = [name in names for names in core]
    if all(in_core):
        return Match.EXACT if all(name in names for names in margin) else Match.EDGE
    if any(in_core):
        return Match.PARTIAL
    return Match.EDGE if is_short else None
