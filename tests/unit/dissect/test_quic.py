"""Is a QUIC client's hello read as the RFCs' own examples say, whole and in pieces, and is all else left alone?"""

from __future__ import annotations

import random
from pathlib import Path

import dpkt
import pytest
from quic_kit import CONNECTION_ID, HELLO, RFC_9001_A2, V1, V2, crypto, protect

from sensor.capture import open_capture
from sensor.dissect.quic import (
    MAX_CRYPTO_BYTES,
    MAX_FRAGMENTS,
    VERSIONS,
    Handshake,
    Keys,
    client_keys,
    is_client_initial,
    read_initial,
)
from sensor.engine.api import Frame


@pytest.mark.parametrize(
    ("version", "key", "iv", "hp"),
    [
        (V1, "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c", "9f50449e04a0e810283a1e9933adedd2"),
        (V2, "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f", "45b95e15235d6f45a6b19cbcb0294ba9"),
    ],
    ids=["RFC 9001 A.1", "RFC 9369 A.1"],
)
def test_keys(version: int, key: str, iv: str, hp: str) -> None:
    assert client_keys(CONNECTION_ID, version) == Keys(*map(bytes.fromhex, (key, iv, hp)))


def test_the_packet_of_the_rfc() -> None:
    handshake = Handshake()
    assert read_initial(RFC_9001_A2, handshake)
    hello = handshake.hello()
    assert hello is not None
    assert hello.sni == "example.com"


ACK = b"\x02\x05\x00\x01\x00\x00\x00"
PIECES = [crypto(at, HELLO[at : at + 40]) for at in range(0, len(HELLO), 40)]
SHUFFLED = random.Random(4).sample(PIECES, len(PIECES))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "packets",
    [
        [crypto(0, HELLO)],
        [b"\x01" + ACK + b"\x00" * 3 + crypto(0, HELLO)],
        [b"".join(SHUFFLED)],
        [b"".join(SHUFFLED[:3]), b"".join(SHUFFLED[3:])],
        [b"".join(SHUFFLED[3:]), b"".join(SHUFFLED[:3])],
        [crypto(0, HELLO[:90]), crypto(40, HELLO[40:])],
    ],
    ids=["one piece", "among other frames", "shuffled", "over two packets", "the later one first", "overlapping"],
)
def test_a_hello_however_it_is_cut(packets: list[bytes], version: int) -> None:
    handshake = Handshake()
    assert all(read_initial(protect(frames, version, token=b"t" * 9), handshake) for frames in packets)
    hello = handshake.hello()
    assert hello is not None
    assert hello.sni == "example.com"


ALTERED = bytes([*RFC_9001_A2[:600], RFC_9001_A2[600] ^ 1, *RFC_9001_A2[601:]])


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        RFC_9001_A2[:1199],
        ALTERED,
        b"\x40" + RFC_9001_A2[1:],
        RFC_9001_A2[:1] + b"\xff\x00\x00\x1d" + RFC_9001_A2[5:],
        b"\xe0" + RFC_9001_A2[1:],
        RFC_9001_A2[:5] + b"\xff" + RFC_9001_A2[6:],
        b"\xc0\x00\x00\x00\x01" + bytes(1300),
        b"\xc0\x00\x00\x00\x01" + b"\xff" * 1300,
    ],
    ids=["empty", "short", "altered", "short header", "a draft", "handshake", "long id", "zeroes", "ones"],
)
def test_what_is_no_initial_packet(datagram: bytes) -> None:
    handshake = Handshake()
    assert not read_initial(datagram, handshake)
    assert handshake.hello() is None


def test_frames_that_run_past_the_end_are_no_hello() -> None:
    handshake = Handshake()
    read_initial(protect(b"\x06\x00" + (0x4000 | 5000).to_bytes(2) + b"x" * 1246), handshake)
    assert handshake.hello() is None


def test_pieces_are_bounded() -> None:
    handshake = Handshake()
    for offset in range(5000):
        handshake.add(3 * offset, b"abc")
    assert len(handshake.pieces) == MAX_FRAGMENTS
    handshake.add(MAX_CRYPTO_BYTES - 1, b"ab")
    assert handshake.held_bytes == 3 * MAX_FRAGMENTS


@pytest.mark.parametrize(
    ("name", "servers"),
    [
        ("nDPI__quic_frags_ch_in_multiple_packets.pcapng", {None}),
        ("nDPI__quic_frags_different_dcid.pcapng", {"cdnjs.cloudflare.com"}),
        ("nDPI__quic_crypto_aes_auth_size.pcap", {"app-analytics-v2.snapchat.com", "gcp.api.snapchat.com"}),
        ("nDPI__quic_0RTT.pcap", {"ssl.gstatic.com"}),
        ("retina__traces__quic_retry.pcapng", {"127.0.0.1"}),
        ("nDPI__youtube_quic.pcap", set()),
    ],
)
def test_real_captures(shared: Path, name: str, servers: set[str | None]) -> None:
    """The names that tshark reads in these captures, but for drafts of the protocol."""
    handshakes: dict[bytes, Handshake] = {}
    for frame in open_capture(str(shared / "captures" / "benign" / name)).frames():
        if isinstance(frame, Frame) and (ends := _udp(frame.data)) and is_client_initial(ends[1]):
            read_initial(ends[1], handshakes.setdefault(ends[0], Handshake()))
    found = {hello.sni for each in handshakes.values() if (hello := each.hello())}
    assert found == servers


def _udp(data: bytes) -> tuple[bytes, bytes] | None:
    """The sender and what it sent."""
    packet = dpkt.ethernet.Ethernet(data).data
    if not isinstance(getattr(packet, "data", None), dpkt.udp.UDP):
        return None
    return bytes(packet.src) + packet.data.sport.to_bytes(2), bytes(packet.data.data)
