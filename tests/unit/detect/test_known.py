"""What do confirmed sessions tell of flows that nobody can read, for how long, and of whom not?"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from sensor.detect.facts import Facts
from sensor.detect.known import Known
from sensor.detect.recent import Recent
from sensor.detect.supports import Support
from sensor.model.cuts import TableCuts
from sensor.model.flow import Endpoint
from sensor.model.wire import CertificateRef, Detection

S = 10**9
HOUR = 3600 * S
SERVER, MINER = Endpoint("93.184.216.34", 3333), "192.0.2.10"
CLOUDFLARE = "104.16.1.1"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROW = {"signature": "stratum_v1_notify", "revision": 1, "class": "protocol", "at": NOW, "excerpt": ""}
CERTIFICATE = CertificateRef(subject="CN=a", issuer="CN=a", sha256="ab" * 32, not_before=NOW, not_after=NOW)


def said(**changes: Any) -> Detection:
    """A confirmed session that was read, changed as told."""
    told: dict[str, Any] = {
        "detection_id": "0" * 32,
        "event_id": "1" * 32,
        "sensor": {"id": "s"},
        "state": "opened",
        "first_seen": NOW,
        "last_seen": NOW,
        "miner": {"ip": MINER, "port": 40_000},
        "pool": {"ip": SERVER.ip, "port": SERVER.port, "domain": "hidden.example.org", "certificate": CERTIFICATE},
        "transport": {"l4": "tcp"},
        "dialect": "stratum-v1",
        "verdict": "confirmed",
        "score": 90,
        "evidence": [ROW],
    }
    return Detection.model_validate(told | changes)


def _pool(**changes: Any) -> dict[str, Any]:
    return {"ip": SERVER.ip, "port": 3333, **changes}


BEHAVIOUR_ROW = {**ROW, "class": "behaviour"}


@pytest.mark.parametrize(
    ("session", "miner", "server", "facts", "expected"),
    [
        ({}, "192.0.2.99", SERVER, {}, "spoke-server cluster"),
        ({}, "192.0.2.99", Endpoint(SERVER.ip, 443), {}, "spoke-server cluster"),
        ({}, MINER, Endpoint("198.51.100.9", 443), {}, "spoke-miner"),
        ({}, "192.0.2.99", Endpoint("198.51.100.9", 443), {}, ""),
        ({}, "192.0.2.99", Endpoint("198.51.100.9", 443), {"domain": "hidden.example.org"}, "cluster"),
        ({}, "192.0.2.99", Endpoint("198.51.100.9", 443), {"certificate": CERTIFICATE}, "cluster"),
        ({"verdict": "probable"}, MINER, SERVER, {}, ""),
        ({"verdict": "suspected"}, MINER, SERVER, {}, ""),
        ({"evidence": [BEHAVIOUR_ROW], "dialect": None}, MINER, SERVER, {}, "cluster"),
        ({"pool": _pool(ip=CLOUDFLARE)}, "192.0.2.99", Endpoint(CLOUDFLARE, 443), {}, ""),
        ({"pool": _pool(ip=CLOUDFLARE)}, MINER, Endpoint(CLOUDFLARE, 443), {}, "spoke-miner"),
    ],
    ids=[
        "the same server",
        "another port of the server",
        "the same host",
        "strangers",
        "the name of a confirmed pool",
        "the certificate of a confirmed pool",
        "a probable session tells nothing",
        "nor a suspected one",
        "a confirmed session that nobody read is of a pool, but did not speak",
        "an address that everybody shares",
        "but its miner is known",
    ],
)
def test_supports(session: dict[str, Any], miner: str, server: Endpoint, facts: dict[str, Any], expected: str) -> None:
    known = Known(100, 3600)
    known.note(said(**session), 0)
    found = [support for support, told in known.supports(Facts(0, 0, **facts), miner, server, HOUR // 2) if told]
    assert found == [Support(each) for each in expected.split()]


def test_all_is_forgotten_in_time() -> None:
    known = Known(100, 3600)
    known.note(said(), 0)
    known.asked(MINER, "donate.example.org", 0)
    assert len(list(known.supports(Facts(0, 0), MINER, SERVER, HOUR))) == 4
    assert not list(known.supports(Facts(0, 0), MINER, SERVER, HOUR + 1))


def test_a_full_table_forgets_the_oldest_and_counts_it() -> None:
    cuts = TableCuts()
    known = Known(2, 3600, cuts)
    for number in range(5):
        known.asked(f"192.0.2.{number}", "donate.example.org", number)
    assert cuts.known == 3
    told = [bool(list(known.supports(Facts(0, 0), f"192.0.2.{number}", SERVER, 10))) for number in range(5)]
    assert told == [False, False, False, True, True]


def _at(ms: int, hosts: str) -> list[tuple[str, int]]:
    return [(host, ms) for host in hosts]


@pytest.mark.parametrize(
    ("heard", "server", "expected"),
    [
        ([("a", 0), ("b", 1), ("c", 2), ("a", 150_000), ("b", 150_050), ("c", 150_090)], SERVER, True),
        ([("a", 0), ("b", 1), ("c", 2)], SERVER, False),
        ([("a", 0), ("b", 1), ("a", 150_000), ("b", 150_001)], SERVER, False),
        ([("a", 0), ("b", 400), ("c", 800), ("a", 150_000), ("b", 150_400), ("c", 150_800)], SERVER, False),
        (
            [("a", 0), ("b", 1), ("c", 2), ("a", 150_000), ("b", 150_050), ("c", 150_090)],
            Endpoint(CLOUDFLARE, 443),
            False,
        ),
        ([*_at(0, "abcDEF"), *_at(150_000, "FEDcba")], SERVER, True),
        ([*_at(0, "abcDEFG"), *_at(150_000, "abcDEFG")], SERVER, False),
        ([*_at(0, "abcDEFG"), *_at(150_000, "abc")], SERVER, False),
        ([*_at(0, "DEFGabc"), *_at(150_000, "abc"), *_at(300_000, "abcd")], SERVER, True),
        ([*_at(0, "abc"), *_at(101, "DEFG"), *_at(150_000, "abc"), *_at(150_101, "DEFG")], SERVER, True),
    ],
    ids=[
        "three hosts, twice in step",
        "once is chance",
        "two hosts",
        "out of step",
        "an address everybody shares",
        "as many others",
        "more others",
        "more others, once",
        "more others, but twice fewer",
        "others at another moment",
    ],
)
def test_hosts_in_step(heard: list[tuple[str, int]], server: Endpoint, expected: bool) -> None:
    """Hosts in capitals behave otherwise than mining."""
    known = Known(100, 3600)
    for host, at_ms in heard:
        known.heard(server, host.lower(), at_ms * 1_000_000, is_suspect=host.islower())
    found = [support for support, _ in known.supports(Facts(0, 0), "a", server, 151 * S)]
    assert found == ([Support.SYNCHRONOUS] if expected else [])


@pytest.mark.parametrize("share", [0.01, 0.1])
def test_who_is_taken_for_mining_by_chance_finds_no_others(share: float) -> None:
    """200 clients of a server that tells them all the same at once; some look like mining, the same ones for good."""
    rng = random.Random(7)
    for number in range(20):
        known, server = Known(100, 1e6), Endpoint(SERVER.ip, number + 1)
        suspects = [rng.random() < share for _ in range(200)]
        for at_s in range(0, 600, 150):
            for host, is_suspect in enumerate(suspects):
                known.heard(server, f"192.0.2.{host}", at_s * S, is_suspect=is_suspect)
                assert not (is_suspect and list(known.supports(Facts(0, 0), f"192.0.2.{host}", server, at_s * S)))


def test_moments_and_hosts_of_one_server_are_bounded() -> None:
    known = Known(100, 1e6)
    for number in range(5000):
        known.heard(SERVER, f"192.0.2.{number}", number // 100 * S, is_suspect=True)
    (rounds,) = [rounds for _, rounds in known._rounds._entries.values()]
    assert len(rounds) == 16
    assert max(len(one.hosts) for one in rounds) == 64


def test_recent_holds_from_the_last_time() -> None:
    table: Recent[str, int] = Recent(10, 100, lambda: None)
    table.put("a", 1, 0)
    table.put("a", 2, 90)
    assert (table.get("a", 150), table.get("a", 191), len(table)) == (2, None, 0)
