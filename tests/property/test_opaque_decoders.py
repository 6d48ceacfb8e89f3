"""Do the readers of QUIC, of a server's handshake and of certificates take any bytes, within their bounds?"""

from __future__ import annotations

from itertools import pairwise

from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from quic_kit import HELLO, RFC_9001_A2, crypto, protect, read
from tls_kit import LOCALHOST, certificate

from sensor.dissect.dns import parse
from sensor.dissect.probe import Probe
from sensor.dissect.quic import initials
from sensor.dissect.quic_hello import HOLDING_BYTES, MAX_CRYPTO_BYTES, MAX_PIECES, PIECE_BYTES, Handshake, crypto_frames
from sensor.dissect.tls_certificate import (
    MAX_NAMES,
    MAX_SHOWN,
    MAX_TEXT,
    parse_certificate,
    server_certificate,
    shown_names,
)
from sensor.dissect.tls_server import HEADER_BYTES, MAX_FLIGHT_BYTES, ServerFlight

DER = certificate(LOCALHOST, 1, 3650).public_bytes(Encoding.DER)
_MAX_RECORD_BYTES = 65_535 + HEADER_BYTES


def altered(data: bytes, at: int, value: int) -> bytes:
    """``data`` with one byte changed."""
    place = at % len(data)
    return data[:place] + bytes([value]) + data[place + 1 :]


@given(at=st.integers(0, 5000), value=st.integers(0, 255), cut=st.integers(0, 1300))
def test_an_altered_initial_packet(at: int, value: int, cut: int) -> None:
    hello = read([altered(RFC_9001_A2, at, value)[: len(RFC_9001_A2) - cut]])
    assert hello is None or hello.sni == "example.com"


@given(
    datagram=st.binary(min_size=60, max_size=90), version=st.sampled_from([b"\xc0\0\0\0\1", b"\xd3\x6b\x33\x43\xcf"])
)
def test_any_packet_of_a_version(datagram: bytes, version: bytes) -> None:
    whole = version + datagram + bytes(1200)
    assert all(packet.data in whole for packet in initials(whole))
    assert read([whole]) is None


@given(frames=st.binary(max_size=1200))
def test_any_frames_in_a_packet_that_decrypts(frames: bytes) -> None:
    handshake = Handshake()
    for offset, data in crypto_frames(frames):
        handshake.add(offset, data)
    assert handshake.held_bytes <= HOLDING_BYTES + MAX_PIECES * PIECE_BYTES + MAX_CRYPTO_BYTES
    probe, hello = handshake.flight()
    assert (probe is Probe.CERTAIN) == bool(hello)


@given(cuts=st.lists(st.integers(1, len(HELLO) - 1), max_size=12), order=st.randoms(use_true_random=False))
def test_a_hello_cut_and_shuffled_anyhow(cuts: list[int], order: object) -> None:
    places = sorted({0, *cuts, len(HELLO)})
    frames = [crypto(start, HELLO[start:end]) for start, end in pairwise(places)]
    order.shuffle(frames)  # type: ignore[attr-defined]
    hello = read(protect(frame) for frame in frames)
    assert hello is not None
    assert hello.sni == "example.com"


@given(pieces=st.lists(st.one_of(st.binary(max_size=400), st.just(b"\x16\x03\x03\x40\x00" + bytes(9000))), max_size=12))
def test_any_flight_of_a_server(pieces: list[bytes]) -> None:
    flight = ServerFlight()
    for piece in pieces:
        flight.feed(piece, gap=False)
        assert flight.held_bytes() <= MAX_FLIGHT_BYTES + _MAX_RECORD_BYTES


@given(handshake=st.binary(max_size=600))
def test_any_handshake(handshake: bytes) -> None:
    found = server_certificate(handshake)
    assert found is None or found in handshake


@given(at=st.integers(0, 5000), value=st.integers(0, 255), cut=st.integers(0, 300))
def test_an_altered_certificate(at: int, value: int, cut: int) -> None:
    found = parse_certificate(altered(DER, at, value)[: len(DER) - cut])
    if found is not None:
        assert len(found.subject) <= MAX_TEXT
        assert len(found.names) <= MAX_NAMES
        assert set(found.fields()) == {"subject", "issuer", "names", "serial", "own_issuer", "valid_days", "sha256"}


@given(
    at=st.integers(0, 5000),
    value=st.integers(0, 255),
    cut=st.integers(0, 5000),
    hello=st.binary(max_size=80),
    kind=st.integers(0, 255),
)
def test_names_of_any_flight(at: int, value: int, cut: int, hello: bytes, kind: int) -> None:
    chain = len(DER).to_bytes(3) + altered(DER, at, value)
    message = b"\x02" + len(hello).to_bytes(3) + hello + bytes([kind]) + (len(chain) + 3).to_bytes(3)
    message += len(chain).to_bytes(3) + chain
    found = shown_names((b"\x16\x03\x03" + len(message).to_bytes(2) + message)[:cut])
    assert found is None or len(found) <= MAX_SHOWN
    assert all(len(name) <= len(DER) for name in found or ())


@given(rdata=st.binary(max_size=300), kind=st.sampled_from([64, 65]))
def test_any_service_binding(rdata: bytes, kind: int) -> None:
    question = b"\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x01a\x03org\x00" + kind.to_bytes(2) + b"\x00\x01"
    record = b"\xc0\x0c" + kind.to_bytes(2) + b"\x00\x01\x00\x00\x00\x3c" + len(rdata).to_bytes(2) + rdata
    message = parse(question + record)
    assert message is not None
    assert len(list(message.addresses(message.owners(lambda _: True)))) <= 64
