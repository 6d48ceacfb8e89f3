"""Is a QUIC client's hello whole yet? CRYPTO frames (RFC 9000 §19.6) in whatever order they come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sensor.dissect.probe import Probe
from sensor.dissect.tls import CLIENT_HELLO, TruncatedError

MAX_CRYPTO_BYTES: Final = 16_384
"""Bytes of one handshake that are held, and how far from its start they may lie."""
MAX_PIECES: Final = 64
"""Pieces of one handshake that are held; browsers send two kilobytes in a dozen pieces, shuffled."""
HOLDING_BYTES: Final = 256
PIECE_BYTES: Final = 64
"""What holding a handshake costs besides its bytes, and what each piece of it does; the same in every engine."""
_HEADER_BYTES = 4
_ACK, _ACK_ECN, _CRYPTO = 2, 3, 6
_QUIET = b"\x00\x01"
"""PADDING and PING: frames of this byte alone."""


@dataclass(slots=True)
class Handshake:
    """The pieces of one client's handshake. Bounded."""

    pieces: dict[int, bytes] = field(default_factory=dict)
    data_bytes: int = 0

    @property
    def held_bytes(self) -> int:
        """What is held, with what holding it costs."""
        return HOLDING_BYTES + PIECE_BYTES * len(self.pieces) + self.data_bytes

    def add(self, offset: int, data: bytes) -> None:
        """Take a piece in. One that is over the bounds is left out, and the hello then never becomes whole; of two that
        begin at one place the longer one stays, or else the first."""
        known = len(self.pieces.get(offset, b""))
        is_room = known > 0 or len(self.pieces) < MAX_PIECES
        grown = self.data_bytes + len(data) - known
        if is_room and len(data) > known and offset + len(data) <= MAX_CRYPTO_BYTES >= grown:
            self.pieces[offset] = data
            self.data_bytes = grown

    def flight(self) -> tuple[Probe, bytes]:
        """What came so far: whether it begins as a hello does, and all of that, with its header, once it is there.

        ``CERTAIN`` is a whole hello, ``UNSURE`` may become one, ``NOT_FOR_US`` is something else, or what is longer
        than is held. Where pieces overlap, the one that begins first wins.
        """
        joined = b""
        for offset, data in sorted(self.pieces.items()):
            if offset > len(joined):
                break
            joined += data[len(joined) - offset :]
        whole = _HEADER_BYTES + int.from_bytes(joined[1:_HEADER_BYTES]) if len(joined) >= _HEADER_BYTES else 0
        if (joined and joined[0] != CLIENT_HELLO) or whole > MAX_CRYPTO_BYTES:
            return Probe.NOT_FOR_US, b""
        return (Probe.CERTAIN, joined[:whole]) if 0 < whole <= len(joined) else (Probe.UNSURE, b"")


def crypto_frames(payload: bytes) -> list[tuple[int, bytes]]:
    """Offset and bytes of each CRYPTO frame; what may stand beside it in an Initial packet is passed over, and what may
    not ends the reading. None at all where a frame runs past the end: such a packet says nothing."""
    reader, found = QuicReader(payload, 0), []
    try:
        while reader.pass_over(_QUIET):
            kind = reader.varint()
            if kind == _CRYPTO:
                offset = reader.varint()
                found.append((offset, reader.take(reader.varint())))
            elif kind in {_ACK, _ACK_ECN}:
                _pass_ack(reader, is_ecn=kind == _ACK_ECN)
            else:
                break
    except TruncatedError:
        return []
    return found


def _pass_ack(reader: QuicReader, *, is_ecn: bool) -> None:
    reader.varint()
    reader.varint()
    ranges = reader.varint()
    reader.varint()
    for _ in range(2 * ranges + 3 * is_ecn):
        reader.varint()


class QuicReader:
    """Takes fields off a packet from ``at`` on; raises ``TruncatedError`` at its end."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self.at = data, at

    def take(self, count: int) -> bytes:
        """So many bytes."""
        if count > len(self._data) - self.at:
            raise TruncatedError
        self.at += count
        return self._data[self.at - count : self.at]

    def pass_over(self, quiet: bytes) -> bool:
        """Go on behind a run of such bytes, all at once: half of a packet is padding. False at the end."""
        self.at = len(self._data) - len(self._data[self.at :].lstrip(quiet))
        return self.at < len(self._data)

    def byte(self) -> int:
        """One byte's value."""
        return self.take(1)[0]

    def varint(self) -> int:
        """RFC 9000 §16: the two top bits say how long it is."""
        first = self.byte()
        value = first & 0x3F
        for byte in self.take((1 << (first >> 6)) - 1):
            value = value << 8 | byte
        return value
