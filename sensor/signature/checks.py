"""Does the signature set agree with every sample?

Samples written as bytes need dissectors, which live in a layer above: :func:`check_samples` is given the function that
runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sensor.model.flow import Direction as Way
from sensor.model.observation import MISSING, Observation
from sensor.signature.compile import Signature
from sensor.signature.match import Match
from sensor.signature.samples import Sample, nest
from sensor.signature.set import SignatureSet
from sensor.signature.words import Direction

RunSample: TypeAlias = Callable[[SignatureSet, Sample, Direction], list[Match]]
"""Dissects a sample's bytes as sent in a direction, and matches what they say."""


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
            for what in _complaints(signature_set, signature, sample, run):
                yield Failure(signature.name, sample.label, what)


def _complaints(signature_set: SignatureSet, signature: Signature, sample: Sample, run: RunSample) -> Iterable[str]:
    found: dict[str, list[Match | None]] = {}
    for direction in sample.directions:
        for name, match in _found(signature_set, sample, direction, run):
            found.setdefault(name, []).append(match)
    if not sample.positive:
        return [f"{name} matches it" for name in sorted(found) if name not in sample.allow]
    if signature.name not in found:
        return ["it is not matched"]
    matches = [match for match in found[signature.name] if match is not None]
    return [text for path, value in sample.expect.items() if (text := _unexpected(matches, path, value))]


def _found(
    signature_set: SignatureSet, sample: Sample, direction: Direction, run: RunSample
) -> Iterator[tuple[str, Match | None]]:
    if sample.fields is None:
        yield from ((match.signature.name, match) for match in run(signature_set, sample, direction))
        return
    observation = Observation(Way.ORIG, 0, nest(sample.fields))
    sender = direction.sender
    yield from ((match.signature.name, match) for match in signature_set.match(observation, sender))
    yield from ((name, None) for name in _hit_names(signature_set, sample.fields))


def _hit_names(signature_set: SignatureSet, fields: Mapping[str, Any]) -> Iterator[str]:
    for path in ("tls.sni", "dns.query", "http.host"):
        hit = signature_set.name(str(fields.get(path, "")))
        if hit is not None:
            yield hit.signature.name
    if "ip" in fields:
        hit = signature_set.address(str(fields["ip"]), int(fields.get("port", 0)))
        if hit is not None:
            yield hit.signature.name


def _unexpected(matches: list[Match], path: str, value: Any) -> str | None:
    seen = [match.facts.get(path, match.observation.get(path)) for match in matches]
    if value in seen:
        return None
    shown = ", ".join("nothing" if each is MISSING else repr(each)[:80] for each in seen) or "nothing"
    return f"{path} is {shown}, not {value!r}"
