"""Are a QUIC client's pieces found among other frames and put together, within the bounds?"""

from __future__ import annotations

import pytest

from sensor.dissect.probe import Probe
from sensor.dissect.quic_hello import MAX_CRYPTO_BYTES, MAX_PIECES, Handshake, QuicReader, crypto_frames

Pieces = list[tuple[int, bytes]]


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("c2197c5eff14e88c", 151_288_809_941_952_652),
        ("9d7f3e7d", 494_878_333),
        ("7bbd", 15_293),
        ("25", 37),
        ("4025", 37),
    ],
)
def test_numbers_of_rfc_9000_a1(data: str, value: int) -> None:
    assert QuicReader(bytes.fromhex(data), 0).varint() == value


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        pytest.param(b"", [], id="nothing"),
        pytest.param(b"\0\0\x01\0", [], id="padding"),
        pytest.param(b"\x06\0\x02ab", [(0, b"ab")], id="one"),
        pytest.param(b"\0\x06\x40\x07\x01a\x01\x06\0\x01b\0", [(7, b"a"), (0, b"b")], id="two, padded"),
        pytest.param(b"\x02\x05\0\x01\0\0\0\x06\0\x01a", [(0, b"a")], id="behind an ACK"),
        pytest.param(b"\x03\x05\0\0\0\x01\x02\x03\x06\0\x01a", [(0, b"a")], id="behind an ACK with counts"),
        pytest.param(b"\x06\0\x01a\x1e\x06\0\x01b", [(0, b"a")], id="before what does not belong there"),
        pytest.param(b"\x06\0\x01a\x06\0\x05b", [], id="past the end"),
        pytest.param(b"\x06\0\x01a\x02\0\0" + b"\xff" * 8 + b"\0", [], id="an ACK without end"),
    ],
)
def test_frames_of_the_handshake(payload: bytes, found: Pieces) -> None:
    assert crypto_frames(payload) == found


WHOLE = b"\x01\0\0\x04abcd"


@pytest.mark.parametrize(
    ("pieces", "probe"),
    [
        pytest.param([], Probe.UNSURE, id="nothing"),
        pytest.param([(0, WHOLE)], Probe.CERTAIN, id="whole"),
        pytest.param([(0, WHOLE + b"ef")], Probe.CERTAIN, id="and more"),
        pytest.param([(6, b"cd"), (0, WHOLE[:6])], Probe.CERTAIN, id="the later one first"),
        pytest.param([(4, b"abcd"), (0, WHOLE[:6])], Probe.CERTAIN, id="overlapping"),
        pytest.param([(5, b"b"), (0, WHOLE)], Probe.CERTAIN, id="one inside another"),
        pytest.param([(0, b"\1"), (0, WHOLE), (0, b"\1\0")], Probe.CERTAIN, id="the longer one from one place"),
        pytest.param([(0, b""), (0, WHOLE)], Probe.CERTAIN, id="an empty one"),
        pytest.param([(0, WHOLE[:5]), (6, b"cd")], Probe.UNSURE, id="a hole"),
        pytest.param([(0, b"\1\0")], Probe.UNSURE, id="half a header"),
        pytest.param([(4, b"abcd")], Probe.UNSURE, id="a middle"),
        pytest.param([(0, b"\2")], Probe.NOT_FOR_US, id="a server's"),
        pytest.param([(0, b"\1\0\x3f\xfd")], Probe.NOT_FOR_US, id="too long"),
    ],
)
def test_pieces_in_any_order(pieces: Pieces, probe: Probe) -> None:
    handshake = Handshake()
    for offset, data in pieces:
        handshake.add(offset, data)
    assert handshake.flight() == (probe, WHOLE if probe is Probe.CERTAIN else b"")


@pytest.mark.parametrize(
    ("pieces", "held"),
    [
        pytest.param([(3 * number, b"abc") for number in range(5000)], MAX_PIECES * (64 + 3), id="many"),
        pytest.param([(number, bytes(3000)) for number in range(9)], 5 * (64 + 3000), id="long ones"),
        pytest.param([(MAX_CRYPTO_BYTES, b"a"), (2**62 - 1, b"a")], 0, id="far off"),
    ],
)
def test_pieces_are_bounded(pieces: Pieces, held: int) -> None:
    handshake = Handshake()
    for offset, data in pieces:
        handshake.add(offset, data)
    assert handshake.held_bytes == 256 + held
