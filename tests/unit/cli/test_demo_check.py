"""Would the demo's check notice if something were missing, wrong or made up?"""

from datetime import UTC, datetime, timedelta

import pytest

from sensor.cli.demo import registry
from sensor.cli.demo.check import check_detections, check_weekly_list, expectations, mean_rate
from sensor.model.evidence import Verdict
from sensor.model.wire import Detection, Dialect
from sensor.simulate.traffic import PlantedSession

DAY = datetime(2026, 11, 17, 16, tzinfo=UTC)


def planted(ip="192.0.2.10", port=4001, pool="198.51.100.201", hour=1, shares=(5, 4, 1), worker="w1", coin="XMR"):
    seen = (DAY + timedelta(hours=hour)).isoformat()
    who = (ip, port, pool, 3333, None, Dialect.CRYPTONOTE, coin, "account", [worker], ["agent"])
    return PlantedSession(*who, seen, seen, *shares, 1000.0)


def found(ip="192.0.2.10", ports=(4001,), pool="198.51.100.201", shares=(5, 4, 1), workers=("w1",), **other):
    submitted, accepted, rejected = shares
    return Detection.model_validate(
        {
            "detection_id": "0" * 32,
            "event_id": "1" * 32,
            "sensor": {"id": "s"},
            "state": "closed",
            "first_seen": DAY,
            "last_seen": DAY,
            "miner": {"ip": ip, "port": ports[0], "ports_seen": list(ports)},
            "pool": {"ip": pool, "port": 3333},
            "transport": {"l4": "tcp"},
            "dialect": "cryptonote",
            "account": "account",
            "workers": list(workers),
            "shares": {"submitted": submitted, "accepted": accepted, "rejected": rejected},
            "verdict": "confirmed",
            "score": 95,
            **other,
        }
    )


def listed(ip="192.0.2.10", unit=registry.LAB.name, status="auto", rivals=(), shares=5):
    return {"ip": ip, "unit_name": unit, "status": status, "rivals": list(rivals), "shares_submitted": shares}


def rate(value):
    return {"value": value, "low": value * 0.9, "high": value * 1.1, "unit": "H/s", "method": "accepted-shares"}


NAT = [planted(), planted(port=4002, worker="w2", shares=(7, 7, 0))]
RIVALS = (registry.CARRIERS_CLAIM.name, registry.AAAS_CLAIM.name)


@pytest.mark.parametrize(
    ("truth", "findings", "said"),
    [
        ([planted()], [found()], []),
        ([planted()], [found(coin="XMR")], []),
        ([planted()], [found(hashrate=rate(1100.0))], []),
        ([planted()], [found(hashrate=rate(1500.0))], ["planted 1000"]),
        ([planted()], [found(hashrate=rate(600.0))], ["planted 1000"]),
        (NAT, [found(ports=(4001, 4002), workers=("w1", "w2"), shares=(12, 11, 1))], []),
        ([], [found(verdict=Verdict.SUSPECTED)], []),
        ([planted()], [], ["planted but not found"]),
        ([planted()], [found(verdict=Verdict.SUSPECTED)], ["planted but not found"]),
        ([planted()], [found(verdict=Verdict.PROBABLE)], ["verdict probable"]),
        ([], [found()], ["claimed but not planted"]),
        ([planted()], [found(), found(ip="192.0.2.99")], ["claimed but not planted"]),
        ([planted()], [found(pool="198.51.100.9")], ["claimed but not planted", "planted but not found"]),
        ([planted()], [found(shares=(5, 5, 0))], ["shares (5, 5, 0), planted (5, 4, 1)"]),
        ([planted()], [found(coin="ZEPH")], ["coin ZEPH"]),
        ([planted()], [found(account="other")], ["account other"]),
        ([planted()], [found(workers=())], ["workers []"]),
        (NAT, [found(workers=("w1", "w2"), shares=(12, 11, 1))], ["ports [4001]"]),
    ],
)
def test_detections_are_held_against_the_truth(truth, findings, said):
    faults = check_detections(expectations(truth, DAY), findings)
    assert len(faults) == len(said)
    assert all(text in fault for text, fault in zip(said, faults, strict=True))


