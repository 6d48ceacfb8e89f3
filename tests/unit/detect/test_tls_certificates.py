"""Is the certificate of a mining proxy seen where TLS shows it, and is it worth no more than it is?"""

from __future__ import annotations

import contextlib
import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from sensor.detect.pipeline import Pipeline
from sensor.dissect.tls_certificate import parse_certificate, server_certificate
from sensor.dissect.tls_server import MAX_FLIGHT_BYTES, ServerFlight, Sight
from sensor.engine.api import Candidate, Event, Reason, StreamChunk
from sensor.model.flow import Direction, Endpoint, FiveTuple
from sensor.model.wire import Detection, SensorRef
from sensor.signature import load

KEY = rsa.generate_private_key(65_537, 2048)
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
LOCALHOST = [(NameOID.COMMON_NAME, "localhost")]
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


def _certificate(
    subject: list[tuple[x509.ObjectIdentifier, str]], serial: int, days: int, names: tuple[str, ...] = ()
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in subject])
    made = x509.CertificateBuilder(name, name, KEY.public_key(), serial)
    if names:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
    return (
        made.not_valid_before(START).not_valid_after(START + datetime.timedelta(days=days)).sign(KEY, hashes.SHA256())
    )


def _handshake(
    certificate: x509.Certificate, sni: str | None, version: ssl.TLSVersion, folder: Path
) -> list[tuple[Direction, bytes]]:
    """What both sides of a real handshake write, in turn."""
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(KEY.private_bytes(*private) + certificate.public_bytes(serialization.Encoding.PEM))
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(path)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.maximum_version = version
    pipes = [ssl.MemoryBIO() for _ in range(4)]
    ends = [
        client.wrap_bio(pipes[0], pipes[1], server_hostname=sni),
        server.wrap_bio(pipes[2], pipes[3], server_side=True),
    ]
    said: list[tuple[Direction, bytes]] = []
    for turn in range(8):
        way = Direction(turn % 2)
        with contextlib.suppress(ssl.SSLWantReadError):
            ends[way].do_handshake()
        if data := pipes[2 * way + 1].read():
            said.append((way, data))
            pipes[2 * way.other].write(data)
    return said


def _detect(said: list[tuple[Direction, bytes]], piece_bytes: int = 16_384) -> list[Detection]:
    five_tuple = FiveTuple(Endpoint("192.0.2.10", 40_000), Endpoint("198.51.100.7", 4443), "tcp")
    events: list[Event] = [Candidate(1, five_tuple, 0, 0, Reason.ANCHOR, "", handshake_seen=True)]
    for number, (way, data) in enumerate(said, 1):
        pieces = [data[at : at + piece_bytes] for at in range(0, len(data), piece_bytes)]
        events += [StreamChunk(1, way, number * 10**9, piece, gap=False) for piece in pieces]
    pipeline = Pipeline(SIGNATURES, sensor=SensorRef(id="s"))
    pipeline.feed(events)
    found = pipeline.finish()
    assert bool(pipeline.take_drops()) is not bool(found)
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
    certificate = _certificate(subject, serial, days)
    found = _detect(_handshake(certificate, None, version, tmp_path), piece_bytes)
    assert [row.signature for one in found for row in one.evidence] == ([signature] if signature else [])
    for one in found:
        assert (one.verdict, one.miner.ip, one.pool.port) == ("suspected", "192.0.2.10", 4443)
        assert one.pool.certificate is not None
        assert one.pool.certificate.sha256 == certificate.fingerprint(hashes.SHA256()).hex()


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
    said = _handshake(_certificate(NODE_PROXY, 9, 36_500, names), sni, V12, tmp_path)
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
