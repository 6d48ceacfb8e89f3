"""Was everything found, and nothing else? What the programs said, held against what was planted."""

from __future__ import annotations

import json
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from sensor.cli.demo.registry import holders
from sensor.model.evidence import Verdict
from sensor.model.wire import Detection
from sensor.simulate.traffic import PlantedSession

Place: TypeAlias = tuple[str, str, int, str]
"""What makes a mining session one line: miner address, pool address and port, dialect."""
Row: TypeAlias = dict[str, Any]
SLACK = 1.25
"""Rejected shares are work, too, and one interval in twenty misses: further off than this is a fault."""


@dataclass(frozen=True, slots=True)
class Expected:
    """All planted connections of one place, and who held the miner's address."""

    place: Place
    ports: frozenset[int]
    accounts: frozenset[str]
    workers: frozenset[str]
    coins: frozenset[str | None]
    shares: tuple[int, int, int]
    hashrate_hs: float
    units: frozenset[str]


def expectations(planted: Iterable[PlantedSession], day_start: datetime) -> list[Expected]:
    """What a perfect observer would report, one entry per place."""
    groups: dict[Place, list[PlantedSession]] = defaultdict(list)
    for session in planted:
        groups[session.miner_ip, session.pool_ip, session.pool_port, session.dialect.value].append(session)
    return [_expected(place, sessions, day_start) for place, sessions in groups.items()]


def read_detections(path: Path) -> list[Detection]:
    """The lines of ``minewatch scan --format json`` without the name of the capture."""
    rows = [json.loads(text) for text in path.read_text("utf-8").splitlines()]
    return [Detection.model_validate({k: v for k, v in row.items() if k != "capture"}) for row in rows]


def read_weekly_list(archive: Path) -> list[Row]:
    """The rows of a weekly list's machine-readable file."""
    with zipfile.ZipFile(archive) as files:
        (name,) = (name for name in files.namelist() if name.endswith(".ndjson"))
        return [json.loads(text) for text in files.read(name).decode("utf-8").splitlines()]


def check_detections(expected: list[Expected], detections: list[Detection]) -> list[str]:
    """What is missing, wrong or made up in the sensor's findings; empty when all is well."""
    claims = {place_of(detection): detection for detection in detections if detection.verdict.is_claim}
    faults = [f"claimed but not planted: {place}" for place in claims if place not in {e.place for e in expected}]
    for wanted in expected:
        found = claims.get(wanted.place)
        if found is None:
            faults.append(f"planted but not found: {wanted.place}")
        else:
            faults += [f"{wanted.place}: {fault}" for fault in _differences(wanted, found)]
    return faults


def check_weekly_list(expected: list[Expected], rows: list[Row]) -> list[str]:
    """What is missing, wrong or made up in the weekly list; empty when all is well."""
    wanted: dict[str, int] = defaultdict(int)
    for entry in expected:
        wanted[f"{entry.place[0]} as {_units_text(entry.units)}"] += entry.shares[0]
    listed = {f"{row['ip']} as {_units_text(units_in(row))}": row["shares_submitted"] for row in rows}
    faults = [f"not on the weekly list: {who}" for who in sorted(wanted.keys() - listed.keys())]
    faults += [f"on the weekly list for no reason: {who}" for who in sorted(listed.keys() - wanted.keys())]
    both = sorted(wanted.keys() & listed.keys())
    return faults + [
        f"{who}: {listed[who]} shares on the weekly list, planted {wanted[who]}"
        for who in both
        if listed[who] != wanted[who]
    ]


def place_of(detection: Detection) -> Place:
    """Which place a detection speaks of."""
    pool, dialect = detection.pool, detection.dialect
    return detection.miner.ip, pool.ip or "", pool.port or 0, dialect.value if dialect else ""


def mean_rate(sessions: list[PlantedSession]) -> float:
    """Hash rate over the time in which any of the sessions ran: what all of them worked, over that time."""
    work, mined_s, until = 0.0, 0.0, datetime.min.replace(tzinfo=UTC)
    for session in sorted(sessions, key=lambda one: one.first_seen):
        start, end = datetime.fromisoformat(session.first_seen), datetime.fromisoformat(session.last_seen)
        work += session.hashrate_hs * (end - start).total_seconds()
        mined_s += max(0.0, (end - max(start, until)).total_seconds())
        until = max(until, end)
    return work / mined_s if mined_s else sum(session.hashrate_hs for session in sessions)


def units_in(row: Row) -> frozenset[str]:
    """The units a row names: one, both sides of a conflict, or none."""
    if row["status"] == "conflict":
        return frozenset(row["rivals"])
    return frozenset({row["unit_name"]} - {""})


def _expected(place: Place, sessions: list[PlantedSession], day_start: datetime) -> Expected:
    held = [holders(session.miner_ip, datetime.fromisoformat(session.first_seen), day_start) for session in sessions]
    return Expected(
        place=place,
        ports=frozenset(session.miner_port for session in sessions),
        accounts=frozenset(session.account for session in sessions),
        workers=frozenset(worker for session in sessions for worker in session.workers),
        coins=frozenset(session.coin for session in sessions),
        shares=(
            sum(session.shares_submitted for session in sessions),
            sum(session.shares_accepted for session in sessions),
            sum(session.shares_rejected for session in sessions),
        ),
        hashrate_hs=mean_rate(sessions),
        units=frozenset().union(*held),
    )


def _differences(wanted: Expected, found: Detection) -> Iterable[str]:
    shares = (found.shares.submitted, found.shares.accepted, found.shares.rejected)
    if shares != wanted.shares:
        yield f"shares {shares}, planted {wanted.shares}"
    if found.account not in wanted.accounts:
        yield f"account {found.account}, planted {sorted(wanted.accounts)}"
    if not wanted.workers <= set(found.workers):
        yield f"workers {found.workers}, planted {sorted(wanted.workers)}"
    if not wanted.ports <= {found.miner.port, *found.miner.ports_seen}:
        yield f"ports {found.miner.ports_seen}, planted {sorted(wanted.ports)}"
    rate = found.hashrate
    if rate is not None and not rate.low / SLACK <= wanted.hashrate_hs <= rate.high * SLACK:
        yield f"hash rate {rate.low:.4g}–{rate.high:.4g} {rate.unit}, planted {wanted.hashrate_hs:.4g}"
    # A coin may be left open, where a wallet's form fits several; a wrong one is a fault.
    if found.coin is not None and found.coin not in wanted.coins:
        yield f"coin {found.coin}, planted {sorted(map(str, wanted.coins))}"
    if found.verdict is not Verdict.CONFIRMED:
        yield f"verdict {found.verdict}, both sides were there to be seen"


def _units_text(units: frozenset[str]) -> str:
    return " / ".join(sorted(units)) or "nobody known"
