"""Do a signature's samples prove enough?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sensor.signature.lint.base import Finding, Lint, Place, SignatureLint, Subject
from sensor.signature.set import ESCAPE_ANCHOR

MIN_SAMPLES = 2


class EnoughSamples(SignatureLint):
    """Two positives and two negatives at the least, outside nursery/."""

    name = "samples"
    recommendation = "add samples, or put it into nursery/"

    def check_one(self, subject: Subject) -> Iterator[Place]:
        """How many there are of each."""
        if subject.in_nursery:
            return
        for kind, rows in (
            ("positive", subject.document.samples.positive),
            ("negative", subject.document.samples.negative),
        ):
            if len(rows) < MIN_SAMPLES:
                yield ("samples", kind), f"{len(rows)} {kind} samples are fewer than {MIN_SAMPLES}"


class AnchorInPositives(SignatureLint):
    """A message without an anchor is never looked at, so a positive without one proves nothing."""

    name = "anchor-missing"
    recommendation = "choose literals that every positive sample contains"

    def check_one(self, subject: Subject) -> Iterator[Place]:
        """Every positive that is written as bytes."""
        if subject.protocol is None or subject.protocol.anchor is None:
            return
        literals = [*subject.protocol.anchor.literals, ESCAPE_ANCHOR]
        for sample in subject.samples:
            said = b"".join(data for _, data in sample.talk) if sample.payload is None else sample.payload
            if not sample.positive or not said or (sample.talk and subject.protocol.anchor.lengths):
                continue
            if not any(each in said for each in literals):
                yield ("samples", "positive", sample.index), "the sample contains none of the anchors"


class AllowIsExplained(Lint):
    """A negative that other signatures may match says which and why."""

    name = "allow"
    recommendation = "name signatures that exist, and give the reason in note"

    def check(self, subjects: Sequence[Subject]) -> Iterator[Finding]:
        """Names and note of every ``allow``."""
        names = {subject.document.name for subject in subjects}
        for subject in subjects:
            for sample in () if subject.is_deprecated else subject.samples:
                at = ("samples", "positive" if sample.positive else "negative", sample.index)
                for unknown in sorted(sample.allow - names):
                    yield Finding(subject, at, f"allow names {unknown}, which is no signature")
                if sample.allow and not sample.note:
                    yield Finding(subject, at, "allow has no note")
                if sample.allow and sample.positive:
                    yield Finding(subject, at, "allow is for negative samples")
