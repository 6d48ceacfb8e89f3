"""What do the signatures say of a sample? Runs a sample's bytes through the real dissectors."""

from __future__ import annotations

from sensor.detect.flow import choose_dissector
from sensor.model.flow import Direction as Way
from sensor.signature import Direction, Match, SignatureSet
from sensor.signature.samples import Sample


def run_sample(signatures: SignatureSet, sample: Sample, direction: Direction) -> list[Match]:
    """Matches on the messages in ``sample.payload``, sent in ``direction`` after the other side's ``after``."""
    payload = sample.payload or b""
    dissector = choose_dissector(payload)
    if dissector is None:
        return []
    way = Way.RESP if direction is Direction.TO_CLIENT else Way.ORIG
    for before in sample.after:
        dissector.parse(way.other, 0, before, gap=False)
    seen = dissector.parse(way, 0, payload, gap=False)
    return [match for observation in seen for match in signatures.match(observation, direction.sender)]
