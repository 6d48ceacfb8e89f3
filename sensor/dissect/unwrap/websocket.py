"""What do the frames of a WebSocket carry? RFC 6455 frames, and permessage-deflate (RFC 7692).

Nothing of the handshake is needed: the mask bit stands in every frame and RSV1 marks a compressed message. A text
message gives its text and a line feed, a binary one its bytes, so that both lines and tunnels can be read inside.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from sensor.dissect.probe import Probe
from sensor.dissect.unwrap.inflate import RAW_BITS, Inflater
from sensor.dissect.unwrap.layer import WEBSOCKET, Context, Entered, Piece
from sensor.model.flow import Direction

FIN, RSV1, RSV_OTHERS = 0x80, 0x40, 0x30
MASKED = 0x80
_END_OF_MESSAGE = b"\x00\x00\xff\xff"
"""What a sender cuts off the end of a compressed message (RFC 7692 §7.2.1)."""
_MAX_HEADER_BYTES = 14
_MAX_FRAME_BYTES = 1 << 31
_JSON_STARTS = (b"{", b"[")
_PROBED_FRAMES = 2
_TEXT_BYTES = bytes(range(32, 127)) + b"\t\r\n"


class Opcode(enum.IntEnum):
    """What a frame is (RFC 6455 §5.2)."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


_OPCODES = {opcode.value: opcode for opcode in Opcode}


class Header(NamedTuple):
    """One frame's header. ``size`` counts its own bytes, ``length`` those of the payload."""

    size: int
    length: int
    opcode: Opcode
    is_final: bool
    is_compressed: bool
    mask: bytes


def read_header(data: bytes) -> Header | Probe:
    """The header that ``data`` begins with; UNSURE while it is short, ERROR for what the RFC forbids."""
    if len(data) < 2:
        return Probe.UNSURE
    opcode = _OPCODES.get(data[0] & 0x0F)
    short = data[1] & 0x7F
    if opcode is None or data[0] & RSV_OTHERS or not _is_sane(data[0], opcode, short):
        return Probe.ERROR
    extra = {126: 2, 127: 8}.get(short, 0)
    size = 2 + extra + (4 if data[1] & MASKED else 0)
    if len(data) < size:
        return Probe.UNSURE
    length = int.from_bytes(data[2 : 2 + extra], "big") if extra else short
    if length > _MAX_FRAME_BYTES or (extra and length < (126 if extra == 2 else 65_536)):
        return Probe.ERROR
    return Header(size, length, opcode, bool(data[0] & FIN), bool(data[0] & RSV1), data[2 + extra : size])


def probe(head: bytes) -> Probe:
    """Does the stream begin with WebSocket frames, seen without their handshake?

    Certain after two whole frames in sequence, or one whose plain payload begins like JSON. Zeros, of which other
    protocols have many, read as frames without payload: so a message has to begin with the first one, and none may be
    empty.
    """
    at, first = 0, None
    for _ in range(_PROBED_FRAMES):
        header = read_header(head[at : at + _MAX_HEADER_BYTES])
        if header is Probe.UNSURE:
            return Probe.UNSURE
        if not isinstance(header, Header) or not _follows(header, first):
            return Probe.NOT_FOR_US
        first = first or header
        start, at = at + header.size, at + header.size + header.length
        if _is_json(head[start : start + 64], header):
            return Probe.CERTAIN
        if at > len(head):
            return Probe.UNSURE
    return Probe.CERTAIN


class WebSocketLayer:
    """Reads the frames of both directions."""

    def __init__(self, context: Context, *, is_told: bool = False) -> None:
        self._sides = _Side(context), _Side(context)
        if not is_told:
            context.tell(Entered(WEBSOCKET))

    def held_bytes(self) -> int:
        """About what both directions take."""
        return sum(len(side.begun) + side.inflater.held_bytes for side in self._sides)

    def feed(self, direction: Direction, at_ns: int, data: bytes, *, gap: bool) -> list[Piece]:
        """The payload of data frames in ``data``, as far as it goes."""
        side = self._sides[direction]
        payload = side.feed(data, gap=gap)
        if not payload:
            return []
        was_lost, side.was_lost = side.was_lost, False
        return [Piece(direction, payload, was_lost)]


