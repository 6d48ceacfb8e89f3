"""What does a week come to? Every indicator of the bulletin, from the week's sessions, in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import Any

from collector.lists.gather import Session, sessions_of
from collector.lists.hashrate import Run, peaks
from collector.lists.issuing import Scope
from collector.lists.of_leads import STATE_OWNED
from collector.lists.standing import closed_before

DEFINITIONS = "1"
"""Raise it with every change of what an indicator means; the old ones stay readable in old snapshots."""
UNKNOWN = ""
"""A value that the traffic or the registers do not tell."""
MAX_GROUPS = 2_000
"""Values of one breakdown; what comes after the first so many is counted in one group."""
OTHERS = "…"
_DAY = timedelta(days=1)


@dataclass(slots=True)
class Sum:
    """What adds up over addresses: bytes, kWh with bounds, hash rate by unit with bounds."""

    ips: set[str] = field(default_factory=set)
    leads: set[int] = field(default_factory=set)
    sessions: int = 0
    bytes: float = 0.0
    kwh: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    rates: dict[str, list[float]] = field(default_factory=dict)

    def told(self, scope: Scope) -> dict[str, Any]:
        """As the snapshot keeps it; energy a day over the time of the week that has passed."""
        days = max((scope.cutoff - scope.week.start) / _DAY, 1e-9)
        low, value, high = (round(part / days, 3) for part in self.kwh)
        return {
            "ips": len(self.ips),
            "leads": len(self.leads),
            "sessions": self.sessions,
            "mbps": round(self.bytes * 8 / 1e6 / (days * 86_400), 4),
            "kwh_per_day": {"low": low, "value": value, "high": high},
            "hashrate": {
                unit: dict(zip(("low", "value", "high"), (float(f"{part:.6g}") for part in parts), strict=True))
                for unit, parts in sorted(self.rates.items())
            },
        }


@dataclass(slots=True)
class _Tally:
    """The sums of a week: all of it, and by every breakdown."""

    total: Sum = field(default_factory=Sum)
    groups: dict[str, dict[str, Sum]] = field(default_factory=dict)

    def of(self, breakdown: str, value: str) -> Sum:
        groups = self.groups.setdefault(breakdown, {})
        if value not in groups and len(groups) >= MAX_GROUPS:
            value = OTHERS
        return groups.setdefault(value, Sum())


BREAKDOWNS = ("algorithm", "coin", "pool", "city", "county", "nature")


def indicators(scope: Scope) -> dict[str, Any]:
    """The document of a snapshot; the same sessions and replies give the same document."""
    tally = _Tally()
    for sessions in _by_address(scope):
        _add(tally, sessions, scope)
    closed = closed_before(tally.total.leads, scope.now)
    public = {ip for nature in STATE_OWNED for ip in tally.groups.get("nature", {}).get(nature.value, Sum()).ips}
    ips = len(tally.total.ips)
    return {
        "total": tally.total.told(scope),
        **{
            name: {key: group.told(scope) for key, group in sorted(tally.groups.get(name, {}).items())}
            for name in BREAKDOWNS
        },
        "public": {"ips": len(public), "percent": round(100 * len(public) / ips, 1) if ips else None},
        "clearance": {
            "total": _clearance(tally.total.leads, closed),
            **{
                name: {
                    key: _clearance(group.leads, closed) for key, group in sorted(tally.groups.get(name, {}).items())
                }
                for name in ("city", "county")
            },
        },
    }


def _by_address(scope: Scope) -> Iterator[list[Session]]:
    """The sessions of one lead at one address."""
    ours = (one for one in sessions_of(scope.week, scope.cutoff) if scope.has(one.place.attribution.division_code))
    for _, of_lead in groupby(ours, key=lambda one: one.place.lead_id):
        groups: dict[str, list[Session]] = {}
        for session in of_lead:
            groups.setdefault(session.event.miner_ip, []).append(session)
        yield from groups.values()


def _add(tally: _Tally, sessions: list[Session], scope: Scope) -> None:
    code = sessions[0].place.attribution.division_code
    place = {"city": _level(code, 4), "county": _level(code, 6), "nature": sessions[-1].place.attribution.nature}
    _count(tally.total, sessions, scope)
    for breakdown, value in place.items():
        _count(tally.of(breakdown, value), sessions, scope)
    for breakdown in ("algorithm", "coin", "pool"):
        for value, some in _split(sessions, breakdown):
            _count(tally.of(breakdown, value), some, scope)


def _split(sessions: list[Session], breakdown: str) -> Iterator[tuple[str, list[Session]]]:
    """An address may mine several coins: each of its sessions counts where it belongs."""
    ordered = sorted(sessions, key=lambda one: _value(one, breakdown))
    for value, some in groupby(ordered, key=lambda one: _value(one, breakdown)):
        yield value, list(some)


def _value(session: Session, breakdown: str) -> str:
    event = session.event
    if breakdown == "coin":
        return event.coin
    if breakdown == "algorithm":
        return str(event.body.get("algorithm") or UNKNOWN)
    return str((event.body.get("pool") or {}).get("operator") or event.pool_domain or event.pool_ip or UNKNOWN)


def _count(total: Sum, sessions: list[Session], scope: Scope) -> None:
    total.ips.add(sessions[0].event.miner_ip)
    total.leads.add(sessions[0].place.lead_id)
    total.sessions += len(sessions)
    # What a proxy carries on is counted at the proxy.
    own = [session for session in sessions if not session.event.body.get("counted_in")]
    for session in own:
        part = _part(session, scope)
        traffic = session.event.body.get("traffic") or {}
        total.bytes += part * (traffic.get("bytes_up", 0) + traffic.get("bytes_down", 0))
        energy = session.event.body.get("energy_kwh")
        if energy:
            for index, edge in enumerate(("low", "value", "high")):
                total.kwh[index] += part * energy[edge]
    _add_rates(total, own)


def _add_rates(total: Sum, sessions: Iterable[Session]) -> None:
    """Per unit the most that ran at once at this address; the middle goes with the bounds."""
    runs, middles = [], []
    for session in sessions:
        rate = session.event.body.get("hashrate")
        if rate:
            span = (session.event.first_seen, session.last_seen, rate["unit"])
            runs.append(Run(*span, rate["low"], rate["high"]))
            middles.append(Run(*span, rate["value"], rate["value"]))
    for bounds, middle in zip(peaks(runs), peaks(middles), strict=True):
        sums = total.rates.setdefault(bounds.unit, [0.0, 0.0, 0.0])
        for index, part in enumerate((bounds.low, middle.high, bounds.high)):
            sums[index] += part


def _part(session: Session, scope: Scope) -> float:
    """How much of the time that the statement speaks of lies in the week, from 0 to 1."""
    whole = session.event.last_seen - session.event.first_seen
    within = session.last_seen - max(session.event.first_seen, scope.week.start)
    return min(max(within / whole, 0.0), 1.0) if whole else 1.0


def _level(code: str, digits: int) -> str:
    return code[:digits].ljust(6, "0") if len(code) >= 6 else UNKNOWN


def _clearance(leads: set[int], closed: frozenset[int]) -> dict[str, Any]:
    done = len(leads & closed)
    return {"listed": len(leads), "closed": done, "percent": round(100 * done / len(leads), 1) if leads else None}
