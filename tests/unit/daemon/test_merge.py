"""Is a session that two workers see one session to the collector, and what one says alone left as it is?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sensor.daemon.merge import Merger
from sensor.model.wire import Detection, digest_id

START = datetime(2026, 3, 1, tzinfo=UTC)


def said(part: str, state: str = "opened", **changes: Any) -> Detection:
    """A statement of the worker's session ``part``; ``at`` is its last second."""
    at = changes.pop("at", 10)
    dialect = changes.get("dialect", "stratum-v1")
    document = {
        "detection_id": digest_id(part),
        "event_id": digest_id(part, state, at, dialect),
        "sensor": {"id": "s1"},
        "state": state,
        "first_seen": START + timedelta(seconds={"a": 0, "b": 5, "c": 7}[part]),
        "last_seen": START + timedelta(seconds=at),
        "miner": {"ip": "192.0.2.1", "port": 40_000 + ord(part), "ports_seen": [40_000 + ord(part)]},
        "pool": {"ip": "198.51.100.9", "port": 3333},
        "transport": {"l4": "tcp"},
        "dialect": dialect,
        "verdict": "confirmed",
        "score": 90,
        "shares": {"submitted": 5, "accepted": 4, "rejected": 1},
        "traffic": {"packets_up": 10, "bytes_up": 1000},
        "workers": [f"rig-{part}"],
        **changes,
    }
    return Detection.model_validate(document)


def test_one_worker_alone_passes_unchanged() -> None:
    merger = Merger(10)
    statements = [said("a"), said("a", "updated", at=20), said("a", "closed", at=30), said("b"), said("b", "closed")]
    assert [merger.take(0, one) for one in statements] == statements


def test_two_workers_are_one_session() -> None:
    merger = Merger(10)
    first = merger.take(0, said("a"))
    second = merger.take(1, said("b", at=20, verdict="probable", score=60))
    assert second.detection_id == first.detection_id
    assert (second.state, second.verdict, second.score) == ("updated", "confirmed", 90)
    assert (second.shares.submitted, second.shares.accepted, second.traffic.bytes_up) == (10, 8, 2000)
    assert second.miner.ports_seen == [40_097, 40_098]
    assert (second.miner.port, second.first_seen, second.last_seen) == (40_097, START, START + timedelta(seconds=20))
    assert second.workers == ["rig-a", "rig-b"]


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_it_is_closed_when_the_last_part_is(order: str) -> None:
    merger = Merger(10)
    told = [merger.take(0, said("a")), merger.take(1, said("b"))]
    told += [merger.take("ab".index(part), said(part, "closed", at=30)) for part in order]
    assert [one.state for one in told] == ["opened", "updated", "updated", "closed"]
    assert len({one.detection_id for one in told}) == 1
    assert len({one.event_id for one in told}) == 4
    assert told[-1].shares.submitted == 10
    again = said("c")
    assert merger.take(0, again) == again


def test_what_a_lost_worker_had_open_is_closed_as_it_was() -> None:
    merger = Merger(10)
    opened = merger.take(0, said("a"))
    [closed] = merger.lost(0)
    assert (closed.state, closed.detection_id) == ("closed", opened.detection_id)
    assert (closed.shares, closed.last_seen) == (opened.shares, opened.last_seen)
    assert merger.lost(0) == []


def test_a_successor_goes_on_with_the_session_of_the_dead() -> None:
    merger = Merger(10)
    opened = merger.take(0, said("a"))
    merger.orphan(0)
    goes_on = merger.take(1, said("b", at=20))
    assert (goes_on.state, goes_on.detection_id, goes_on.shares.submitted) == ("updated", opened.detection_id, 10)
    assert merger.lost(0) == []
    closed = merger.take(1, said("b", "closed", at=30))
    assert (closed.state, closed.shares.submitted) == ("closed", 10)


def test_a_replay_is_the_same_session_and_adds_nothing() -> None:
    merger = Merger(10)
    statements = [said("a"), said("a", "updated", at=20)]
    first = [merger.take(0, one) for one in statements]
    assert [merger.take(1, one) for one in statements] == first
    assert merger.take(1, said("a", "closed", at=30)).shares.submitted == 5


def test_a_dialect_that_becomes_clear_moves_the_session() -> None:
    merger = Merger(10)
    merger.take(0, said("a", dialect=None))
    named = said("a", "updated", at=20)
    assert merger.take(0, named) == named
    assert merger.take(1, said("b", at=25)).detection_id == named.detection_id


def test_it_joins_the_session_that_has_the_name_already() -> None:
    merger = Merger(10)
    first = merger.take(0, said("a"))
    merger.take(1, said("b", dialect=None))
    joined = merger.take(1, said("b", "updated", at=20))
    assert (joined.detection_id, joined.shares.submitted) == (first.detection_id, 10)


def test_other_pools_and_miners_stay_apart() -> None:
    merger = Merger(10)
    merger.take(0, said("a"))
    for changes in (
        {"pool": {"ip": "198.51.100.10", "port": 3333}},
        {"pool": {"ip": "198.51.100.9", "port": 4444}},
        {"miner": {"ip": "192.0.2.2", "port": 1}},
        {"dialect": "cryptonote"},
    ):
        other = said("b", **changes)
        assert merger.take(1, other) == other
        merger.take(1, said("b", "closed", **changes))


