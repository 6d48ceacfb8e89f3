"""Is every signature of a set told of, once?"""

from __future__ import annotations

from sensor.model.heartbeat import SignatureHealth
from sensor.signature import load
from sensor.signature.document import IndicatorDocument
from sensor.signature.inventory import inventory


def test_every_signature_and_entry_is_counted_once() -> None:
    signatures = load(None)
    parts = inventory(signatures)
    lists = [each.document for each in signatures.signatures if isinstance(each.document, IndicatorDocument)]
    assert sum(part.signatures for part in parts) == len(signatures.signatures)
    assert sum(part.entries for part in parts) == sum(len(one.indicators.entries) for one in lists)
    assert [part.name for part in parts] == sorted({part.name for part in parts})
    assert {part.verified is not None for part in parts if part.name.startswith("indicator:")} == {True}
    SignatureHealth(fingerprint=signatures.fingerprint, age_s=0, parts=parts)
