"""What does a set hold, told in one line per dialect and per kind of indicator?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sensor.model.heartbeat import MAX_PARTS, SignaturePart
from sensor.signature.document import Entry, IndicatorDocument, SignatureDocument
from sensor.signature.set import SignatureSet


def inventory(signatures: SignatureSet) -> list[SignaturePart]:
    """The parts by name, at most :data:`~sensor.model.heartbeat.MAX_PARTS`."""
    groups: dict[str, list[SignatureDocument]] = defaultdict(list)
    for each in signatures.signatures:
        groups[_name(each.document)].append(each.document)
    return [_part(name, groups[name]) for name in sorted(groups)][:MAX_PARTS]


def _name(document: SignatureDocument) -> str:
    if isinstance(document, IndicatorDocument):
        return f"indicator:{document.indicators.kind.value}"
    return document.evidence.dialect.value if document.evidence.dialect else ""


def _part(name: str, documents: Sequence[SignatureDocument]) -> SignaturePart:
    entries: list[Entry] = []
    for one in documents:
        entries += one.indicators.entries if isinstance(one, IndicatorDocument) else ()
    return SignaturePart(
        name=name,
        signatures=len(documents),
        entries=len(entries),
        changed=max(one.modified or one.date for one in documents),
        verified=min((entry.verified for entry in entries), default=None),
    )
