"""Is the hash rate of a lead's week the most it had at once, address by address, and kept as its sessions change?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from hypothesis import given
from hypothesis import strategies as st

from collector.cases.models import LeadRate, LeadSession, LeadWeek
from collector.cases.rates import Most, Rated, most_of
from collector.cases.services import update_leads
from collector.lists.hashrate import Run, peaks
from collector.resolve.services import resolve_pending

Make = Callable[..., Any]
MONDAY = date(2026, 11, 16)
START = datetime(2026, 11, 15, 16, tzinfo=UTC)
"""The Monday's first moment in China."""
HOUR = timedelta(hours=1)
RATE = {"unit": "H/s", "method": "shares", "value": 10.0, "low": 9.0, "high": 12.0}


def ran(hour: float, hours: float, high: float, ip: str = "a", unit: str = "H/s") -> Rated:
    return Rated(START + hour * HOUR, START + (hour + hours) * HOUR, ip, unit, high / 2, high)


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        ([], []),
        ([ran(1, 1, 10)], [(0, "H/s", 10)]),
        ([ran(1, 1, 10), ran(3, 1, 6)], [(0, "H/s", 10)]),
        ([ran(1, 3, 10), ran(3, 1, 6)], [(0, "H/s", 16)]),
        ([ran(1, 1, 10), ran(2, 1, 6)], [(0, "H/s", 16)]),
        ([ran(1, 1, 10), ran(3, 1, 6, ip="b")], [(0, "H/s", 16)]),
        ([ran(1, 1, 10), ran(1, 1, 6, unit="Sol/s")], [(0, "H/s", 10), (0, "Sol/s", 6)]),
        ([ran(-2, 4, 10)], [(-1, "H/s", 10), (0, "H/s", 10)]),
        ([ran(-5, 2, 10), ran(-2, 4, 6), ran(1, 1, 1)], [(-1, "H/s", 10), (0, "H/s", 7)]),
        ([ran(0, 1, 1e18), ran(2, 1, 0.5), ran(5, 9, 1.0), ran(6, 1, 1.0)], [(0, "H/s", 1e18)]),
    ],
    ids=["none", "one", "in turn", "at once", "end to end", "addresses", "units", "Sunday night", "weeks", "sizes"],
)
def test_the_most_at_once(sessions: list[Rated], expected: list[tuple[int, str, float]]) -> None:
    assert most_of(sessions) == [
        Most(MONDAY + timedelta(weeks=week), unit, high / 2, high) for week, unit, high in expected
    ]


_SPANS = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 60), st.integers(1, 1000)), min_size=1, max_size=12)


@given(_SPANS)
def test_it_is_what_a_bulletin_counts(spans: list[tuple[int, int, int]]) -> None:
    sessions = [ran(begin, hours, float(high)) for begin, hours, high in spans]
    (bounds,) = peaks(Run(one.first_seen, one.last_seen, one.unit, one.low, one.high) for one in sessions)
    assert [(one.unit, one.low, one.high) for one in most_of(sessions)] == [(bounds.unit, bounds.low, bounds.high)]


def rates() -> list[tuple[str, date, str, float, float]]:
    rows = LeadRate.objects.order_by("lead__no", "monday", "unit")
    return list(rows.values_list("division_code", "monday", "unit", "low", "high"))


def test_rates_follow_the_sessions(own: Make, detect: Make) -> None:
    own("line-ledger", "203.0.113.9", unit_name="甲公司", division_code="330402")
    detect("203.0.113.9", "2026-11-17 08:00", "1", body={"hashrate": RATE})
    detect("203.0.113.9", "2026-11-10 08:00", "2", body={"hashrate": RATE | {"high": 30.0}})
    detect("203.0.113.9", "2026-11-17 08:00", "3", body={"hashrate": RATE, "counted_in": "0" * 32})
    detect("203.0.113.9", "2026-11-17 08:00", "4", body={"hashrate": RATE}, verdict="suspected")
    detect("203.0.113.9", "2026-11-17 08:00", "5")
    resolve_pending()
    update_leads()
    former = ("330402", MONDAY - timedelta(weeks=1), "H/s", 9.0, 30.0)
    assert rates() == [former, ("330402", MONDAY, "H/s", 9.0, 12.0)]
    detect("203.0.113.9", "2026-11-17 08:00", "6", body={"hashrate": RATE})
    resolve_pending()
    update_leads()
    assert rates() == [former, ("330402", MONDAY, "H/s", 18.0, 24.0)]


@pytest.fixture
def reckoned(_django_db_helper: None, own: Make, detect: Make) -> list[Any]:
    """Rates of sessions as they came in."""
    own("line-ledger", "203.0.113.9", unit_name="甲公司", division_code="330402")
    detect("203.0.113.9", "2026-11-17 08:00", "1", body={"hashrate": RATE})
    detect("203.0.113.9", "2026-11-17 08:00", "2", body={"hashrate": RATE, "counted_in": "0" * 32})
    detect("203.0.113.9", "2026-11-17 08:00", "3")
    detect("203.0.113.10", "2026-11-17 08:00", "4", body={"hashrate": RATE, "counted_in": None})
    nothing = {"hashrate": None, "counted_in": None, "algorithm": None, "pool": {"operator": None}, "energy_kwh": None}
    detect("203.0.113.11", "2026-11-17 08:00", "5", body=nothing)
    resolve_pending()
    update_leads()
    return rates()


def copies() -> list[tuple[object, ...]]:
    """What sessions and weeks copied from statements and attributions."""
    told = ("status", "nature", "coin", "dialect", "algorithm", "pool_operator", "energy_low_kwh", "hashrate_unit")
    weeks = LeadWeek.objects.order_by("lead__no", "monday").values_list("monday", "days", "status", "is_new")
    return [*LeadSession.objects.order_by("detection_id").values_list(*told), *weeks]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_forward_on_data(reckoned: list[Any]) -> None:
    before = copies()
    MigrationExecutor(connection).migrate([("cases", "0004_one_duty_matrix")])
    MigrationExecutor(connection).migrate([("cases", "0006_rates_of_leads")])
    assert rates() == reckoned
    assert copies() == before
    assert [row[3:] for row in reckoned] == [(9.0, 12.0), (9.0, 12.0)]
