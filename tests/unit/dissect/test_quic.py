"""Are a QUIC client's packets opened as the RFCs' own examples say, and is all else left alone?"""

from __future__ import annotations

import random

import pytest
from quic_kit import CONNECTION_ID, HELLO, RFC_9001_A2, V1, V2, crypto, protect, read

from sensor.dissect.quic import MAX_COALESCED, VERSIONS, Keys, client_keys, initials, is_client_initial


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
    hello = read([RFC_9001_A2])
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
        [crypto(0, HELLO[:90]), crypto(0, HELLO)],
    ],
    ids=["one piece", "among other frames", "shuffled", "two packets", "the later first", "overlapping", "sent again"],
)
def test_a_hello_however_it_is_cut(packets: list[bytes], version: int) -> None:
    hello = read(protect(frames, version, token=b"t" * 90) for frames in packets)
    assert hello is not None
    assert hello.sni == "example.com"


def small(data: bytes, connection_id: bytes = CONNECTION_ID) -> bytes:
    return protect(data, connection_id=connection_id, size=400)


HALVES = small(crypto(0, HELLO[:90])), small(crypto(90, HELLO[90:]))


@pytest.mark.parametrize(
    ("datagram", "count"),
    [
        (HALVES[0] + HALVES[1] + small(b""), 3),
        (HALVES[0] + small(b"", b"another!") + HALVES[1], 1),
        (HALVES[0] + b"\xe0" + RFC_9001_A2[1:], 1),
        (HALVES[0] + bytes(900), 1),
        (HALVES[0] + HALVES[1], 0),
        (small(b"") * 9, MAX_COALESCED),
        (HALVES[0] + RFC_9001_A2[:1000], 1),
    ],
    ids=["three", "another id", "handshake", "padding", "too short together", "many", "one cut off"],
)
def test_packets_of_one_datagram(datagram: bytes, count: int) -> None:
    assert len(list(initials(datagram))) == count


ALTERED = bytes([*RFC_9001_A2[:600], RFC_9001_A2[600] ^ 1, *RFC_9001_A2[601:]])


@pytest.mark.parametrize(
    ("datagram", "may_be"),
    [
        pytest.param(b"", False, id="empty"),
        pytest.param(RFC_9001_A2[:1199], False, id="short"),
        pytest.param(ALTERED, True, id="altered"),
        pytest.param(b"\x40" + RFC_9001_A2[1:], False, id="short header"),
        pytest.param(RFC_9001_A2[:1] + b"\xff\x00\x00\x1d" + RFC_9001_A2[5:], False, id="a draft"),
        pytest.param(b"\xe0" + RFC_9001_A2[1:], False, id="handshake"),
        pytest.param(RFC_9001_A2[:5] + b"\xff" + RFC_9001_A2[6:], True, id="long id"),
        pytest.param(protect(crypto(0, HELLO), connection_id=b"i" * 21), True, id="id of one byte too many"),
        pytest.param(b"\xc0\x00\x00\x00\x01" + bytes(1300), True, id="zeroes"),
        pytest.param(b"\xc0\x00\x00\x00\x01" + b"\xff" * 1300, True, id="ones"),
        pytest.param(b"\xc0\x00\x00\x00\x01\x08" + CONNECTION_ID + b"\0\0\x13" + bytes(1300), True, id="tiny"),
        pytest.param(protect(b"\x06\x00" + (0x4000 | 5000).to_bytes(2) + b"x" * 1246), True, id="past the end"),
    ],
)
def test_what_gives_no_hello(datagram: bytes, may_be: bool) -> None:
    assert is_client_initial(datagram) is may_be
    assert read([datagram]) is None
