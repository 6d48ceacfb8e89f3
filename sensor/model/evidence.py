"""Why we believe it: evidence, its classes, and the verdicts drawn from it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from sensor.model.bilingual import Words


class EvidenceClass(enum.StrEnum):
    """Where evidence comes from; the verdict depends on how classes combine."""

    PROTOCOL = "protocol"
    INDICATOR = "indicator"
    BEHAVIOUR = "behaviour"
    PROBE = "probe"


class Verdict(enum.StrEnum):
    """How sure a detection is, weakest first."""

    SUSPECTED = "suspected"
    PROBABLE = "probable"
    CONFIRMED = "confirmed"

    @property
    def is_claim(self) -> bool:
        """True when the address may be listed as a miner without a person's decision."""
        return self is not Verdict.SUSPECTED


VERDICT_WORDS = {
    Verdict.CONFIRMED: Words("确认", "confirmed"),
    Verdict.PROBABLE: Words("很可能", "probable"),
    Verdict.SUSPECTED: Words("可疑", "suspected"),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One signature's match on one message or name."""

    signature: str
    revision: int
    evidence_class: EvidenceClass
    at_ns: int
    excerpt: str
