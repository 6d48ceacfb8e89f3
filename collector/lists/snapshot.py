"""What does one row of a list say? A language-neutral document, frozen as it was."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from collector.cases.choices import SourceKind
from collector.cases.routing import DutyMatrix, Matter, Route
from collector.ingest.choices import DetectionVerdict
from collector.lists.divisions import DivisionTree
from collector.lists.gather import Session
from collector.lists.hashrate import Run, peaks
from collector.lists.history import History
from collector.lists.masking import is_person, mask_account, mask_name, shown_address
from collector.lists.week import CHINA, Week
from collector.resolve.choices import Status
from collector.resolve.models import Attribution

MAX_VALUES = 20
"""Longest list of pools, signatures or coins in one row; the rest is counted in ``more``."""

Snapshot = dict[str, Any]


def snapshot(
    sessions: Sequence[Session], past: History, week: Week, tree: DivisionTree, duties: DutyMatrix
) -> Snapshot:
    """One row from all sessions of one lead at one address; who it is comes from the latest of them."""
    latest = max(sessions, key=lambda session: (session.last_seen, session.event.pk))
    attribution = latest.place.attribution
    duty = _duty(attribution, duties)
    return {
        "lead": latest.place.lead.no,
        "week": str(week),
        "ip": latest.event.miner_ip,
        **_seen(sessions, past),
        **_mining(sessions),
        "energy_kwh": _energy(sessions, week),
        "machines": _machines(sessions),
        "operator": latest.event.sensor.operator,
        **unit_of(attribution, tree),
        "category": past.category(week).value,
        "department": dict(duty.names) if duty else None,
        "due": _due(week, duty.list_days if duty else None),
    }


def order_of(row: Snapshot) -> tuple[Any, ...]:
    """Where a row stands in its list: by county (none: last), located before doubtful, then unit, then address."""
    address = ipaddress.ip_address(row["ip"])
    unit = row["unit_name"] or "\uffff"
    doubt = row["status"] in (Status.CONFLICT, Status.UNKNOWN)
    return (not row["county"], row["division_code"], doubt, unit, address.version, int(address), row["lead"])


def unit_of(attribution: Attribution, tree: DivisionTree) -> Snapshot:
    """Who and where, as far as known; a person's name, house number and account are masked."""
    names = tree.names(attribution.division_code)
    named = attribution.unit_name, attribution.uscc, attribution.nature
    personal, address = is_person(*named), shown_address(attribution.address, *named)
    return {
        "province": names.province,
        "city": names.city,
        "county": names.county,
        "division_code": attribution.division_code,
        "status": attribution.status,
        "rivals": [_masked_rival(**rival) for rival in attribution.rivals],
        "unit_name": mask_name(attribution.unit_name) if personal else attribution.unit_name,
        "uscc": attribution.uscc,
        "nature": attribution.nature,
        "subscriber": mask_account(attribution.subscriber),
        "address": address,
        "method": [source for source in attribution.method.split("+") if source],
        "confidence": round(attribution.confidence, 2),
        "masked": personal or address != attribution.address,
    }


def _duty(attribution: Attribution, duties: DutyMatrix) -> Route | None:
    """Who leads as far as a list can know: why it mined is not known yet."""
    facility = attribution.organisation.facility if attribution.organisation else ""
    sources = (SourceKind.SENSOR,)
    return duties.of(Matter(attribution.division_code, attribution.nature, facility, sources=sources))


def _due(week: Week, deadline_days: int | None) -> str | None:
    sunday = week.monday + timedelta(days=6)
    return None if deadline_days is None else (sunday + timedelta(days=deadline_days)).isoformat()


def _seen(sessions: Sequence[Session], past: History) -> Snapshot:
    ports = {port for session in sessions for port in _ports(session)}
    ids = {session.event.detection_id for session in sessions}
    this_week = min(session.event.first_seen for session in sessions)
    first = min(this_week, past.first_at.get(sessions[0].event.miner_ip, this_week))
    return {
        "ports": sorted(ports)[:MAX_VALUES],
        "more_ports": max(0, len(ports) - MAX_VALUES),
        "first_seen": utc_text(first),
        "last_seen": utc_text(max(session.last_seen for session in sessions)),
        "detections": len(ids),
        "shares_submitted": sum(session.submitted for session in sessions),
    }


def _ports(session: Session) -> set[int]:
    event = session.event
    return {port for port in (event.miner_port, *event.body.get("miner", {}).get("ports_seen", [])) if port}


def _mining(sessions: Sequence[Session]) -> Snapshot:
    events = [session.event for session in sessions]
    bodies = [event.body for event in events]
    is_confirmed = any(event.verdict == DetectionVerdict.CONFIRMED for event in events)
    signatures = (row.get("signature") for body in bodies for row in body.get("evidence", []))
    return {
        "coins": _distinct(event.coin for event in events),
        "algorithms": _distinct(body.get("algorithm") for body in bodies),
        "pools": _pools(sessions),
        "dialects": _distinct(event.dialect for event in events),
        "verdict": (DetectionVerdict.CONFIRMED if is_confirmed else DetectionVerdict.PROBABLE).value,
        "signatures": _distinct(signatures),
        "hashrate": [asdict(bounds) for bounds in peaks(_runs(sessions))],
    }


def _pools(sessions: Sequence[Session]) -> list[Snapshot]:
    events = [session.event for session in sessions]
    keys = {(event.pool_domain, event.pool_ip or "", event.pool_port or 0) for event in events}
    return [{"domain": domain, "ip": ip, "port": port or None} for domain, ip, port in sorted(keys)[:MAX_VALUES]]


def _runs(sessions: Sequence[Session]) -> Iterable[Run]:
    for session in sessions:
        rate = session.event.body.get("hashrate")
        if rate:
            yield Run(session.event.first_seen, session.last_seen, rate["unit"], rate["low"], rate["high"])


def _energy(sessions: Sequence[Session], week: Week) -> dict[str, float] | None:
    """Bounds of the week's energy over all sessions; of one that began before, the week's part of its time. None where
    nothing is known of it."""
    found = [(energy, _part(session, week)) for session in sessions if (energy := session.event.body.get("energy_kwh"))]
    if not found:
        return None
    return {edge: round(sum(energy[edge] * part for energy, part in found), 3) for edge in ("low", "high")}


def _machines(sessions: Sequence[Session]) -> dict[str, int | None] | None:
    """Bounds of the machines behind the address: the most that one statement of the week speaks of. None: none does."""
    fleets = [fleet for session in sessions if (fleet := session.event.body.get("fleet"))]
    if not fleets:
        return None
    highs = [fleet.get("high") for fleet in fleets]
    return {"low": max(fleet["low"] for fleet in fleets), "high": None if None in highs else max(highs)}


def _part(session: Session, week: Week) -> float:
    """How much of the time that the statement speaks of lies in the week, from 0 to 1."""
    whole = session.event.last_seen - session.event.first_seen
    within = session.last_seen - max(session.event.first_seen, week.start)
    return min(max(within / whole, 0.0), 1.0) if whole else 1.0


def _masked_rival(unit: str, account: str) -> str:
    if not unit:
        return mask_account(account)
    return mask_name(unit) if is_person(unit, "", "") else unit


def _distinct(values: Iterable[str | None]) -> list[str]:
    return sorted({value for value in values if value})[:MAX_VALUES]


def utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def local_text(utc: str) -> str:
    """A snapshot's time as it stands on paper: China time to the second."""
    return datetime.fromisoformat(utc).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
