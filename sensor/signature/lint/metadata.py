"""Does a signature say about itself what it must?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sensor.model.evidence import EvidenceClass
from sensor.model.wire import Dialect
from sensor.signature.lint.base import Place, SignatureLint, Subject
from sensor.signature.words import Kind, Level, Status

_TAGS = frozenset(
    {"attack.impact", "attack.t1496"}
    | {f"dialect.{dialect}" for dialect in Dialect}
    | {f"kind.{kind}" for kind in Kind}
)
_COIN_TAG = re.compile(r"coin\.[a-z0-9]{2,10}")
_ABOVE_MEDIUM = frozenset({Level.HIGH, Level.CRITICAL})


class TagsAreKnown(SignatureLint):
    """Tags come from the closed list, each once."""

    name = "tags"
    recommendation = "use the tags of SPEC.md, each once"

    def check_one(self, subject: Subject) -> Iterator[Place]:
        """Every tag against the list and those before it."""
        tags = subject.document.tags
        for index, tag in enumerate(tags):
            if tag not in _TAGS and not _COIN_TAG.fullmatch(tag):
                yield ("tags", index), f"the tag {tag} is not on the list"
            elif tag in tags[:index]:
                yield ("tags", index), f"the tag {tag} is here twice"


class TagsTellContent(SignatureLint):
    """Dialect and kind are tags too, so that one list can be searched for everything."""

    name = "tags-content"
    recommendation = "make the tags and the content agree"

    def check_one(self, subject: Subject) -> Iterator[Place]:
        """The dialect and kind tags against the content."""
        wanted = set()
        if (dialect := subject.document.evidence.dialect) is not None:
            wanted.add(f"dialect.{dialect}")
        if subject.indicator is not None:
            wanted.add(f"kind.{subject.indicator.indicators.kind}")
        found = {tag for tag in subject.document.tags if tag.startswith(("dialect.", "kind."))}
        if found != wanted:
            yield ("tags",), f"of dialect and kind the tags tell {_list(found)}, the content {_list(wanted)}"


class StableHasReferences(SignatureLint):
    """What is stable can be looked up."""

    name = "references"
    recommendation = "name the sources, or lower the status"

    def check_one(self, subject: Subject) -> Iterator[Place]:
        """References of stable signatures."""
        if subject.document.status is Status.STABLE and not subject.document.references:
            yield ("references",), "a stable signature has no references"


class IndicatorLevel(SignatureLint):
    """A name or an address alone is a hint, never more than medium."""

    name = "level"
    recommendation = "use medium or less"

    def check_one(self, subject: Subject) -> Iterator[Place]:
        """The level of what yields indicator evidence."""
        document = subject.document
        if document.evidence.evidence_class is EvidenceClass.INDICATOR and document.level in _ABOVE_MEDIUM:
            yield ("level",), f"the level is {document.level} on the strength of an indicator alone"


class EvidenceFits(SignatureLint):
    """Evidence is of the class that its kind of signature can give."""

    name = "evidence"
    recommendation = "mend the evidence"

    def check_one(self, subject: Subject) -> Iterator[Place]:
        """Class and dialect against the kind of signature."""
        evidence = subject.document.evidence
        if subject.indicator is not None and evidence.evidence_class not in _of_list(subject.indicator.indicators.type):
            yield ("evidence", "class"), f"indicators give indicator evidence, not {evidence.evidence_class}"
        if subject.protocol is not None and evidence.evidence_class is EvidenceClass.PROTOCOL:
            if evidence.dialect is None:
                yield ("evidence",), "protocol evidence names no dialect"
            if subject.protocol.session is None:
                yield ("evidence",), "protocol evidence says nothing of the session"


class ModifiedIsKept(SignatureLint):
    """A signature that has changed says when."""

    name = "modified"
    recommendation = "add the date of the last change"

    def check_one(self, subject: Subject) -> Iterator[Place]:
        """``modified`` against ``revision`` and ``date``."""
        document = subject.document
        if document.modified is None:
            if document.revision > 1:
                yield ("revision",), f"revision {document.revision} has no modified date"
        elif document.modified < document.date:
            yield ("modified",), f"modified on {document.modified}, before its date {document.date}"


def _of_list(type_: str) -> frozenset[EvidenceClass]:
    """What a list can give: addresses may be those of servers that answered a probe as pools do."""
    probed = {EvidenceClass.PROBE} if type_ == "address" else set()
    return frozenset({EvidenceClass.INDICATOR, *probed})


def _list(tags: set[str]) -> str:
    return " and ".join(sorted(tags)) or "nothing"
