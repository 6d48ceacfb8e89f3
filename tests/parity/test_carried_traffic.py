"""Do both engines say the same of traffic in every tunnel and in any parts, and is nothing of it lost?"""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parity_kit import Account, Memory, account

from sensor.capture import open_capture
from sensor.engine.api import AddressEntry, Engine, Frame, Limits, Program
from sensor.engine.portable import PortableEngine
from sensor.model.flow import Endpoint
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import compose
from sensor.simulate.wraps.carriers import CARRIERS, find_carrier

PROGRAM = Program("carried", (b'"mining.',), frozenset(), frozenset(), ())
DURATION_S = 100
FAMILIES = {
    "ipv4": {"host": None},
    "ipv6": {
        "client": Endpoint("2001:db8:1::1", 49_152),
        "server": Endpoint("2001:db8:2::7", 3333),
        "host": None,
    },
}
NESTS = (
    "qinq mpls gre vxlan",
    "fragments gtpu",
    "fragments-backwards vxlan fragments-tiny",
    "pppoe l2tp fragments",
    "teredo ip-in-ipv6",
    "fragments authentication",
)
"""Carriers in each other, the first one outermost."""
DROPPED = {("ipv6", "fragments-overlapping")}
"""RFC 5722 has these given up."""
NOT_FOR = {("ipv4", "teredo")}


def _write(path: Path, carriers: str, family: str) -> int:
    around = tuple(map(find_carrier, carriers.split()))
    traffic = compose("stratum-v1", 3, duration_s=DURATION_S, carriers=around, **FAMILIES[family])
    return write_pcap(path, traffic.rows)


def _both(path: Path, native: Engine) -> tuple[Account, Account]:
    return account(native, PROGRAM, open_capture(path)), account(PortableEngine(), PROGRAM, open_capture(path))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("carriers", [*CARRIERS, *NESTS])
def test_what_is_carried_is_read(native: Callable[[], Engine], tmp_path: Path, carriers: str, family: str) -> None:
    if (family, carriers) in NOT_FOR:
        pytest.skip("it cannot carry IPv4")
    _write(bare := tmp_path / "bare.pcap", "", family)
    _write(carried := tmp_path / "carried.pcap", carriers, family)
    plain, _ = _both(bare, native())
    ours, reference = _both(carried, native())
    assert ours == reference
    if (family, carriers) in DROPPED:
        assert ours.counters["overlapped_partials"] > 0
        return
    assert (ours.candidates, list(ours.streams.values())) == (plain.candidates, list(plain.streams.values()))
    lost = ("undecoded_packets", "expired_partials", "evicted_partials", "lost_bytes")
    twice = carriers == "fragments-twice"
    assert [name for name in lost if ours.counters[name] and not (twice and name == "expired_partials")] == []


@pytest.mark.parametrize("family", FAMILIES)
def test_carriers_are_what_tshark_reads(tmp_path: Path, family: str) -> None:
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("no tshark on this machine")
    _write(bare := tmp_path / "bare.pcap", "", family)
    plain = _payloads(tshark, bare)
    for name in CARRIERS:
        if (family, name) in NOT_FOR or name == "fragments-twice":
            continue
        _write(carried := tmp_path / "carried.pcap", name, family)
        assert _payloads(tshark, carried) == plain, name


