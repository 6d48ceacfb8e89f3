"""Is the certificate of a mining proxy found on the wire by both engines, and is other TLS left alone?"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from parity_kit import account
from tls_kit import LOCALHOST, V12, V13, certificate, handshake

from sensor.capture import open_capture
from sensor.detect.pipeline import build_program
from sensor.detect.scan import scan
from sensor.engine.api import Engine, Program
from sensor.engine.portable import PortableEngine
from sensor.model.flow import Direction, Endpoint
from sensor.signature import SignatureSet, load
from sensor.simulate.frames import Row
from sensor.simulate.pcap import write_pcap
from sensor.simulate.session import SessionOptions, TcpSession
from sensor.simulate.shaping import parse_shape


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
