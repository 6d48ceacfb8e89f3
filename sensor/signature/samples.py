"""What does a signature's sample say?"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sensor.signature.document import ProtocolDocument, SampleDocument, SignatureDocument, Turn
from sensor.signature.faults import Faults
from sensor.signature.parse import Parsed
from sensor.signature.words import Direction, Sender


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample: the bytes one side sends, or fields that are dissected already."""

    positive: bool
    index: int
    """Place among the positives, or among the negatives; from 0."""
    payload: bytes | None
    talk: tuple[tuple[Sender, bytes], ...]
    """What both sides send in turn, where the sample is a conversation."""
    fields: Mapping[str, Any] | None
    after: tuple[bytes, ...]
    """What the other side sent before, in order."""
    expect: Mapping[str, Any]
    directions: tuple[Direction, ...]
    """The directions it is to be tried in."""
    note: str
    allow: frozenset[str]

    @property
    def label(self) -> str:
        """``positive 1``: how a person finds it in the file."""
        return f"{'positive' if self.positive else 'negative'} {self.index + 1}"


def compile_samples(parsed: Parsed[SignatureDocument], faults: Faults) -> tuple[Sample, ...]:
    """The samples of a document; those that cannot be decoded are left out, with a fault."""
    document = parsed.document
    result = []
    for kind, rows in (("positive", document.samples.positive), ("negative", document.samples.negative)):
        for index, row in enumerate(rows):
            try:
                result.append(_sample(document, row, kind == "positive", index))
            except ValueError as error:
                faults.add(parsed.fault_from(("samples", kind, index), "sample", error))
    return tuple(result)


def nest(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted names as a nested document: ``{"tls.sni": "a"}`` → ``{"tls": {"sni": "a"}}``. Raises ValueError."""
    result: dict[str, Any] = {}
    for path, value in fields.items():
        *parents, last = path.split(".")
        place = result
        for parent in parents:
            place = place.setdefault(parent, {}) if isinstance(place, dict) else place
        if not isinstance(place, dict):
            raise ValueError(f"{path!r} does not go with the fields before it; give one or the other")
        place[last] = value
    return result


def _sample(document: SignatureDocument, row: SampleDocument, positive: bool, index: int) -> Sample:
    spellings = [each for each in (row.text, row.hex, row.base64, row.talk, row.fields) if each is not None]
    if len(spellings) != 1:
        raise ValueError("a sample is one of text, hex, base64, talk or fields; give exactly one")
    if positive and row.sender is not None:
        raise ValueError("'from' is for negative samples; the sender of a positive is named by scope.direction")
    nest(row.fields or {})
    return Sample(
        positive=positive,
        index=index,
        payload=_payload(row),
        talk=tuple(_turn(turn) for turn in row.talk or ()),
        fields=row.fields,
        after=tuple(text.encode() for text in _after(row)),
        expect=row.expect,
        directions=_directions(document, row, positive),
        note=row.note or "",
        allow=frozenset(row.allow),
    )


def _payload(row: SampleDocument) -> bytes | None:
    if row.text is not None:
        return row.text.encode()
    if row.hex is not None:
        return bytes.fromhex(row.hex)
    if row.base64 is not None:
        return base64.b64decode(row.base64, validate=True)
    return None


def _turn(turn: Turn) -> tuple[Sender, bytes]:
    if turn.client is not None:
        return Sender.CLIENT, bytes.fromhex(turn.client)
    return Sender.SERVER, bytes.fromhex(turn.server or "")


def _after(row: SampleDocument) -> tuple[str, ...]:
    if row.after is None:
        return ()
    return (row.after,) if isinstance(row.after, str) else tuple(row.after)


def _directions(document: SignatureDocument, row: SampleDocument, positive: bool) -> tuple[Direction, ...]:
    both = (Direction.TO_SERVER, Direction.TO_CLIENT)
    if row.talk is not None:
        return both[:1]
    if row.sender is not None:
        return both[:1] if row.sender == "client" else both[1:]
    if positive and isinstance(document, ProtocolDocument) and document.scope.direction is not Direction.EITHER:
        return (document.scope.direction,)
    return both