def test_what_is_known_is_bounded() -> None:
    merger = Merger(2)
    for number in range(50):
        one = said("a", miner={"ip": f"192.0.2.{number}", "port": 1}, detection_id=digest_id(number))
        assert merger.take(0, one) == one
    assert len(merger.lost(0)) == 2


def rate(value: float, unit: str = "H/s", recent: float | None = None) -> dict[str, Any]:
    last = None if recent is None else {"value": recent, "low": recent / 10, "high": recent * 10}
    return {"value": value, "low": value / 10, "high": value * 10, "unit": unit, "method": "shares", "last_15m": last}


RATES = [
    # (case, last second of a and of b, their rates, the joint's value and that of its last 15 minutes);
    # a is seen from second 0 on, b from 5 on
    ("half the time at once", 10, 10, rate(10), rate(20), 20, None),
    ("one after the other", 5, 15, rate(10), rate(20), 50 / 3, None),
    ("other units are not added", 10, 10, rate(10), rate(20, "Sol/s"), 10, None),
    ("the last 15 minutes", 10, 10, rate(10, recent=30), rate(20, recent=60), 20, 60),
    ("the last 15 minutes are b's", 5, 2005, rate(10, recent=30), rate(20, recent=60), 20, 60),
]


@pytest.mark.parametrize(
    ("a_ends", "b_ends", "a", "b", "value", "recent"), [row[1:] for row in RATES], ids=[row[0] for row in RATES]
)
def test_hash_rates_are_joined_over_their_times(a_ends, b_ends, a, b, value, recent) -> None:
    merger = Merger(10)
    merger.take(0, said("a", at=a_ends, hashrate=a))
    joined = merger.take(1, said("b", at=b_ends, hashrate=b)).hashrate
    assert joined
    assert (joined.low, joined.value, joined.high) == pytest.approx((value / 10, value, value * 10), rel=1e-2)
    assert (joined.last_15m and joined.last_15m.value) == (recent and pytest.approx(recent, rel=1e-2))


def fleet(low: int, high: int | None, sessions: int = 1) -> dict[str, Any]:
    return {"workers": low, "sessions": sessions, "low": low, "high": high, "basis": "b"}


def span(**edges: Any) -> dict[str, Any]:
    return {"low": 1, "value": 2, "high": 3, "basis": "b", **edges}


JOINED = [
    # (case, a, b, what the joint says)
    ("claims at once", {"reported": {"value": 5, "unit": "H/s", "rigs": 1}},
     {"reported": {"value": 7, "unit": "H/s", "rigs": 2}}, {"reported": {"value": 12, "unit": "H/s", "rigs": 3}}),
    ("a claim of before", {"at": 4, "reported": {"value": 5, "unit": "H/s", "rigs": 1}},
     {"reported": {"value": 7, "unit": "H/s", "rigs": 2}}, {"reported": {"value": 7, "unit": "H/s", "rigs": 2}}),
    ("energy", {"energy_kwh": span(hours=2)}, {"energy_kwh": span(low=10, value=20, high=30, hours=1)},
     {"energy_kwh": span(low=11, value=22, high=33, hours=2)}),
    ("a proxy", {"role": "proxy"}, {}, {"role": "proxy"}),
    ("fleets", {"fleet": fleet(5, 9)}, {"fleet": fleet(3, 4, 2)}, {"fleet": fleet(5, 13, 3)}),
    ("a fleet that nothing bounds", {"fleet": fleet(5, None)}, {}, {"fleet": fleet(5, None, 2)}),
    ("refusals", {"shares": {"submitted": 3, "rejected": 2, "stale": 1}},
     {"shares": {"submitted": 3, "rejected": 1, "duplicate": 1}},
     {"shares": {"submitted": 6, "accepted": 0, "rejected": 3, "stale": 1, "duplicate": 1, "resubmitted": 0,
                 "low_difficulty": 0}}),
    ("the account's checksum", {"account": "x", "account_checksum": "bad"}, {}, {"account_checksum": "bad"}),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b", "wanted"), [row[1:] for row in JOINED], ids=[row[0] for row in JOINED])
def test_estimates_are_joined(a: dict[str, Any], b: dict[str, Any], wanted: dict[str, Any]) -> None:
    merger = Merger(10)
    merger.take(0, said("a", **a))
    joined = merger.take(1, said("b", **{"at": 20, **b})).model_dump(mode="json")
    assert {name: joined[name] for name in wanted} == wanted


def test_a_proxy_and_its_miners_are_linked_over_workers() -> None:
    merger = Merger(10)
    relay = {"ip": "192.0.2.9", "port": 3333}
    miners = [
        said("a", detection_id=digest_id(at), miner={"ip": f"192.0.2.{at}", "port": 1}, pool=relay) for at in (1, 2, 3)
    ]
    for number, one in enumerate(miners):
        assert merger.take(number % 2, one) == one
    uplink = merger.take(1, said("b", miner={"ip": "192.0.2.9", "port": 5}))
    assert (uplink.role, uplink.fleet and uplink.fleet.low) == ("proxy", 3)
    again = merger.take(0, said("a", "updated", detection_id=digest_id(1), miner=miners[0].miner, pool=relay, at=30))
    assert again.counted_in == uplink.detection_id
