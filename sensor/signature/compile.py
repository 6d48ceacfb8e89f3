"""How does a document become something that can be matched?"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sensor.signature.document import (
    EvidenceDocument,
    IndicatorDocument,
    Indicators,
    ProtocolDocument,
    Scope,
    Session,
    SignatureDocument,
)
from sensor.signature.faults import Fault, Faults
from sensor.signature.parse import Parsed
from sensor.signature.rule import Rule, compile_rule
from sensor.signature.samples import Sample, compile_samples
from sensor.signature.words import Level, Status


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """One signature, ready to use. ``scope``, ``session`` and ``rule`` are of protocol signatures only."""

    id: str
    name: str
    revision: int
    title: str
    level: Level
    status: Status
    path: Path
    evidence: EvidenceDocument
    document: SignatureDocument = field(repr=False)
    samples: tuple[Sample, ...] = field(repr=False)
    scope: Scope | None = None
    session: Session | None = None
    indicators: Indicators | None = field(default=None, repr=False)
    anchors: tuple[bytes, ...] = ()
    rule: Rule | None = field(default=None, repr=False)


def compile_signature(parsed: Parsed[SignatureDocument], faults: Faults) -> Signature | None:
    """The signature of a document; None when it has faults, which then are in ``faults``."""
    before = len(faults)
    document = parsed.document
    samples = compile_samples(parsed, faults)
    rule = compile_rule(parsed, document, faults) if isinstance(document, ProtocolDocument) else None
    if isinstance(document, IndicatorDocument):
        faults.extend(_indicator_faults(parsed, document.indicators))
    if len(faults) > before:
        return None
    return Signature(
        id=str(document.id),
        name=document.name,
        revision=document.revision,
        title=document.title,
        level=document.level,
        status=document.status,
        path=parsed.path,
        evidence=document.evidence,
        document=document,
        samples=samples,
        scope=document.scope if isinstance(document, ProtocolDocument) else None,
        session=document.session if isinstance(document, ProtocolDocument) else None,
        indicators=document.indicators if isinstance(document, IndicatorDocument) else None,
        anchors=_anchors(document),
        rule=rule,
    )


def _anchors(document: SignatureDocument) -> tuple[bytes, ...]:
    if isinstance(document, IndicatorDocument) or document.anchor is None:
        return ()
    return document.anchor.literals


def _indicator_faults(parsed: Parsed[SignatureDocument], indicators: Indicators) -> Iterator[Fault]:
    allowed = {"domain": ("suffix", "exact"), "address": ("exact", "cidr")}[indicators.type]
    if indicators.match not in allowed:
        what = f"match {indicators.match} does not go with type {indicators.type}"
        yield parsed.fault(("indicators", "match"), "format", what, f"use {' or '.join(allowed)}")
    if indicators.coin_labels and indicators.match != "suffix":
        what = f"coin_labels do not go with match {indicators.match}"
        yield parsed.fault(("indicators", "coin_labels"), "format", what, "remove them or use suffix")
    if indicators.match in allowed:
        yield from (_name_faults if indicators.type == "domain" else _address_faults)(parsed, indicators)


def _name_faults(parsed: Parsed[SignatureDocument], indicators: Indicators) -> Iterator[Fault]:
    for index, entry in enumerate(indicators.entries):
        if not entry.value.isascii():
            at = ("indicators", "entries", index, "value")
            yield parsed.fault(at, "name", f"{entry.value!r} is not ASCII", "write it in punycode")


def _address_faults(parsed: Parsed[SignatureDocument], indicators: Indicators) -> Iterator[Fault]:
    read = ipaddress.ip_network if indicators.match == "cidr" else ipaddress.ip_address
    for index, entry in enumerate(indicators.entries):
        try:
            read(entry.value)
        except ValueError as error:
            remedy = "write a network without host bits" if indicators.match == "cidr" else "write one address"
            yield parsed.fault(("indicators", "entries", index, "value"), "address", str(error), remedy)
