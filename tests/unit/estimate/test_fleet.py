"""How many machines, and is it a proxy? Rows of what was counted."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

import pytest

from sensor.capture import open_capture
from sensor.detect.links import MAX_RECORDS, Links
from sensor.detect.scan import scan
from sensor.dissect.jsonrpc import JsonRpcLines
from sensor.dissect.stratum_v2 import StratumV2Frames
from sensor.engine.select import choose_engine
from sensor.estimate.fleet import Seen, judge_fleet, peak
from sensor.estimate.jobs import JobBook
from sensor.estimate.ledger import MAX_EXTRANONCES, WorkLedger
from sensor.estimate.tally import NS
from sensor.model.flow import Direction
from sensor.model.wire import Detection, HashRate, PoolRef, digest_id
from sensor.signature import SignatureSet, load
from sensor.simulate.farm import RIGS
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import compose

SINGLE = {"workers": 1, "names": 1, "sessions": 1, "agents": ()}
PROXY = "xmrig-proxy/6.24.0"
CGMINER = ("cgminer/4.11.1",)


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


JUDGED: list[tuple[str, dict[str, Any], tuple[float, str] | None, bool, tuple[int, int | None] | None]] = [
    # (case, what differs from one rig on one connection, rate and algorithm, a proxy?, fleet)
    ("one rig", {}, None, False, None),
    ("one rig at its rate", {"agents": CGMINER}, (1.1e14, "sha256d"), False, None),
    ("two rigs behind NAT", {"workers": 2, "sessions": 2}, None, False, (2, 2)),
    ("two rigs of one name", {"sessions": 2}, None, False, (2, 2)),
    ("a rig and its software's fee", {"workers": 2, "names": 2}, None, False, (2, 2)),
    ("many names on one connection", {"workers": 40, "names": 40}, None, True, (40, None)),
    ("a proxy's agent", {"agents": (PROXY,)}, (1000.0, "randomx"), True, (1, None)),
    ("a proxy's agent, a great rate", {"agents": (PROXY,)}, (1.2e6, "randomx"), True, (5, None)),
    ("a rate of two machines", {"agents": CGMINER}, (1.9e15, "sha256d"), False, (2, 475)),
    ("a rate of a hall", {"agents": CGMINER}, (1e17, "sha256d"), True, (100, 25_000)),
    ("a hall on its own connections", {"agents": CGMINER, "sessions": 100}, (1e17, "sha256d"), False, (100, 100)),
    ("two channels on one connection", {"extranonces": 2}, None, False, (2, 2)),
    ("many channels on one connection", {"extranonces": 5}, None, True, (5, None)),
    ("as many extranonces as connections", {"sessions": 4, "extranonces": 4}, None, False, (4, 4)),
    ("one miner behind", {"miners_behind": 1, "sessions_behind": 1}, None, True, (1, None)),
    ("five miners behind", {"miners_behind": 5, "sessions_behind": 7, "workers_behind": 6}, None, True, (7, None)),
    ("no such algorithm", {"agents": CGMINER}, (1e30, "x17"), False, None),
]


@pytest.mark.parametrize(
    ("changes", "rate", "is_proxy", "fleet"), [row[1:] for row in JUDGED], ids=[row[0] for row in JUDGED]
)
def test_fleet(changes, rate, is_proxy, fleet, signatures) -> None:
    told = rate and HashRate(value=rate[0], low=rate[0], high=rate[0], unit="H/s", method="m")
    judged = judge_fleet(Seen(**{**SINGLE, **changes}), told, rate and rate[1], signatures.efficiency)
    assert judged.is_proxy is is_proxy
    assert (judged.fleet and (judged.fleet.low, judged.fleet.high)) == fleet
    assert judged.fleet is None or judged.fleet.basis


@pytest.mark.parametrize(
    ("spans", "most"),
    [
        ([], 0),
        ([(1, 2)], 1),
        ([(1, 5), (2, 3), (4, 6)], 2),
        ([(1, 5), (2, 4), (3, 6)], 3),
        ([(1, 2), (2, 3)], 1),
        ([(1, 1)], 1),
        ([(1, 1), (1, 1)], 2),
    ],
)
def test_connections_at_once(spans, most) -> None:
    assert peak(spans) == most


def found_in(name: str, signatures: SignatureSet, folder: Path) -> list[Detection]:
    write_pcap(folder / "farm.pcap", compose(name, 3, duration_s=900).rows)
    return list(scan(open_capture(folder / "farm.pcap"), choose_engine(os.environ), signatures).detections)


def test_both_sides_of_a_farms_proxy_are_told_apart_and_counted_once(signatures, tmp_path) -> None:
    found = found_in("farm-proxy", signatures, tmp_path)
    planted = compose("farm-proxy", 3, duration_s=900).sessions
    (uplink,) = [one for one in found if one.role == "proxy"]
    miners = [one for one in found if one.role == "miner"]
    assert len(miners) == RIGS == len(planted) - 1
    assert uplink.pool.ip == planted[-1].pool_ip and uplink.counted_in is None
    assert {one.counted_in for one in miners} == {uplink.detection_id}
    assert uplink.fleet and uplink.fleet.low == uplink.fleet.workers == RIGS
    assert uplink.fleet.high is None or uplink.fleet.high >= RIGS
    assert f"{RIGS} addresses" in uplink.fleet.basis and f"{RIGS} workers on one connection" in uplink.fleet.basis
    counted = [one.hashrate for one in found if one.counted_in is None]
    assert len(counted) == 1 and counted[0]
    assert counted[0].low <= planted[-1].hashrate_hs * 1.1 and planted[-1].hashrate_hs <= counted[0].high * 1.1


def test_a_proxy_whose_miners_are_elsewhere(signatures, tmp_path) -> None:
    (uplink,) = found_in("xmrig-proxy", signatures, tmp_path)
    assert uplink.role == "proxy" and uplink.fleet and uplink.fleet.low >= 4
    assert uplink.power_w and uplink.energy_kwh and uplink.energy_kwh.low < uplink.energy_kwh.high


SHARES: list[tuple[str, list[tuple[int, str, int]], int]] = [
    # (case, connection, extranonce told (or ""), second of a share; at once)
    ("one connection", [(0, "aa", 1), (0, "", 9)], 1),
    ("two at once", [(0, "aa", 1), (1, "bb", 2), (0, "", 9)], 2),
    ("a change on one connection and back", [(0, "aa", 1), (0, "bb", 2), (0, "aa", 3), (0, "bb", 4)], 1),
    ("taken up again on another connection", [(0, "aa", 1), (1, "aa", 2), (0, "", 9)], 1),
    ("one after the other", [(0, "aa", 1), (0, "", 2), (1, "bb", 3), (1, "", 4)], 1),
    ("none told", [(0, "", 1), (1, "", 2)], 0),
]


@pytest.mark.parametrize(("turns", "most"), [row[1:] for row in SHARES], ids=[row[0] for row in SHARES])
def test_extranonces_at_once(turns, most, signatures) -> None:
    ledger, books = WorkLedger(), [JobBook(), JobBook()]
    readers = [JsonRpcLines(), JsonRpcLines()]
    for at, extranonce, second in turns:
        told = f'{{"id":null,"method":"mining.set_extranonce","params":["{extranonce}",4]}}\n' if extranonce else ""
        share = '{"id":7,"method":"mining.submit","params":["u","1","00","62e7a1b2","0badc0de"]}\n'
        for sender, text in ((Direction.RESP, told), (Direction.ORIG, share)):
            for seen in readers[at].parse(sender, second * NS, text.encode(), gap=False):
                books[at].hear(signatures.match(seen), seen.at_ns, ledger)
    assert peak(list(ledger.extranonces.values())) == most


def test_the_channels_of_one_stratum_v2_connection_are_counted(signatures) -> None:
    reader, book, ledger = StratumV2Frames(), JobBook(), WorkLedger()
    for sender, frame in [*map(_channel, range(4)), *map(_share, range(8))]:
        for seen in reader.parse(sender, len(ledger.extranonces) * NS, frame, gap=False):
            book.hear(signatures.match(seen), seen.at_ns, ledger)
    assert list(ledger.extranonces) == [f"0000000{channel}" for channel in range(4)]
    assert peak(list(ledger.extranonces.values())) == 4


def _channel(channel: int) -> tuple[Direction, bytes]:
    body = struct.pack("<II", 1, channel) + b"\xff" * 30 + b"\0\0" + b"\x04" + channel.to_bytes(4, "big") + bytes(4)
    return Direction.RESP, b"\0\0\x11" + len(body).to_bytes(3, "little") + body


def _share(number: int) -> tuple[Direction, bytes]:
    return Direction.ORIG, b"\0\x80\x1a\x18\0\0" + struct.pack("<6I", number % 4, number, 1, 0, 0, 2)


def test_what_software_calls_an_unnamed_rig_is_no_rig(signatures) -> None:
    reader, book, ledger = JsonRpcLines(), JobBook(), WorkLedger()
    hashes = ["0x" + digit * 64 for digit in "ab"]
    for number, worker in enumerate(["rig2", "eth1.0", "rig2"]):
        share = {"id": 4, "worker": worker, "method": "eth_submitWork", "params": [f"0x{number:016x}", *hashes]}
        for seen in reader.parse(Direction.ORIG, NS, json.dumps(share).encode() + b"\n", gap=False):
            book.hear(signatures.match(seen), seen.at_ns, ledger)
    assert ledger.rigs == {"rig2"}


def test_extranonces_are_bounded() -> None:
    ledger = WorkLedger()
    for number in range(MAX_EXTRANONCES + 5):
        ledger.hand_in(str(number), number, number)
    assert len(ledger.extranonces) == MAX_EXTRANONCES
    assert ledger.held_bytes() > MAX_EXTRANONCES * 100


def said(name: str, miner: str, pool: str, rate: float | None = None, **changes: Any) -> Detection:
    document = {
        "detection_id": digest_id(name),
        "event_id": digest_id(name, rate),
        "sensor": {"id": "s1"},
        "state": "updated",
        "first_seen": "2026-03-01T00:00:00Z",
        "last_seen": "2026-03-01T00:10:00Z",
        "miner": {"ip": miner, "port": 40_000},
        "pool": {"ip": pool, "port": 3333},
        "transport": {"l4": "tcp"},
        "dialect": "stratum-v1",
        "verdict": "confirmed",
        "score": 90,
        "hashrate": rate and {"value": rate, "low": rate / 2, "high": rate * 2, "unit": "H/s", "method": "m"},
        **changes,
    }
    return Detection.model_validate(document)


MINER, RELAY, POOL = "192.0.2.1", "192.0.2.9", "198.51.100.7"
PLACES: list[tuple[str, dict[str, Any], str | None, bool]] = [
    ("alike", {}, "sha256d", True),
    ("algorithm not told", {}, None, True),
    ("another algorithm", {}, "scrypt", False),
    ("another dialect, algorithm not told", {"dialect": "cryptonote"}, None, False),
    ("more than the uplink delivers", {"rate": 1e6}, "sha256d", False),
    ("a mere suspicion", {"verdict": "suspected"}, "sha256d", False),
]


@pytest.mark.parametrize(
    ("changes", "algorithm", "linked"), [row[1:] for row in PLACES], ids=[row[0] for row in PLACES]
)
def test_what_hangs_together(changes, algorithm, linked) -> None:
    links = Links()
    changes = {"rate": 100.0, **changes}
    down = said("down", MINER, RELAY, **changes)
    up = said("up", RELAY, POOL, 100.0)
    links.place_of(down, 1, algorithm)
    assert bool(links.place_of(up, 1, "sha256d" if algorithm else None).behind) is linked
    assert links.place_of(down, 1, algorithm).carried_by == (up.detection_id if linked else None)


def test_a_circle_carries_nothing() -> None:
    links = Links()
    links.place_of(said("down", MINER, RELAY), 1, None)
    assert links.place_of(said("up", RELAY, MINER), 1, None).behind == ()


def test_two_ways_on_are_none() -> None:
    links = Links()
    for number in range(2):
        links.place_of(said(f"up{number}", RELAY, f"198.51.100.{number}"), 1, None)
    assert links.place_of(said("down", MINER, RELAY), 1, None).carried_by is None


NAMED = {"ip": POOL, "port": 3333, "domain": "eu.pool.example.org", "operator": "Example"}
NAMES: list[tuple[str, list[dict[str, Any]], dict[str, Any], str | None]] = [
    # (case, pools of other sessions, what is known of this one's besides, the name it gets)
    ("reached by its name in another session", [{}], {}, "eu.pool.example.org"),
    ("the same name twice", [{}, {}], {}, "eu.pool.example.org"),
    ("two names", [{}, {"domain": "us.pool.example.org"}], {}, None),
    ("a name that is not listed", [{"operator": None}], {}, None),
    ("another port", [{"port": 4444}], {}, None),
    ("a name of its own", [{}], {"domain": "own.example.org"}, "own.example.org"),
    ("another operator", [{}], {"operator": "Another"}, None),
]


@pytest.mark.parametrize(("others", "own", "name"), [row[1:] for row in NAMES], ids=[row[0] for row in NAMES])
def test_a_pool_is_named_as_other_sessions_reached_it(others, own, name) -> None:
    links = Links()
    for number, other in enumerate(others):
        reached = said(f"other{number}", MINER, POOL).model_copy(update={"pool": PoolRef(**{**NAMED, **other})})
        links.note(reached, 1, None)
    assert links.named(PoolRef(ip=POOL, port=3333, **own)).domain == name


def test_links_are_bounded() -> None:
    links = Links()
    one = said("x", MINER, POOL)
    for number in range(MAX_RECORDS + 5):
        links.note(one.model_copy(update={"detection_id": f"{number:032x}"}), 1, None)
    assert len(links) == MAX_RECORDS