class _Side:
    """One direction. Holds an unfinished header only: payload is handed on as it comes."""

    def __init__(self, context: Context) -> None:
        self._cuts = context.cuts
        self.inflater = Inflater(RAW_BITS, context.bounds, context.cuts)
        self.begun = b""
        self._frame: Header | None = None
        self._left = 0
        self._opcode = Opcode.CONTINUATION
        self._is_compressed = False
        self._is_skipped = False
        """True while the rest of a message that could not be inflated passes."""
        self._inflated = 0
        self._mask_size: int | None = None
        self.was_lost = False

    def feed(self, data: bytes, *, gap: bool) -> bytes:
        """Payload of data frames, a line feed behind each text message."""
        if gap:
            self._lose()
        found: list[bytes] = []
        data, self.begun, at = self.begun + data, b"", 0
        while at < len(data):
            if self._frame is None:
                at = self._read_header(data, at)
            if self._frame is not None:
                part = data[at : at + self._left]
                at += len(part)
                self._read_payload(self._frame, part, found)
        return b"".join(found)

    def _read_header(self, data: bytes, at: int) -> int:
        """Where the payload begins; the end of ``data`` where there is none to read."""
        header = read_header(data[at : at + _MAX_HEADER_BYTES])
        if header is Probe.UNSURE:
            self.begun = data[at:]
            return len(data)
        if not isinstance(header, Header) or self._mask_size not in {None, len(header.mask)}:
            # The next chunk may begin with a frame again: most messages are one write.
            self._cuts.frames += 1
            self._lose()
            return len(data)
        self._mask_size = len(header.mask)
        self._frame, self._left = header, header.length
        if header.opcode in {Opcode.TEXT, Opcode.BINARY}:
            self._opcode, self._is_compressed, self._inflated = header.opcode, header.is_compressed, 0
            self._is_skipped = False
        return at + header.size

    def _read_payload(self, frame: Header, part: bytes, found: list[bytes]) -> None:
        done = frame.length - self._left
        self._left -= len(part)
        if frame.opcode <= Opcode.BINARY:
            found.append(self._plain(unmask(part, frame.mask, done)))
            if not self._left and frame.is_final:
                found.append(self._end_message())
        if not self._left:
            self._frame = None

    def _plain(self, payload: bytes) -> bytes:
        if self._is_skipped or not payload:
            return b""
        return self._inflate(payload) if self._is_compressed else payload

    def _end_message(self) -> bytes:
        rest = self._plain(_END_OF_MESSAGE) if self._is_compressed else b""
        is_text, self._opcode = self._opcode is not Opcode.BINARY, Opcode.CONTINUATION
        self._is_compressed = self._is_skipped = False
        return rest + b"\n" if is_text else rest

    def _inflate(self, payload: bytes) -> bytes:
        found = self.inflater.feed(payload, self._inflated)
        self._inflated += len(found)
        self._is_skipped = self.inflater.is_broken
        self.was_lost |= self._is_skipped
        return found

    def _lose(self) -> None:
        self.begun, self._frame, self._left = b"", None, 0
        self._opcode, self._is_compressed, self._is_skipped = Opcode.CONTINUATION, False, False
        self.inflater.restart()
        self.was_lost = True


def unmask(payload: bytes, mask: bytes, offset: int = 0) -> bytes:
    """``payload`` without its mask; ``offset`` bytes of the frame went before. The same call masks."""
    if not mask or not payload:
        return payload
    shifted = mask[offset % 4 :] + mask[: offset % 4]
    key = (shifted * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(len(payload), "big")


def _follows(header: Header, first: Header | None) -> bool:
    if first is None:
        return header.opcode is not Opcode.CONTINUATION and header.length > 0
    return len(header.mask) == len(first.mask) and (header.opcode >= Opcode.CLOSE or header.length > 0)


def _is_sane(first: int, opcode: Opcode, short: int) -> bool:
    if opcode >= Opcode.CLOSE:
        return bool(first & FIN) and not first & RSV1 and short <= 125
    return opcode is not Opcode.CONTINUATION or not first & RSV1


def _is_json(start: bytes, header: Header) -> bool:
    plain = unmask(start, header.mask)
    is_data = header.opcode in {Opcode.TEXT, Opcode.BINARY} and not header.is_compressed
    return (
        is_data
        and plain.lstrip().startswith(_JSON_STARTS)
        and len(plain) > 1
        and not plain.translate(None, _TEXT_BYTES)
    )
