"""Why this verdict? Each of its rules, whether it held, and by which evidence."""

from __future__ import annotations

from dataclasses import dataclass

from sensor.detect.facts import Facts
from sensor.detect.score import BASE_SCORE, BONUSES, RULES
from sensor.model.bilingual import Words
from sensor.model.evidence import VERDICT_WORDS, Evidence, EvidenceClass, Verdict
from sensor.signature import SignatureSet, Strength


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule of the verdict. ``decides`` is true of the first rule that holds."""

    verdict: Verdict
    words: Words
    holds: bool
    decides: bool


@dataclass(frozen=True, slots=True)
class Points:
    """A part of the score."""

    points: int
    words: Words
    holds: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """One piece of evidence, with what its signature is about and how much it proves."""

    evidence: Evidence
    title: str
    is_unique: bool
    """True when only mining has such a message."""


def reasons_of(facts: Facts) -> list[Reason]:
    """The rules in the order in which they are asked."""
    held = [rule.holds(facts) for rule in RULES]
    first = held.index(True) if True in held else None
    return [
        Reason(rule.verdict, rule.words, holds, number == first)
        for number, (rule, holds) in enumerate(zip(RULES, held, strict=True))
    ]


def points_of(facts: Facts, verdict: Verdict) -> list[Points]:
    """What the score is added up from."""
    base = Points(BASE_SCORE[verdict], VERDICT_WORDS[verdict], True)
    return [base, *(Points(each.points, each.words, each.holds(facts, verdict)) for each in BONUSES)]


def grounds_of(facts: Facts, signatures: SignatureSet) -> list[Ground]:
    """The evidence in the order in which it was found."""
    return [_ground(evidence, signatures) for evidence in facts.evidence.values()]


def _ground(evidence: Evidence, signatures: SignatureSet) -> Ground:
    signature = signatures.get(evidence.signature)
    is_protocol = signature is not None and evidence.evidence_class is EvidenceClass.PROTOCOL
    unique = is_protocol and signature is not None and signature.evidence.strength is Strength.UNIQUE
    return Ground(evidence, signature.title if signature else evidence.signature, unique)
