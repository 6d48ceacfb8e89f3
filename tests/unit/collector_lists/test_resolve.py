"""Is the unit the one that held the address at the detection's time, and is doubt shown as doubt?"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest

from collector.ingest.models import Detection
from collector.registry.models import Organisation, OwnershipRecord
from collector.resolve.models import Attribution
from collector.resolve.options import ResolveOptions
from collector.resolve.services import resolve, resolve_pending

Record = tuple[str, str, str, str, dict[str, Any]]

A = {"unit_name": "甲公司"}
B = {"unit_name": "乙公司"}
A_CODE = {"unit_name": "甲公司", "uscc": "91350100M000100Y43"}
NOON = "2026-11-18 12:00"
IP = "203.0.113.9"

CASES: list[Any] = [
    pytest.param([], NOON, NOON, "unknown", "", 0.0, id="no record"),
    pytest.param([("line-ledger", IP, "2026-01-01", "", A)], NOON, NOON, "auto", "甲公司", 0.95, id="exact line"),
    pytest.param(
        [("line-ledger", "203.0.113.8/29", "2026-01-01", "", A)], NOON, NOON, "auto", "甲公司", 0.935, id="line prefix"
    ),
    pytest.param(
        [("aaa", IP, "2026-11-18 09:00", "2026-11-18 15:00", A)], NOON, NOON, "auto", "甲公司", 0.9, id="session"
    ),
    pytest.param([("filing", IP, "2026-01-01", "", A)], NOON, NOON, "auto", "甲公司", 0.7, id="filing"),
    pytest.param([("whois", IP, "2026-01-01", "", A)], NOON, NOON, "unknown", "", 0.0, id="whois alone names nobody"),
    pytest.param(
        [("line-ledger", "203.0.112.0/20", "2026-01-01", "", A)], NOON, NOON, "auto", "甲公司", 0.534, id="large block"
    ),
    pytest.param(
        [("line-ledger", IP, "2026-01-01", "", A | {"imported": "2026-06-01"})],
        NOON, NOON, "auto", "甲公司", 0.855, id="stale source",
    ),
    pytest.param(
        [("line-ledger", IP, "2026-01-01", "2026-11-18 11:00", A)], NOON, NOON, "unknown", "", 0.0, id="ended before"
    ),
    pytest.param(
        [("line-ledger", IP, "2026-11-18 13:00", "", A)], NOON, NOON, "unknown", "", 0.0, id="began after"
    ),
    pytest.param(
        [
            ("line-ledger", IP, "2026-01-01", "", A | {"imported": "2026-10-01"}),
            ("line-ledger", IP, "2026-11-10", "", B | {"imported": "2026-11-12"}),
        ],
        "2026-11-05 12:00", "2026-11-05 12:10", "auto", "甲公司", 0.95, id="two imports overlap: before the change",
    ),
    pytest.param(
        [
            ("line-ledger", IP, "2026-01-01", "", A | {"imported": "2026-10-01"}),
            ("line-ledger", IP, "2026-11-10", "", B | {"imported": "2026-11-12"}),
        ],
        NOON, NOON, "auto", "乙公司", 0.95, id="two imports overlap: after the change",
    ),
    pytest.param(
        [
            ("line-ledger", IP, "2026-01-01", "2026-12-31", A),
            ("line-ledger", IP, "2026-11-10", "2026-11-15", B),
        ],
        NOON, NOON, "auto", "甲公司", 0.95, id="a short lease inside a long one ended",
    ),
    pytest.param(
        [
            ("line-ledger", "203.0.113.0/24", "2026-01-01", "", A),
            ("line-ledger", "203.0.113.8/30", "2025-01-01", "", B),
        ],
        NOON, NOON, "auto", "乙公司", 0.94, id="longest prefix wins over a later record",
    ),
    pytest.param(
        [("line-ledger", IP, "2026-01-01", "", A), ("filing", IP, "2026-01-01", "", A)],
        NOON, NOON, "auto", "甲公司", 0.985, id="two sources agree",
    ),
    pytest.param(
        [("line-ledger", IP, "2026-01-01", "", A_CODE), ("filing", IP, "2026-01-01", "", {"unit_name": "甲 公司"})],
        NOON, NOON, "auto", "甲公司", 0.985, id="a name stands for the code it goes with",
    ),
    pytest.param(
        [("line-ledger", IP, "2026-01-01", "", A), ("filing", IP, "2026-01-01", "", B)],
        NOON, NOON, "conflict", "", 0.0, id="two strong sources differ",
    ),
    pytest.param(
        [("line-ledger", IP, "2026-01-01", "", A), ("whois", IP, "2026-01-01", "", B)],
        NOON, NOON, "auto", "甲公司", 0.95, id="a weak source does not contradict",
    ),
    pytest.param(
        [("aaa", IP, "2026-11-18 09:00", "2026-11-18 11:59:58", A), ("aaa", IP, "2026-11-18 11:59:58", "", B)],
        NOON, NOON, "conflict", "", 0.0, id="session changes hands 2 s before",
    ),
    pytest.param(
        [("aaa", IP, "2026-11-18 09:00", "2026-11-18 11:59:50", A), ("aaa", IP, "2026-11-18 11:59:50", "", B)],
        NOON, NOON, "auto", "乙公司", 0.9, id="session changes hands 10 s before",
    ),
    pytest.param(
        [("aaa", IP, "2026-11-18 09:00", "2026-11-18 11:59:58", A), ("aaa", IP, "2026-11-18 11:59:58", "", B)],
        NOON, "2026-11-18 15:00", "auto", "乙公司", 0.72, id="hands changed 2 s before a long session",
    ),
    pytest.param(
        [("aaa", IP, "2026-11-18 09:00", "2026-11-18 12:30", A), ("aaa", IP, "2026-11-18 12:30", "", B)],
        NOON, "2026-11-18 13:00", "conflict", "", 0.0, id="hands change within the session",
    ),
    pytest.param(
        [("aaa", IP, "2026-11-18 09:00", "2026-11-18 11:59:58", A), ("aaa", IP, "2026-11-18 11:59:58", "", A)],
        NOON, NOON, "auto", "甲公司", 0.9, id="the same unit dials in again",
    ),
    pytest.param(
        [("aaa", IP, "2026-11-18 09:00", "", A), ("aaa", IP, "2026-11-18 10:00", "2026-11-18 13:00", B)],
        NOON, NOON, "auto", "乙公司", 0.9, id="a lost stop is ended by the next start",
    ),
    pytest.param(
        [
            ("aaa", IP, "2026-11-18 09:00", "2026-11-18 13:00", A),
            ("aaa", IP, "2026-11-18 10:00", "2026-11-18 14:00", B),
        ],
        NOON, NOON, "unknown", "", 0.0, id="an address shared by two accounts",
    ),
    pytest.param(
        [
            ("cgn", IP, "2026-11-18 09:00", "2026-11-18 13:00", A | {"port_lo": 50000, "port_hi": 50127}),
            ("cgn", IP, "2026-11-18 09:00", "2026-11-18 13:00", B | {"port_lo": 50128, "port_hi": 50255}),
        ],
        NOON, NOON, "auto", "甲公司", 0.85, id="the source port picks the block",
    ),
    pytest.param(
        [
            ("cgn", IP, "2026-11-18 09:00", "2026-11-18 13:00", B | {"port_lo": 40000, "port_hi": 40127}),
            ("aaa", IP, "2026-11-18 09:00", "", A),
        ],
        NOON, NOON, "unknown", "", 0.0, id="a port block makes it a NAT address",
    ),
    pytest.param(
        [("aaa", IP, "2026-11-18 09:00", "", {"subscriber": "0573-1"}), ("filing", IP, "2026-01-01", "", A)],
        NOON, NOON, "auto", "", 0.9, id="an account does not contradict a filed unit",
    ),
    pytest.param(
        [
            ("aaa", IP, "2026-11-18 09:00", "", {"subscriber": "0573-1"}),
            ("line-ledger", "192.0.2.0/30", "2026-01-01", "", A | {"subscriber": "0573-1"}),
        ],
        NOON, NOON, "auto", "甲公司", 0.9, id="the account's unit comes from its line",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("records", "first", "last", "status", "unit", "confidence"), CASES)
def test_attribution(
    records: list[Record],
    first: str,
    last: str,
    status: str,
    unit: str,
    confidence: float,
    own: Callable[..., OwnershipRecord],
    detect: Callable[..., Detection],
) -> None:
    for source, network, since, until, fields in records:
        own(source, network, since, until, **fields)
    attribution = resolve(detect(IP, first, last))
    assert (attribution.status, attribution.unit_name) == (status, unit)
    assert attribution.confidence == pytest.approx(confidence)


@pytest.mark.parametrize(
    ("ip", "network", "confidence"),
    [
        ("2001:db8:1:2::5", "2001:db8:1:2::5/128", 0.95),
        ("2001:db8:1:2::5", "2001:db8:1:2::/64", 0.95),
        ("2001:db8:1:2::5", "2001:db8:1::/56", 0.91),
        ("2001:db8:1:2::5", "2001:db8::/40", 0.498),
    ],
)
def test_ipv6_prefix(
    ip: str, network: str, confidence: float, own: Callable[..., OwnershipRecord], detect: Callable[..., Detection]
) -> None:
    own("line-ledger", network, **A)
    own("line-ledger", "::/0", **B)
    attribution = resolve(detect(ip, NOON))
    assertion = attribution.assertions.get()
    assert assertion.unit_name == "甲公司"
    assert assertion.score == pytest.approx(confidence)
    assert attribution.status == ("auto" if confidence >= 0.5 else "unknown")


def test_conflict_keeps_both_and_chooses_none(
    own: Callable[..., OwnershipRecord], detect: Callable[..., Detection]
) -> None:
    own("line-ledger", IP, **A, address="中山东路1号")
    own("filing", IP, **B, address="中山西路2号")
    attribution = resolve(detect(IP, NOON))
    assert [rival["unit"] for rival in attribution.rivals] == ["甲公司", "乙公司"]
    assert (attribution.address, attribution.organisation, attribution.uscc) == ("", None, "")
    assert not attribution.assertions.filter(chosen=True).exists()
    assert attribution.assertions.count() == 2
    for assertion in attribution.assertions.all():
        assert all(reason["zh"] and reason["en"] for reason in assertion.reasons)


def test_a_new_import_supersedes_and_keeps_the_former_answer(
    own: Callable[..., OwnershipRecord], detect: Callable[..., Detection]
) -> None:
    own("filing", IP, **A)
    event = detect(IP, NOON)
    former = resolve(event)
    own("line-ledger", IP, **A, address="中山东路1号")
    latter = resolve(event)
    former.refresh_from_db()
    assert latter.supersedes == former
    assert (former.is_current, former.confidence, former.address) == (False, 0.7, "")
    assert (latter.is_current, latter.address) == (True, "中山东路1号")


def test_a_second_run_writes_nothing(own: Callable[..., OwnershipRecord], detect: Callable[..., Detection]) -> None:
    own("line-ledger", IP, **A)
    detect(IP, NOON, session="s")
    detect(IP, NOON, "2026-11-18 13:00", session="s")
    first, second = resolve_pending(), resolve_pending()
    assert (first.looked_at, first.written) == (1, 1)
    assert (second.looked_at, second.written) == (0, 0)
    assert Attribution.objects.get().event.last_seen.hour == 5


def test_a_confirmed_answer_stays(own: Callable[..., OwnershipRecord], detect: Callable[..., Detection]) -> None:
    event = detect(IP, NOON)
    Attribution.objects.filter(pk=resolve(event).pk).update(status="confirmed", unit_name="甲公司")
    own("line-ledger", IP, **B)
    assert resolve(event).unit_name == "甲公司"


def test_clock_error_widens_the_edge(own: Callable[..., OwnershipRecord], detect: Callable[..., Detection]) -> None:
    own("aaa", IP, "2026-11-18 09:00", "2026-11-18 11:59:50", **A)
    own("aaa", IP, "2026-11-18 11:59:50", **B)
    assert resolve(detect(IP, NOON, clock_error_ms=8000.0)).status == "conflict"


@pytest.mark.parametrize(
    ("record", "organisation", "division"),
    [
        ({"division_code": "330402"}, None, "330402"),
        ({}, {"division_code": "330481"}, "330481"),
        ({}, None, "330400"),
    ],
    ids=["record", "organisation", "sensor"],
)
def test_division(
    record: dict[str, str],
    organisation: dict[str, str] | None,
    division: str,
    own: Callable[..., OwnershipRecord],
    detect: Callable[..., Detection],
) -> None:
    unit = Organisation.objects.create(name="甲公司", nature="school", **organisation) if organisation else None
    own("line-ledger", IP, **A, **record, organisation=unit)
    attribution = resolve(detect(IP, NOON))
    assert attribution.division_code == division
    assert attribution.nature == ("school" if unit else "")


def test_records_looked_at_are_bounded(own: Callable[..., OwnershipRecord], detect: Callable[..., Detection]) -> None:
    for bits in (16, 20, 24, 28, 32):
        own("line-ledger", str(_block(bits)), unit_name=f"/{bits}")
    attribution = resolve(detect(IP, NOON), ResolveOptions(max_records=2))
    assert attribution.unit_name == "/32"


def _block(bits: int) -> ipaddress.IPv4Network:
    return ipaddress.IPv4Network(f"{IP}/{bits}", strict=False)
