"""Do set-based lookups find exactly the records that a walk through all of them finds?"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from collector.registry.addresses import ip_key, network_keys
from collector.registry.models import NatRule, OwnershipRecord
from collector.resolve.claims import Registry
from collector.resolve.holding import Question
from collector.resolve.lookup import current_shape, find
from collector.resolve.options import ResolveOptions
from collector.resolve.services import judge

START = datetime(2026, 11, 16, tzinfo=UTC)
BLOCKS = ("203.0.113.0/24", "203.0.113.64/26", "203.0.113.9/32", "203.0.112.0/20", "0.0.0.0/0", "2001:db8::/32",
          "2001:db8::/64", "2001:db8::7/128", "10.0.0.0/8", "10.1.2.3/32")  # fmt: skip
ADDRESSES = ("203.0.113.9", "203.0.113.70", "203.0.112.1", "198.51.100.1", "2001:db8::7", "2001:db8:1::", "10.1.2.3")
PORTS: Sequence[tuple[int | None, int | None]] = ((None, None), (None, None), (1024, 1535), (1536, 2047), (1024, 65535))
Hold = Callable[..., OwnershipRecord]
Ask = Callable[..., Question]


def build(draw: random.Random, count: int) -> list[OwnershipRecord]:
    rows = []
    for number in range(count):
        low, high = network_keys(ipaddress.ip_network(draw.choice(BLOCKS)))
        port_lo, port_hi = draw.choice(PORTS)
        since = START + timedelta(minutes=draw.randrange(0, 600))
        until = since + timedelta(minutes=draw.randrange(1, 300)) if draw.random() < 0.7 else None
        rows.append(
            OwnershipRecord(
                source="cgn",
                row_no=number,
                network="",
                ip_lo=low,
                ip_hi=high,
                port_lo=port_lo,
                port_hi=port_hi,
                valid_from=since,
                valid_to=until,
                realm=draw.choice(("", "a")),
            )
        )
    return OwnershipRecord.objects.bulk_create(rows)


def draw_question(draw: random.Random) -> Question:
    ip = draw.choice(ADDRESSES)
    first = START + timedelta(minutes=draw.randrange(0, 800))
    ports = frozenset(draw.sample((1, 1024, 1600, 60000), draw.randrange(0, 3)))
    realm = draw.choice(("", "a")) if ip.startswith("10.") else None
    return Question(ip_key(ip), ports, first, first + timedelta(minutes=5), timedelta(seconds=5), realm)


def walk(question: Question, rows: list[OwnershipRecord]) -> set[int]:
    """What must be found: the definition, word for word."""
    low, high = (min(question.ports), max(question.ports)) if question.ports else (0, 65535)
    start, end = question.first - question.slack, question.last + question.slack
    return {
        row.pk
        for row in rows
        if bytes(row.ip_lo) <= question.ip_key <= bytes(row.ip_hi)
        and (row.port_lo is None or row.port_hi is None or (row.port_lo <= high and row.port_hi >= low))
        and row.valid_from <= end
        and (row.valid_to is None or row.valid_to >= start)
        and question.realm in (None, row.realm)
    }


@pytest.mark.parametrize("seed", range(4))
def test_lookup_finds_what_a_walk_finds(db: None, seed: int) -> None:
    draw = random.Random(seed)
    rows = build(draw, 250)
    asked = [draw_question(draw) for _ in range(120)]
    for question, found in zip(asked, find(asked, current_shape(), 10_000), strict=True):
        expected = walk(question, rows)
        got = {record.pk for record in found}
        extra = got - expected
        # Beyond the definition there may be one witness that the address is shared, and only where it is needed.
        assert expected <= got
        assert len(extra) <= 1
        if extra:
            by_pk = {row.pk: row for row in rows}
            assert all(by_pk[pk].port_lo is None for pk in expected)
            assert all(by_pk[pk].port_lo is not None for pk in extra)


def test_records_are_bounded_shortest_prefixes_first(hold: Hold, ask: Ask) -> None:
    for bits in (8, 16, 20, 24, 28, 32):
        hold("filing", str(ipaddress.ip_network(f"203.0.113.9/{bits}", strict=False)), "11-01 00:00")
    (found,) = find([ask("203.0.113.9", "11-17 08:00")], current_shape(), 3)
    assert [record.network.rpartition("/")[2] for record in found] == ["32", "28", "24"]


def test_an_empty_registry_answers_nothing(db: None, ask: Ask) -> None:
    assert find([ask("203.0.113.9", "11-17 08:00", 50001)], current_shape(), 10) == [[]]
    assert find([], current_shape(), 10) == []


def named(question: Question) -> list[tuple[str, str, str]]:
    """What the registry says: subscriber, unit, and how the judgement ends."""
    (claims,) = Registry(ResolveOptions()).claims([question])
    judgement = judge(question, claims, ResolveOptions())
    return sorted((claim.subscriber, claim.unit_name, judgement.status.value) for claim in claims)


def test_a_port_block_leads_through_the_inner_address_to_the_unit(hold: Hold, ask: Ask) -> None:
    hold("cgn", "203.0.113.9/32", "11-17 07:00", "11-17 09:00", port_lo=1024, port_hi=1535, inner_ip="100.64.0.5",
         realm="bras-1")  # fmt: skip
    hold("cgn", "203.0.113.9/32", "11-17 07:00", "11-17 09:00", port_lo=1536, port_hi=2047, inner_ip="100.64.0.6",
         realm="bras-1")  # fmt: skip
    hold("aaa", "100.64.0.5/32", "11-17 06:00", "11-17 12:00", subscriber="jx0001", realm="bras-1")
    hold("aaa", "100.64.0.5/32", "11-17 06:00", "11-17 12:00", subscriber="other network", realm="bras-2")
    hold("line-ledger", "192.0.2.0/30", "01-01 00:00", subscriber="jx0001", unit_name="甲公司")
    assert named(ask("203.0.113.9", "11-17 08:00", 1100)) == [("jx0001", "甲公司", "auto")]


@pytest.mark.parametrize(
    ("when", "subscribers"),
    [("11-17 07:30", ["jx1"]), ("11-17 08:30", ["jx2"]), ("11-17 10:30", [""])],
    ids=["first session", "a lost stop is ended by the next start", "nobody"],
)
def test_the_session_behind_a_block_is_that_of_the_time(
    hold: Hold, ask: Ask, when: str, subscribers: list[str]
) -> None:
    hold("cgn", "203.0.113.9/32", "11-17 07:00", port_lo=1024, port_hi=1535, inner_ip="100.64.0.5")
    hold("aaa", "100.64.0.5/32", "11-17 07:00", subscriber="jx1")
    hold("aaa", "100.64.0.5/32", "11-17 08:00", "11-17 10:00", subscriber="jx2")
    question = ask("203.0.113.9", when, 1100)
    (claims,) = Registry(ResolveOptions()).claims([question])
    judgement = judge(question, claims, ResolveOptions())
    assert [group.members[0].claim.subscriber for group in judgement.groups] == subscribers


def test_a_lost_stop_is_not_ended_in_another_network(hold: Hold, ask: Ask) -> None:
    hold("aaa", "100.64.0.5/32", "11-17 07:00", subscriber="jx1", realm="bras-1")
    hold("aaa", "100.64.0.5/32", "11-17 08:00", "11-17 08:30", subscriber="other network", realm="bras-2")
    hold("cgn", "203.0.113.9/32", "11-17 07:00", port_lo=1024, port_hi=1535, inner_ip="100.64.0.5", realm="bras-1")
    assert named(ask("203.0.113.9", "11-17 10:30", 1100)) == [("jx1", "", "auto")]


@pytest.fixture
def rule(db: None) -> Callable[..., NatRule]:
    """RFC 7422's example made concrete: a /22 of users behind a /28, 1 007 ports each, from port 1024."""

    def make(layout: str = "sequential", **columns: object) -> NatRule:
        low, high = network_keys(ipaddress.ip_network("203.0.113.0/28"))
        values = {"port_first": 1024, "port_last": 65535, "ports_per_user": 1007, **columns}
        return NatRule.objects.create(
            outer="203.0.113.0/28",
            inner="100.64.0.0/22",
            outer_lo=low,
            outer_hi=high,
            layout=layout,
            realm="bras-1",
            valid_from=START - timedelta(days=300),
            **values,
        )

    return make


