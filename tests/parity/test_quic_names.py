"""Do both engines hand the same packets of QUIC clients on, and is a listed name in them found and no other?"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from quic_kit import HELLO, RFC_9001_A2, V2, crypto, protect
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from sensor.capture import open_capture
from sensor.detect.pipeline import Pipeline, build_program
from sensor.detect.run import statements
from sensor.engine.api import Engine, Limits, QuicInitial
from sensor.engine.portable import PortableEngine
from sensor.model.wire import Detection, SensorRef
from sensor.signature import SignatureSet, load
from sensor.simulate.pcap import write_pcap

LISTED = b"supportxmr.com"


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def _named(name: bytes) -> bytes:
    """The hello of the RFC with another name, every length around it put right."""
    grown = len(name) - len(b"example.com")
    body = bytearray(HELLO.replace(b"example.com", name))
    at = body.index(name)
    for place, width in ((at - 2, 2), (at - 5, 2), (at - 7, 2), (at - 11, 2), (1, 3)):
        number = int.from_bytes(body[place : place + width]) + grown
        body[place : place + width] = number.to_bytes(width)
    return bytes(body)


def _capture(path: Path, datagrams: list[bytes], port: int = 443) -> str:
    def rows() -> Iterator[tuple[int, bytes]]:
        for number, data in enumerate(datagrams):
            frame = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(src="192.0.2.10", dst="198.51.100.7")
            yield 1_790_000_000 * 10**9 + number * 10**6, bytes(frame / UDP(sport=50_000, dport=port) / data)

    write_pcap(path, rows())
    return str(path)


def _run(engine: Engine, path: str, signatures: SignatureSet, limits: Limits) -> tuple[list[Detection], list[int]]:
    pipeline = Pipeline(signatures, sensor=SensorRef(id="s"), limits=limits)
    session = engine.open(build_program(signatures, limits), open_capture(path))
    said = [one for batch in statements(session, pipeline) for one in batch]
    return said, [session.counters.quic_initials, session.counters.shed_quic]


LISTED_HELLO = _named(LISTED)
CASES: dict[str, tuple[list[bytes], int, bool]] = {
    "listed": ([protect(crypto(0, LISTED_HELLO))], 1, True),
    "version 2": ([protect(crypto(0, LISTED_HELLO), V2)], 1, True),
    "over two packets": (
        [protect(crypto(100, LISTED_HELLO[100:])), protect(crypto(0, LISTED_HELLO[:100]), connection_id=b"\x83" * 8)],
        2,
        False,
    ),
    "over two packets of one connection": (
        [protect(crypto(100, LISTED_HELLO[100:])), protect(crypto(0, LISTED_HELLO[:100]))],
        2,
        True,
    ),
    "another name": ([RFC_9001_A2], 1, False),
    "not to be decrypted": ([RFC_9001_A2[:700] + bytes(500)], 1, False),
    "short": ([RFC_9001_A2[:900]], 0, False),
}


@pytest.mark.parametrize("case", CASES)
def test_names_of_quic_clients(
    case: str, native: Callable[[], Engine], signatures: SignatureSet, tmp_path: Path
) -> None:
    datagrams, seen, is_found = CASES[case]
    path = _capture(tmp_path / "quic.pcap", datagrams)
    results = [_run(engine, path, signatures, Limits()) for engine in (native(), PortableEngine())]
    assert results[0] == results[1]
    said, counts = results[0]
    assert counts == [seen, 0]
    assert {(one.verdict.value, one.transport.l4, one.pool.domain) for one in said} == (
        {("suspected", "udp", LISTED.decode())} if is_found else set()
    )


def test_packets_over_the_bound_are_counted(
    native: Callable[[], Engine], signatures: SignatureSet, tmp_path: Path
) -> None:
    path = _capture(tmp_path / "quic.pcap", [RFC_9001_A2] * 50)
    limits = dataclasses.replace(Limits(), max_quic_per_s=20)
    for engine in (native(), PortableEngine()):
        assert _run(engine, path, signatures, limits)[1] == [20, 30]


def test_without_names_nothing_is_handed_on(native: Callable[[], Engine], tmp_path: Path) -> None:
    path = _capture(tmp_path / "quic.pcap", [RFC_9001_A2])
    program = build_program(load())
    program = dataclasses.replace(program, names=frozenset(), name_suffixes=frozenset())
    for engine in (native(), PortableEngine()):
        session, events = engine.open(program, open_capture(path)), []
        while (batch := session.read()) is not None:
            events += batch
        assert not [event for event in events if isinstance(event, QuicInitial)]
