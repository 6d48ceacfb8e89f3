"""Does the signature set agree with every sample?

Samples written as bytes need dissectors, which live in a layer above: :func:`check_samples` is given the function that
runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sensor.model.flow import Direction as Way
from sensor.model.observation import MISSING, Observation
from sensor.signature.compile import Signature
from sensor.signature.match import Match
from sensor.signature.names import NameHit
from sensor.signature.samples import Sample, nest
from sensor.signature.set import SignatureSet
from sensor.signature.words import Direction

RunSample: TypeAlias = Callable[[SignatureSet, Sample, Direction], list[Match]]
"""Dissects a sample's bytes as sent in a direction, and matches what they say."""
_LookUp: TypeAlias = Callable[[str], Any]
"""A field or fact of what was found, by its path."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A sample on which a signature did not do what it should."""

    signature: str
    sample: str
    what: str

    def __str__(self) -> str:
        return f"{self.signature}: {self.sample}: {self.what}"


def check_samples(signature_set: SignatureSet, run: RunSample) -> Iterator[Failure]:
    """Every sample on which ``signature_set`` is wrong: positives missed, negatives found by any signature."""
    for signature in signature_set.signatures:
        for sample in signature.samples:
            for what in dict.fromkeys(_complaints(signature_set, signature, sample, run)):
                yield Failure(signature.name, sample.label, what)


def _complaints(signature_set: SignatureSet, signature: Signature, sample: Sample, run: RunSample) -> Iterator[str]:
    for direction in sample.directions:
        found = list(_found(signature_set, sample, direction, run))
        if sample.positive:
            yield from _missed([look_up for name, look_up in found if name == signature.name], sample)
        else:
            yield from (f"{name} matches it" for name, _ in found if name not in sample.allow)


def _found(
    signature_set: SignatureSet, sample: Sample, direction: Direction, run: RunSample
) -> Iterator[tuple[str, _LookUp]]:
    """Names of the signatures that find something, each with the way to what it found."""
    if sample.fields is None:
        matches = run(signature_set, sample, direction)
    else:
        matches = signature_set.match(Observation(Way.ORIG, 0, nest(sample.fields)), direction.sender)
        for hit in _hits(signature_set, sample.fields):
            yield hit.signature.name, _in_hit(hit)
    for match in matches:
        yield match.signature.name, _in_match(match)


def _hits(signature_set: SignatureSet, fields: Mapping[str, Any]) -> Iterator[NameHit]:
    hits = [signature_set.name(str(fields.get(path, ""))) for path in ("tls.sni", "dns.query", "http.host")]
    port = fields.get("port")
    if "ip" in fields:
        hits.append(signature_set.address(str(fields["ip"]), port if isinstance(port, int) else 0))
    yield from (hit for hit in hits if hit is not None)


def _in_match(match: Match) -> _LookUp:
    return lambda path: match.facts.get(path, match.observation.get(path))


def _in_hit(hit: NameHit) -> _LookUp:
    told = {"coin": hit.coin, "operator": hit.entry.operator, "kind": hit.kind}
    return lambda path: told.get(path, MISSING)


def _missed(look_ups: list[_LookUp], sample: Sample) -> Iterator[str]:
    if not look_ups:
        yield "it is not matched"
        return
    for path, value in sample.expect.items():
        seen = [look_up(path) for look_up in look_ups]
        if value not in seen:
            yield f"{path} is {', '.join(_shown(each) for each in seen)}, not {value!r}"


def _shown(value: Any) -> str:
    return "nothing" if value is MISSING else repr(value)[:80]