@pytest.mark.parametrize(
    ("layout", "ip", "port", "inner"),
    [
        ("sequential", "203.0.113.0", 1024, "100.64.0.0"),
        ("sequential", "203.0.113.0", 2030, "100.64.0.0"),
        ("sequential", "203.0.113.0", 2031, "100.64.0.1"),
        ("sequential", "203.0.113.1", 1024, "100.64.0.64"),
        ("sequential", "203.0.113.15", 65470, "100.64.3.255"),
        ("sequential", "203.0.113.15", 65472, None),
        ("sequential", "203.0.113.0", 80, None),
        ("interleaved", "203.0.113.0", 1024, "100.64.0.0"),
        ("interleaved", "203.0.113.0", 1025, "100.64.0.1"),
        ("interleaved", "203.0.113.2", 1024 + 64 * 5 + 3, "100.64.0.131"),
    ],
)
def test_a_nat_rule_computes_the_inner_address(
    rule: Callable[..., NatRule], ask: Ask, layout: str, ip: str, port: int, inner: str | None
) -> None:
    rule(layout)
    (claims,) = Registry(ResolveOptions()).claims([ask(ip, "11-17 08:00", port)])
    assert [claim.inner_ip for claim in claims] == [inner]


@pytest.mark.parametrize("layout", ["sequential", "interleaved"])
def test_every_user_of_a_rule_has_ports_of_its_own(rule: Callable[..., NatRule], ask: Ask, layout: str) -> None:
    rule(layout)
    table = Registry(ResolveOptions()).nat
    seen: dict[str, set[int]] = {}
    for port in range(1024, 65536):
        for claim in table.claims(ask("203.0.113.3", "11-17 08:00", port)):
            seen.setdefault(claim.inner_ip or "", set()).add(port)
    seen.pop("", None)
    assert len(seen) == 64
    assert {len(ports) for ports in seen.values()} == {1007}


def test_a_rule_and_a_session_name_the_account(rule: Callable[..., NatRule], hold: Hold, ask: Ask) -> None:
    rule()
    hold("aaa", "100.64.0.1/32", "11-17 06:00", "11-17 12:00", subscriber="jx0001", realm="bras-1")
    assert named(ask("203.0.113.0", "11-17 08:00", 2031)) == [("jx0001", "", "auto")]


def test_who_is_registered_without_ports_is_one_of_many_behind_a_rule(
    rule: Callable[..., NatRule], hold: Hold, ask: Ask
) -> None:
    rule()
    hold("line-ledger", "203.0.113.0/28", "01-01 00:00", unit_name="某运营商")
    assert ("", "某运营商", "unknown") in named(ask("203.0.113.0", "11-17 08:00", 80))
