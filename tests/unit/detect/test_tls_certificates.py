"""Is the certificate of a mining proxy seen where TLS shows it, and is it worth no more than it is?"""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID
from tls_kit import LOCALHOST, V12, V13, certificate, handshake

from sensor.detect.pipeline import Pipeline
from sensor.dissect.tls_certificate import parse_certificate, server_certificate
from sensor.dissect.tls_server import MAX_FLIGHT_BYTES, ServerFlight, Sight
from sensor.engine.api import Candidate, Event, Reason, StreamChunk
from sensor.model.flow import Direction, Endpoint, FiveTuple
from sensor.model.wire import Detection, SensorRef
from sensor.signature import load

NODE_PROXY = [
    (NameOID.COUNTRY_NAME, "IT"),
    (NameOID.STATE_OR_PROVINCE_NAME, "Pool"),
    (NameOID.LOCALITY_NAME, "Daemon"),
    (NameOID.ORGANIZATION_NAME, "Mining Pool"),
    (NameOID.COMMON_NAME, "mining.proxy"),
]
BORING = [(NameOID.COUNTRY_NAME, "US"), (NameOID.ORGANIZATION_NAME, "BoringSSL")]
DEFAULT = "xmr_node_proxy_certificate"
LISTED = "pool.supportxmr.com"
SIGNATURES = load()


def _detect(said: list[tuple[Direction, bytes]], piece_bytes: int = 16_384) -> list[Detection]:
    five_tuple = FiveTuple(Endpoint("192.0.2.10", 40_000), Endpoint("198.51.100.7", 4443), "tcp")
    events: list[Event] = [Candidate(1, five_tuple, 0, 0, Reason.ANCHOR, "", handshake_seen=True)]
    for number, (way, data) in enumerate(said, 1):
        pieces = [data[at : at + piece_bytes] for at in range(0, len(data), piece_bytes)]
        events += [StreamChunk(1, way, number * 10**9, piece, gap=False) for piece in pieces]
    pipeline = Pipeline(SIGNATURES, sensor=SensorRef(id="s"))
    pipeline.feed(events)
    dropped = pipeline.take_drops()
    found = pipeline.finish()
    assert bool(dropped) is not bool(found)
    return found


@pytest.mark.parametrize("piece_bytes", [16_384, 30])
@pytest.mark.parametrize(
    ("subject", "serial", "days", "version", "signature"),
    [
        (LOCALHOST, 1, 3650, V12, "xmrig_proxy_certificate"),
        (LOCALHOST, 1, 3650, V13, None),
        (LOCALHOST, 1, 365, V12, None),
        (LOCALHOST, 77, 3650, V12, None),
        ([*LOCALHOST, (NameOID.ORGANIZATION_NAME, "Example")], 1, 3650, V12, None),
        (NODE_PROXY, 12_345, 36_500, V12, "xmr_node_proxy_certificate"),
        (NODE_PROXY, 12_345, 36_500, V13, None),
        (BORING, 2**63 - 5, 7305, V12, "p2pool_certificate"),
        (BORING, 2**63 - 5, 90, V12, None),
    ],
)
def test_default_certificates(
    subject: list[tuple[x509.ObjectIdentifier, str]],
    serial: int,
    days: int,
    version: ssl.TLSVersion,
    signature: str | None,
    piece_bytes: int,
    tmp_path: Path,
) -> None:
    shown = certificate(subject, serial, days)
    found = _detect(handshake(shown, None, version, tmp_path), piece_bytes)
    assert [row.signature for one in found for row in one.evidence] == ([signature] if signature else [])
    for one in found:
        assert (one.verdict, one.miner.ip, one.pool.port) == ("suspected", "192.0.2.10", 4443)
        assert one.pool.certificate is not None
        assert one.pool.certificate.sha256 == shown.fingerprint(hashes.SHA256()).hex()


@pytest.mark.parametrize(
    ("sni", "names", "is_seen"),
    [
        (None, (LISTED,), True),
        (None, ("example.org", LISTED), True),
        (None, ("example.org",), False),
        ("shop.example.org", (LISTED,), False),
        (None, (*(f"shop{number}.example.org" for number in range(20)), LISTED), False),
    ],
    ids=["only a listed name", "among others", "no listed name", "the client named somebody else", "shared hosting"],
)
def test_names_in_certificates(sni: str | None, names: tuple[str, ...], is_seen: bool, tmp_path: Path) -> None:
    said = handshake(certificate(NODE_PROXY, 9, 36_500, names), sni, V12, tmp_path)
    hits = [row for one in _detect(said) for row in one.evidence if row.signature != DEFAULT]
    assert [row.excerpt for row in hits] == ([f"tls.certificate={LISTED}"] if is_seen else [])


def test_a_flight_is_read_to_its_bound() -> None:
    flight = ServerFlight()
    record = b"\x16\x03\x03\x40\x00" + b"\x0b\xff\xff\xff" + bytes(0x4000 - 4)
    seen = [flight.feed(record, gap=False) for _ in range(4)]
    assert seen[-1] is Sight.OVER
    assert flight.certificate is None
    assert flight.held_bytes() <= MAX_FLIGHT_BYTES


@pytest.mark.parametrize(
    "handshake",
    [b"", b"\x0b", b"\x0b\x00\x00\x03\x00\x00\x00", b"\x0b\x00\x00\x06\x00\x00\x03\x00\x00\x09", b"\x02\x00\x00\x00"],
)
def test_no_certificate(handshake: bytes) -> None:
    assert server_certificate(handshake) is None


@pytest.mark.parametrize("der", [b"", b"\x30\x82", bytes(20_000), b"\x30" * 500])
def test_what_is_no_certificate_is_none(der: bytes) -> None:
    assert parse_certificate(der) is None
