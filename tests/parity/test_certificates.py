"""Is the certificate of a mining proxy found on the wire by both engines, and is other TLS left alone?"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parity_kit import Memory, account
from tls_kit import LOCALHOST, V12, V13, certificate, handshake

from sensor.capture import open_capture
from sensor.detect.pipeline import build_program
from sensor.detect.scan import scan
from sensor.engine.api import Engine, Frame, Program
from sensor.engine.portable import PortableEngine
from sensor.model.flow import Direction, Endpoint
from sensor.signature import SignatureSet, load
from sensor.simulate.frames import Row
from sensor.simulate.pcap import write_pcap
from sensor.simulate.session import SessionOptions, TcpSession
from sensor.simulate.shaping import parse_shape

Said = list[list[tuple[Direction, bytes]]]


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def _rows(said: list[tuple[Direction, bytes]], shape: str) -> Iterator[Row]:
    options = SessionOptions(shapes=tuple(map(parse_shape, shape.split())))
    ends = Endpoint("192.0.2.10", 40_000), Endpoint("198.51.100.7", 4443)
    session = TcpSession(*ends, 1_790_000_000 * 10**9, random.Random(3), options)
    for way, data in said:
        (session.client_sends if way is Direction.ORIG else session.server_sends)(data)
    session.close()
    return session.rows()


@pytest.mark.parametrize("shape", ["", "split=30", "server-only", "split=1000"])
@pytest.mark.parametrize(
    ("serial", "version", "sni", "is_found"),
    [(1, V12, None, True), (1, V12, "www.example.org", True), (99, V12, None, False), (1, V13, None, False)],
)
def test_both_engines_find_it(
    serial: int,
    version: object,
    sni: str | None,
    is_found: bool,
    shape: str,
    native: Callable[[], Engine],
    signatures: SignatureSet,
    tmp_path: Path,
) -> None:
    path = tmp_path / "flow.pcap"
    write_pcap(path, _rows(handshake(certificate(LOCALHOST, serial, 3650), sni, version, tmp_path), shape))
    program: Program = build_program(signatures)
    engines: list[Engine] = [native(), PortableEngine()]
    accounts = [account(engine, program, open_capture(path)) for engine in engines]
    assert accounts[0].candidates == accounts[1].candidates
    assert accounts[0].streams == accounts[1].streams
    for engine in engines:
        found = scan(open_capture(path), engine, signatures).detections
        assert [row.signature for one in found for row in one.evidence] == ["xmrig_proxy_certificate"] * is_found


LISTED, OTHER = "pool.supportxmr.com", "www.example.org"
SHAPES = ("", "split=30", "split=1000", "swap", "server-only", "client-only")
NAMES = [
    (None, (LISTED,), V12, True),
    (None, (OTHER, "*.supportxmr.com"), V12, True),
    (None, (f"{OTHER}.",) * 16 + (LISTED,), V12, False),
    (None, (OTHER,), V12, False),
    (None, (), V12, False),
    (None, (LISTED,), V13, False),
    (OTHER, (LISTED,), V12, False),
    (LISTED, (LISTED,), V12, True),
]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """What both sides of each handshake write."""
    folder = tmp_path_factory.mktemp("handshakes")
    made = [(certificate([], 77, 3650, names), sni, version) for sni, names, version, _ in NAMES]
    return [handshake(*one, folder) for one in made]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("number", range(len(NAMES)), ids=str)
def test_both_engines_find_names_in_certificates(
    number: int, shape: str, said: Said, native: Callable[[], Engine], signatures: SignatureSet, tmp_path: Path
) -> None:
    path, (sni, _, _, is_found) = tmp_path / "flow.pcap", NAMES[number]
    write_pcap(path, _rows(said[number], shape))
    program: Program = build_program(signatures)
    accounts = [account(engine, program, open_capture(path)) for engine in (native(), PortableEngine())]
    assert accounts[0] == accounts[1]
    is_shown = shape != "server-only" and (sni is not None or shape != "client-only")
    assert bool(accounts[0].candidates) is (is_found and is_shown)
    found = scan(open_capture(path), PortableEngine(), signatures).detections
    assert [one.verdict for one in found] == ["suspected"] * (is_found and is_shown)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    number=st.integers(0, 2),
    changes=st.lists(st.tuples(st.integers(0, 1800), st.integers(0, 255)), max_size=3),
    cut=st.integers(1, 1800),
    sizes=st.lists(st.integers(1, 900), min_size=1, max_size=6),
)
def test_same_answers_to_any_certificate(
    number: int,
    changes: list[tuple[int, int]],
    cut: int,
    sizes: list[int],
    said: Said,
    native: Callable[[], Engine],
    signatures: SignatureSet,
) -> None:
    (_, hello), (_, flight), *_ = said[number]
    data = bytearray(flight)
    for at, value in changes:
        data[at % len(data)] = value
    pieces = [(Direction.ORIG, hello), *((Direction.RESP, one) for one in _cut(bytes(data[:cut]), sizes))]
    frames = [Frame(at_ns, 1, data, len(data)) for at_ns, data in _rows(pieces, "")]
    program: Program = build_program(signatures)
    assert account(native(), program, Memory(frames)) == account(PortableEngine(), program, Memory(frames))


def _cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    for size in sizes:
        if data:
            yield data[:size]
        data = data[size:]
    if data:
        yield data
