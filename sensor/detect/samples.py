"""What do the signatures say of a sample? Runs a sample's bytes through the real dissectors."""

from __future__ import annotations

from sensor.dissect.probe import Dissector
from sensor.dissect.tls import ClientHello
from sensor.dissect.unwrap.layer import Context
from sensor.dissect.unwrap.stream import Opening, Unknown, choose_dissector
from sensor.model.flow import Direction as Way
from sensor.signature import Direction, Match, Sender, SignatureSet
from sensor.signature.samples import Sample

_TURN_NS = 50_000_000
"""Time between the turns of a conversation."""
_SENDERS = {Way.ORIG: Sender.CLIENT, Way.RESP: Sender.SERVER}


def run_sample(signatures: SignatureSet, sample: Sample, direction: Direction) -> list[Match]:
    """Matches on the messages in ``sample.payload``, sent in ``direction`` after the other side's ``after``."""
    if sample.talk:
        return _run_talk(signatures, sample)
    payload = sample.payload or b""
    dissector = choose_dissector(payload)
    if dissector is None:
        return []
    way = Way.RESP if direction is Direction.TO_CLIENT else Way.ORIG
    for before in sample.after:
        dissector.parse(way.other, 0, before, gap=False)
    seen = dissector.parse(way, 0, payload, gap=False)
    return [match for observation in seen for match in signatures.match(observation, direction.sender)]


def _run_talk(signatures: SignatureSet, sample: Sample) -> list[Match]:
    """Matches on a conversation of which the client sends the first turn seen, or the server alone is seen."""
    opening = Opening(Context())
    dissector: Dissector | None = None
    matches: list[Match] = []
    for turn, (sender, data) in enumerate(sample.talk):
        way, at_ns = (Way.ORIG if sender is Sender.CLIENT else Way.RESP), turn * _TURN_NS
        if dissector is not None:
            seen = dissector.parse(way, at_ns, data, gap=False)
        else:
            found = opening.take(way, at_ns, data, gap=False)
            if found is None:
                continue
            if isinstance(found, Unknown | ClientHello):
                return []
            dissector = found
            seen = [
                each
                for one in opening.release()
                for each in found.parse(one.direction, one.at_ns, one.data, gap=one.gap)
            ]
        matches += [match for each in seen for match in signatures.match(each, _SENDERS[each.direction])]
    return matches
