"""What does a conversation with a server prove? Only what the server itself said counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sensor.dissect.probe import Dissector
from sensor.dissect.tls import ClientHello
from sensor.dissect.unwrap.layer import Context
from sensor.dissect.unwrap.stream import Opening, Unknown
from sensor.model.evidence import EvidenceClass
from sensor.model.flow import Direction
from sensor.model.observation import Observation
from sensor.model.verification import Finding
from sensor.model.wire import Dialect, EvidenceRow, timestamp
from sensor.signature import Match, Sender, SignatureSet, Strength
from sensor.verify.channel import Said

NOISE_KEY_BYTES, NOISE_ANSWER_BYTES = 64, 234
"""Stratum V2, acts 1 and 2 of the handshake (sv2-spec 4.5): a key, and an answer of just this length."""
MAX_EVIDENCE = 8


@dataclass(frozen=True, slots=True)
class Judged:
    """What the server turned out to be, in which dialect, and by which of its messages."""

    finding: Finding
    dialect: Dialect | None = None
    evidence: tuple[EvidenceRow, ...] = ()


def judge(talk: Sequence[Said], signatures: SignatureSet, started_ns: int) -> Judged:
    """Judge a whole conversation. An echo of what we said, and an error that any server may give, prove nothing."""
    if not any(one.direction is Direction.RESP for one in talk):
        return Judged(Finding.SILENT)
    if _is_noise_answer(talk):
        row = _row("stratum_v2_noise_setup_alone", 1, started_ns, f"answered 64 bytes with {NOISE_ANSWER_BYTES}")
        return Judged(Finding.POOL, Dialect.STRATUM_V2, (row,))
    matches = [
        match
        for seen in _messages(talk)
        if seen.direction is Direction.RESP
        for match in signatures.match(seen, Sender.SERVER)
        if match.signature.evidence.evidence_class is EvidenceClass.PROTOCOL
    ]
    if not matches:
        return Judged(Finding.NOT_POOL)
    unique = [match for match in matches if match.signature.evidence.strength is Strength.UNIQUE]
    rows = tuple(_row_of(match, started_ns) for match in (unique or matches)[:MAX_EVIDENCE])
    if not unique:
        return Judged(Finding.UNCLEAR, None, rows)
    specific = [match for match in unique if match.signature.evidence.specific] or unique
    return Judged(Finding.POOL, specific[0].signature.evidence.dialect, rows)


def _is_noise_answer(talk: Sequence[Said]) -> bool:
    said = {way: b"".join(one.data for one in talk if one.direction is way) for way in Direction}
    return len(said[Direction.ORIG]) == NOISE_KEY_BYTES and len(said[Direction.RESP]) == NOISE_ANSWER_BYTES


def _messages(talk: Sequence[Said]) -> list[Observation]:
    """The conversation through the same dissectors that read the wire."""
    opening, dissector, seen = Opening(Context()), None, []
    for one in talk:
        at_ns = round(one.at_s * 1e9)
        if dissector is not None:
            seen += dissector.parse(one.direction, at_ns, one.data, gap=False)
            continue
        found = opening.take(one.direction, at_ns, one.data, gap=False)
        if isinstance(found, Unknown | ClientHello):
            return []
        if found is not None:
            dissector = found
            seen += _read_held(dissector, opening)
    return seen


def _read_held(dissector: Dissector, opening: Opening) -> list[Observation]:
    held = opening.release()
    return [seen for one in held for seen in dissector.parse(one.direction, one.at_ns, one.data, gap=one.gap)]


def _row_of(match: Match, started_ns: int) -> EvidenceRow:
    signature = match.signature
    return _row(signature.name, signature.revision, started_ns + match.observation.at_ns, match.excerpt())


def _row(name: str, revision: int, at_ns: int, excerpt: str) -> EvidenceRow:
    return EvidenceRow(
        signature=name, revision=revision, evidence_class=EvidenceClass.PROBE, at=timestamp(at_ns), excerpt=excerpt
    )
