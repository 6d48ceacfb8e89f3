"""What is known of a mining session so far? Evidence, account, shares, names: gathered and merged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sensor.detect.account import split_login
from sensor.detect.coinbase import height_of
from sensor.detect.ethash import epoch_height
from sensor.detect.shares import ShareCount
from sensor.detect.supports import Support
from sensor.estimate.ledger import WorkLedger
from sensor.model.evidence import Evidence, EvidenceClass
from sensor.model.flow import L4, Traffic
from sensor.model.wire import MAX_LIST, CertificateRef, Dialect
from sensor.signature import Match, NameHit, Strength

MAX_EVIDENCE = 32
"""Signatures whose first match is kept as evidence of one session."""
MAX_TEXT = 512
_LISTS = {"worker": "workers", "agent": "agents", "algorithm": "algorithms"}
"""Facts of a message that are gathered in a list."""
ETHASH = "ethash"

FACTS_BYTES, EVIDENCE_BYTES, TEXT_BYTES, ENTRY_BYTES = 3_584, 1_024, 192, 128
"""What an empty session takes, and what it takes to keep evidence, a text or a number besides."""
SPECIFIC_VOTE = 1000
"""One message that only a dialect has outweighs any number that its family shares."""


@dataclass(slots=True)
class Facts:
    """Everything gathered about one session. Lists are bounded; what is over the bound is left out.

    ``sides`` holds who gave protocol evidence: True for the miner's side, False for the pool's.
    """

    first_ns: int
    last_ns: int
    evidence: dict[str, Evidence] = field(default_factory=dict)
    classes: set[EvidenceClass] = field(default_factory=set)
    sides: set[bool] = field(default_factory=set)
    found: set[Support] = field(default_factory=set)
    """What supports the session; see :attr:`supports`."""
    matched: set[tuple[str, int, bool]] = field(default_factory=set)
    """Protocol signatures (name, revision) that held so far, and whether for the miner's side."""
    news: bool = True
    """Something came up that a verdict or the session's place may rest on; the reader takes this back."""
    dialect: Dialect | None = None
    """The dialect that the messages speak for most; None without protocol evidence."""
    dialect_votes: Counter[Dialect] = field(default_factory=Counter)
    account: str | None = None
    login: str | None = None
    """The login field seen last, before it was taken apart."""
    workers: dict[str, None] = field(default_factory=dict)
    agents: dict[str, None] = field(default_factory=dict)
    algorithms: dict[str, None] = field(default_factory=dict)
    chain_points: dict[int, int] = field(default_factory=dict)
    """Block heights that jobs named, and when (ns); a few are enough to tell a chain."""
    coinbase_points: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Block heights from the coinbase transactions of jobs: when (ns), and how hard (compact target)."""
    hits: dict[str, NameHit] = field(default_factory=dict)
    domain: str | None = None
    sni: str | None = None
    ja4: str | None = None
    l4: L4 = "tcp"
    tls: bool = False
    ech: bool = False
    """The name in the hello need not be the server's: the client may have hidden another one (RFC 9849)."""
    certificate: CertificateRef | None = None
    """The server's, where it was seen in the clear."""
    via: tuple[str, ...] = ()
    """Layers around the messages, outermost first."""
    target: str | None = None
    """Where a proxy was asked to connect to, ``host:port``."""
    true_client: str | None = None
    """Client that a PROXY header names, ``ip:port``."""
    shares: ShareCount = field(default_factory=ShareCount)
    work: WorkLedger = field(default_factory=WorkLedger)
    traffic: Traffic = field(default_factory=Traffic)
    """Oriented: ``orig`` is the miner."""
    ports: dict[int, None] = field(default_factory=dict)

    def add_match(self, match: Match, at_ns: int, *, from_miner: bool) -> None:
        """Take in a protocol signature's match. One that held before tells nothing new but of the session."""
        signature = match.signature
        key = (signature.name, signature.revision, from_miner)
        if key not in self.matched:
            self.matched.add(key)
            self._add_evidence(match, at_ns, from_miner=from_miner)
        if signature.evidence.dialect is not None:
            self._vote(signature.evidence.dialect, SPECIFIC_VOTE if signature.evidence.specific else 1)
        self._add_session_facts(match.facts, at_ns)

    def _add_evidence(self, match: Match, at_ns: int, *, from_miner: bool) -> None:
        self.news = True
        evidence = match.signature.evidence
        self.classes.add(evidence.evidence_class)
        if evidence.evidence_class is EvidenceClass.PROTOCOL:
            self.sides.add(from_miner)
            self.found.add(_BY_STRENGTH[evidence.strength])
        else:
            self.found.add(Support.CERTIFICATE)
        self._keep(match.signature.name, match.signature.revision, evidence.evidence_class, at_ns, match.excerpt())

    def _vote(self, dialect: Dialect, votes: int) -> None:
        """The most votes win, the later name where they are equal."""
        self.dialect_votes[dialect] += votes
        if dialect is not self.dialect:
            count, before = self.dialect_votes, self.dialect
            if before is None or (count[dialect], dialect) > (count[before], before):
                self.dialect, self.news = dialect, True

    def add_hit(self, hit: NameHit, seen_as: str, at_ns: int) -> None:
        """Take in a listed name or address; one that does not count only names the operator."""
        self.news = True
        if len(self.hits) < MAX_EVIDENCE:
            self.hits.setdefault(hit.entry.value, hit)
        if hit.counts:
            evidence_class = hit.signature.evidence.evidence_class
            self.classes.add(evidence_class)
            self.found.add(_support_of(hit))
            self._keep(hit.signature.name, hit.signature.revision, evidence_class, at_ns, seen_as)

    def add_support(self, support: Support, at_ns: int, told: str) -> None:
        """Take in what no signature tells: how the session behaves, and what other sessions tell of its ends. What is
        told last stands."""
        is_behaviour = support is Support.BEHAVIOUR
        evidence_class = EvidenceClass.BEHAVIOUR if is_behaviour else EvidenceClass.INDICATOR
        if support not in self.found:
            self.news = True
            self.found.add(support)
            self.classes.add(evidence_class)
        elif is_behaviour:
            self.evidence.pop(support, None)
        self._keep(support, 0, evidence_class, at_ns, told)

    @property
    def supports(self) -> frozenset[Support]:
        """Every kind of support that was found."""
        return frozenset(self.found)

    def held_bytes(self) -> int:
        """About what is gathered."""
        texts = len(self.workers) + len(self.agents) + len(self.algorithms)
        points = len(self.chain_points) + len(self.coinbase_points)
        entries = points + len(self.hits) + len(self.ports) + len(self.matched)
        gathered_bytes = len(self.evidence) * EVIDENCE_BYTES + texts * TEXT_BYTES + entries * ENTRY_BYTES
        return FACTS_BYTES + gathered_bytes + self.shares.held_bytes() + self.work.held_bytes()

    def merge(self, other: Facts) -> None:
        """Take in what another flow of the same session found."""
        self.news = True
        self.matched |= other.matched
        self.first_ns, self.last_ns = min(self.first_ns, other.first_ns), max(self.last_ns, other.last_ns)
        for evidence in other.evidence.values():
            if len(self.evidence) < MAX_EVIDENCE:
                self.evidence.setdefault(evidence.signature, evidence)
        self.classes |= other.classes
        self.sides |= other.sides
        self.found |= other.found
        for dialect, votes in other.dialect_votes.items():
            self._vote(dialect, votes)
        for mine, theirs in self._lists(other):
            for item in theirs:
                remember(mine, item)
        self.chain_points.update(other.chain_points)
        self.coinbase_points.update(other.coinbase_points)
        self.hits.update(other.hits)
        self.account = self.account or other.account
        self.domain, self.sni, self.ja4 = self.domain or other.domain, self.sni or other.sni, self.ja4 or other.ja4
        self.tls |= other.tls
        self.ech |= other.ech
        self.certificate = self.certificate or other.certificate
        self.via = self.via or other.via
        self.target, self.true_client = self.target or other.target, self.true_client or other.true_client
        self.shares.add(other.shares)
        self.work.merge(other.work)
        self.traffic.add(other.traffic)

    def _lists(self, other: Facts) -> list[tuple[dict[Any, None], dict[Any, None]]]:
        names = ("workers", "agents", "algorithms", "ports")
        return [(getattr(self, name), getattr(other, name)) for name in names]

    def _keep(self, name: str, revision: int, evidence_class: EvidenceClass, at_ns: int, excerpt: str) -> None:
        if name not in self.evidence and len(self.evidence) < MAX_EVIDENCE:
            self.evidence[name] = Evidence(name, revision, evidence_class, at_ns, excerpt)

    def _add_session_facts(self, facts: Mapping[str, Any], at_ns: int) -> None:
        for name, value in facts.items():
            if name == "account":
                self._add_account(value)
            elif name in _LISTS:
                remember(getattr(self, _LISTS[name]), value)
            elif name == "server_name" and not self.domain and isinstance(value, str):
                self.domain = value.lower().rstrip(".")[:MAX_TEXT] or None
        if "height" in facts or "seed_hash" in facts:
            self._add_chain_point(facts, at_ns)
        if "coinbase" in facts:
            self._add_coinbase_point(facts, at_ns)

    def _add_account(self, text: Any) -> None:
        if text != self.login and isinstance(text, str) and text.strip():
            self.login, login = text, split_login(text)
            self.account = self.account or login.account[:MAX_TEXT]
            remember(self.workers, login.worker)

    def _add_coinbase_point(self, facts: Mapping[str, Any], at_ns: int) -> None:
        """A job's height as its coinbase transaction has it, and how hard the block is."""
        height, bits = height_of(str(facts["coinbase"])), str(facts.get("bits"))
        if height and len(self.coinbase_points) < MAX_EVIDENCE and re.fullmatch("[0-9a-fA-F]{8}", bits):
            self.coinbase_points.setdefault(height, (at_ns, int(bits, 16)))

    def _add_chain_point(self, facts: Mapping[str, Any], at_ns: int) -> None:
        """A job's height, told plainly or by the seed of its Ethash epoch."""
        height = _number(facts.get("height"))
        if isinstance(seed := facts.get("seed_hash"), str) and (first := epoch_height(seed)):
            remember(self.algorithms, ETHASH)
            height = height or first
        if height and len(self.chain_points) < MAX_EVIDENCE:
            self.chain_points.setdefault(height, at_ns)


_BY_STRENGTH = {
    Strength.UNIQUE: Support.UNIQUE,
    Strength.STRONG: Support.STRONG,
    Strength.AMBIGUOUS: Support.MESSAGE,
}


def _support_of(hit: NameHit) -> Support:
    """A server that answered a probe is listed by its address, in a signature that says so."""
    if hit.signature.evidence.evidence_class is EvidenceClass.PROBE:
        return Support.PROBE
    is_address = hit.signature.indicators is not None and hit.signature.indicators.type == "address"
    return Support.ADDRESS if is_address else Support.NAME


def _number(value: Any) -> int | None:
    """A number, or the hex text of one (``0x492619``)."""
    if isinstance(value, str) and re.fullmatch(r"0x[0-9a-fA-F]{1,16}", value):
        return int(value, 16)
    return value if isinstance(value, int) else None


def remember(known: dict[Any, None], item: Any) -> None:
    """Add a text or number to an ordered, bounded set; anything else is not worth keeping."""
    if isinstance(item, str):
        item = item.strip()[:MAX_TEXT]
    if isinstance(item, str | int) and item not in ("", None) and len(known) < MAX_LIST:
        known.setdefault(item, None)