def _payloads(tshark: str, path: Path) -> list[str]:
    """Sequence number and payload of every TCP segment that tshark finds."""
    # Neither L2TPv3 nor a label says what it carries: tshark has to be told.
    options = ["-o", "l2tp.cookie_size:4 Byte Cookie", "-o", "l2tp.l2_specific:Default L2-Specific"]
    options += ["-d", "l2tp.pw_type==0,eth", "-d", "mpls.label==16,pwethcw"]
    fields = ["-Y", "tcp", "-T", "fields", "-E", "occurrence=l", "-e", "tcp.seq_raw", "-e", "tcp.payload"]
    run = subprocess.run([tshark, "-r", path, *options, *fields], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


ANCHOR = b"mining."
BODY = struct.pack(">HHIIBBHHH", 40_000, 3333, 7, 0, 0x50, 16, 9, 0, 0) + b"xyz" * 10 + ANCHOR + b"!" * 23
TIGHT = Limits(max_partials=2, max_partial_spans=6, max_fragment_bytes=600, fragment_timeout_s=2.0, max_layers=6)


@st.composite
def part_frames(draw: st.DrawFn) -> list[Frame]:
    """Parts of few packets: any place, any size, right or wrong bytes, with and without a snapshot length."""
    at_ns, held = 10**18, []
    for _ in range(draw(st.integers(1, 24))):
        at_ns += draw(st.sampled_from((0, 0, 0, 10**6, 10**9, 3 * 10**9)))
        is_ipv6, number = draw(st.booleans()), draw(st.integers(1, 3))
        start = 8 * draw(st.integers(0, 9))
        end = draw(st.sampled_from((start + 8, start + 16, start + 40, len(BODY), len(BODY) + 8, start + 3)))
        body = draw(st.sampled_from((BODY, BODY, BODY, BODY[::-1]))) + bytes(80)
        more = end < len(BODY) if draw(st.integers(0, 9)) else draw(st.booleans())
        packet = _part(is_ipv6, number, start, body[start:end], more)
        if draw(st.integers(0, 5)) == 0:
            packet = _in_gre(packet, is_ipv6, number)
        cut = draw(st.sampled_from((0, 0, 0, 0, 0, 0, 1, 30)))
        held.append(Frame(at_ns, 101, packet[: max(len(packet) - cut, 1)], len(packet)))
    return held


def _part(is_ipv6: bool, number: int, start: int, data: bytes, more: bool) -> bytes:
    if is_ipv6:
        extension = struct.pack(">BBHI", 6, 0, start | more, number) + data
        return struct.pack(">IHBB", 6 << 28, len(extension), 44, 64) + bytes(range(32)) + extension
    place = start // 8 | (0x2000 if more else 0)
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(data), number, place, 64, 6, 0) + bytes(range(8)) + data


def _in_gre(packet: bytes, is_ipv6: bool, number: int) -> bytes:
    body = struct.pack(">HHI", 0x2000, 0x86DD if is_ipv6 else 0x0800, number) + packet
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 9, 0, 64, 47, 0) + bytes(8) + body


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=part_frames(), batch=st.sampled_from((1, 7, 4096)), is_tight=st.booleans())
def test_same_answers_to_any_parts(native: Callable[[], Engine], held: list[Frame], batch: int, is_tight: bool) -> None:
    limits = TIGHT if is_tight else Limits(flow_key_vlan=True)
    program = Program("parts", (ANCHOR, b"!!!!"), frozenset(), frozenset(), (), limits)
    assert account(native(), program, Memory(held), batch) == account(PortableEngine(), program, Memory(held), batch)


@cache
def _carried_frames() -> list[bytes]:
    """Frames of a conversation in every carrier and nest, of each a few."""
    found = []
    for family, params in FAMILIES.items():
        for carriers in [*CARRIERS, *NESTS]:
            if (family, carriers) not in NOT_FOR:
                around = tuple(map(find_carrier, carriers.split()))
                traffic = compose("stratum-v1", 3, duration_s=20, carriers=around, **params)
                found += [data for _, data in traffic.rows[3:7]]
    return found


@st.composite
def damaged_frames(draw: st.DrawFn) -> list[Frame]:
    """Carried packets with some bytes changed near the front, where the headers are, or cut."""
    held = []
    for at in range(draw(st.integers(1, 8))):
        data = bytearray(draw(st.sampled_from(_carried_frames())))
        for _ in range(draw(st.integers(0, 4))):
            place = draw(st.integers(0, min(len(data), 130) - 1))
            data[place] = draw(st.one_of(st.integers(0, 255), st.just(data[place] ^ 1 << draw(st.integers(0, 7)))))
        cut = draw(st.sampled_from((0, 0, 1, 40, 80)))
        held.append(Frame(10**18 + at, 1, bytes(data[: max(len(data) - cut, 0)]), len(data)))
    return held


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=damaged_frames())
def test_same_answers_to_damaged_headers(native: Callable[[], Engine], held: list[Frame]) -> None:
    everything = (AddressEntry("0.0.0.0/0"), AddressEntry("::/0"))
    program = Program("damaged", (ANCHOR,), frozenset(), frozenset(), everything, Limits(flow_key_vlan=True))
    assert account(native(), program, Memory(held)) == account(PortableEngine(), program, Memory(held))