@pytest.mark.parametrize(
    ("truth", "rows", "said"),
    [
        ([planted()], [listed()], []),
        ([planted(ip="203.0.113.200")], [listed("203.0.113.200", "", "unknown")], []),
        ([planted(ip="192.0.2.130", hour=6)], [listed("192.0.2.130", "", "conflict", RIVALS)], []),
        ([planted(ip="203.0.113.50", hour=11)], [listed("203.0.113.50", registry.CAFE.name)], []),
        ([planted(ip="203.0.113.50", hour=13)], [listed("203.0.113.50", registry.GARAGE.name)], []),
        ([planted(ip="2001:db8:10::25")], [listed("2001:db8:10::25", registry.INSTITUTE.name)], []),
        ([planted()], [], ["not on the weekly list: 192.0.2.10"]),
        ([], [listed()], ["for no reason: 192.0.2.10"]),
        ([planted()], [listed(unit=registry.SHED.name)], ["not on the weekly list", "for no reason"]),
        ([planted()], [listed(shares=6)], ["6 shares on the weekly list, planted 5"]),
        (
            [planted(ip="203.0.113.50", hour=13)],
            [listed("203.0.113.50", registry.CAFE.name)],
            ["not on the weekly list", "for no reason"],
        ),
        (
            [planted(ip="192.0.2.130", hour=6)],
            [listed("192.0.2.130", RIVALS[0])],
            ["not on the weekly list", "for no reason"],
        ),
    ],
)
def test_the_weekly_list_is_held_against_the_registry(truth, rows, said):
    faults = check_weekly_list(expectations(truth, DAY), rows)
    assert len(faults) == len(said)
    assert all(text in fault for text, fault in zip(said, faults, strict=True))


@pytest.mark.parametrize("unit", registry.units())
def test_made_up_units_are_marked_and_have_right_check_digits(unit):
    codes = pytest.importorskip("stdnum.cn.uscc")
    assert codes.validate(unit.uscc) == unit.uscc
    assert "演示" in unit.name
    assert "演示" in unit.address
    assert unit.uscc[2:8] == unit.division


@pytest.mark.parametrize(
    ("now", "start", "week"),
    [
        ("2026-11-22T06:00:00+00:00", "2026-11-20T16:00:00+00:00", "2026-W47"),
        ("2026-11-22T15:59:59+00:00", "2026-11-20T16:00:00+00:00", "2026-W47"),
        ("2026-11-22T16:00:00+00:00", "2026-11-21T16:00:00+00:00", "2026-W47"),
        ("2027-01-01T12:00:00+00:00", "2026-12-30T16:00:00+00:00", "2026-W53"),
    ],
)
def test_the_day_is_the_last_whole_one_in_shanghai(now, start, week):
    day = registry.day_start_of(datetime.fromisoformat(now))
    assert day == datetime.fromisoformat(start)
    assert registry.week_of(day) == week


def running(start_h: float, end_h: float, rate_hs: float) -> PlantedSession:
    seen = [(DAY + timedelta(hours=hour)).isoformat() for hour in (start_h, end_h)]
    who = ("192.0.2.10", 4001, "198.51.100.201", 3333, None, Dialect.CRYPTONOTE, "XMR", "account", [], [])
    return PlantedSession(*who, *seen, 0, 0, 0, rate_hs)


@pytest.mark.parametrize(
    ("sessions", "mean_hs"),
    [
        ([running(0, 4, 100)], 100),
        ([running(0, 4, 100), running(0, 4, 50)], 150),
        ([running(0, 4, 100), running(6, 10, 50)], 75),
        ([running(0, 4, 100), running(2, 4, 100)], 150),
    ],
)
def test_mean_rate_counts_time_in_common_once(sessions, mean_hs):
    assert mean_rate(sessions) == pytest.approx(mean_hs)
