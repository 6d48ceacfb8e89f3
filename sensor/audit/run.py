"""What does an audit of captures or of an interface come to? Findings by machine, and what was not seen."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sensor.audit.advice import Cause, advice_for, cause_of
from sensor.audit.assets import Asset, AssetTable
from sensor.audit.coverage import Coverage, FlowCounts
from sensor.audit.link import LinkFacts
from sensor.audit.locate import Locator, Place
from sensor.audit.source import Watched
from sensor.audit.watch import Watch
from sensor.capture.live import LiveCounters
from sensor.detect.scan import scan
from sensor.engine.api import Counters, Engine, PacketSource
from sensor.model.bilingual import Words
from sensor.model.wire import Detection
from sensor.signature import SignatureSet

MAX_UNKNOWN = 200
"""Addresses of ours without a row in the table that are listed one by one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One mining session, the machine it is on, what most likely mines, and what to do."""

    detection: Detection
    place: Place
    cause: Cause
    advice: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """An address of ours that was seen and that no row of the asset table leads to."""

    ip: str
    macs: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Everything an audit says. ``live`` is None for captures; ``table`` is None where none was given."""

    sources: tuple[str, ...]
    made_at: datetime
    findings: tuple[Finding, ...]
    coverage: Coverage
    flows: FlowCounts
    engine: Counters
    live: LiveCounters | None
    damage: str | None
    table: AssetTable | None
    never_seen: tuple[Asset, ...]
    """Rows of the table whose machine sent no packet."""
    seen_addresses: int
    """Addresses of ours that sent something."""
    unknown: tuple[Unknown, ...]
    more_unknown: int
    left_out: int
    """Addresses, MAC addresses and names that the bounds of the link's tables cut."""
    home_networks: tuple[str, ...]
    fingerprint: str
    watch: Watch | None = None
    """How far sensors were watching, where their statements were audited and no packet was seen here."""

    @property
    def claims(self) -> tuple[Finding, ...]:
        """Findings that are mining."""
        return tuple(finding for finding in self.findings if finding.detection.verdict.is_claim)

    @property
    def leads(self) -> tuple[Finding, ...]:
        """Findings that only a person can decide."""
        return tuple(finding for finding in self.findings if not finding.detection.verdict.is_claim)

    @property
    def machines(self) -> int:
        """Machines that mine; addresses without a machine count as one each."""
        return len({each.place.asset.row if each.place.asset else each.place.ip for each in self.claims})


def audit(
    source: PacketSource,
    sources: Sequence[str],
    table: AssetTable | None,
    engine: Engine,
    signatures: SignatureSet,
    *,
    made_at: datetime,
    home_networks: tuple[str, ...] = (),
    live: Callable[[], LiveCounters] | None = None,
) -> AuditReport:
    """Read ``source`` to its end and join what was found with the asset table."""
    listed = [ip for asset in table.assets for ip in asset.ips] if table else []
    coverage, link = Coverage(), LinkFacts(home_networks, listed)
    watched = Watched(source, (coverage.look, link.look))
    result = scan(watched, engine, signatures, home_networks=home_networks)
    locator = Locator(table, link)
    unknown = _unknown(locator, link) if table else []
    return AuditReport(
        sources=tuple(sources),
        made_at=made_at,
        findings=tuple(finding_of(each, locator, signatures) for each in in_order(result.detections)),
        coverage=coverage,
        flows=coverage.counts(),
        engine=result.counters,
        live=live() if live else None,
        damage=result.damage,
        table=table,
        never_seen=tuple(_never_seen(table, link, locator)) if table else (),
        seen_addresses=len(link.hosts),
        unknown=tuple(unknown[:MAX_UNKNOWN]),
        more_unknown=max(0, len(unknown) - MAX_UNKNOWN),
        left_out=link.left_out,
        home_networks=home_networks,
        fingerprint=signatures.short_fingerprint,
    )


def in_order(detections: Iterable[Detection], networks: Sequence[str] = ()) -> list[Detection]:
    """By address, as a table of machines is; only miners in ``networks``, if there are any."""
    homes = [ipaddress.ip_network(network) for network in networks]
    ours = (one for one in detections if not homes or any(ipaddress.ip_address(one.miner.ip) in home for home in homes))
    return sorted(ours, key=_order)


def finding_of(detection: Detection, locator: Locator, signatures: SignatureSet) -> Finding:
    """A session with its machine, what most likely mines, and what to do."""
    place, cause = locator.place(detection.miner.ip), cause_of(detection, signatures.efficiency)
    return Finding(detection, place, cause, advice_for(cause, place))


def _order(detection: Detection) -> tuple[bool, int, datetime]:
    return (*_by_address(detection.miner.ip), detection.first_seen)


def _by_address(ip: str) -> tuple[bool, int]:
    return ":" in ip, int(ipaddress.ip_address(ip))


def _never_seen(table: AssetTable, link: LinkFacts, locator: Locator) -> list[Asset]:
    """Rows without a sign of life. An address that another machine was at is no sign of the one listed with it."""
    found = {locator.place(ip).asset for asset in table.assets for ip in asset.ips if ip in link.hosts}
    return [asset for asset in table.assets if asset not in found and not link.macs_seen.intersection(asset.macs)]


def _unknown(locator: Locator, link: LinkFacts) -> list[Unknown]:
    places = [locator.place(ip) for ip in sorted(link.hosts, key=_by_address)]
    return [Unknown(place.ip, place.macs, place.names) for place in places if place.asset is None]
