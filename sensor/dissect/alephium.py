"""What do an Alephium node and its miner say? Frames of the node's miner API (alephium, flow/mining/Message.scala).

A frame is its length (four bytes, highest first), version 1, a type and a body. The node pushes one job for each of the
16 chains; the miner hands in blocks.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from sensor.dissect.frames import Frame, FrameCutter
from sensor.dissect.probe import Probe
from sensor.model.flow import Direction
from sensor.model.observation import Observation

HEADER_BYTES = 6
"""Length, version and type."""
GROUPS = 4
CHAINS = GROUPS * GROUPS
MAX_FRAME_BYTES = 2**26
"""More than 16 blocks take."""
VERSION = 1
RESULT_BYTES = 47
RAW_BYTES = 128
_SHORTEST_BLOCK = 24 + 100
"""A nonce, and less than any header has."""


def probe(head: bytes) -> Probe:
    """Does the stream begin with a frame that only this API has?"""
    if len(head) < HEADER_BYTES:
        return Probe.UNSURE if bytes([0]).startswith(head[:1]) else Probe.NOT_FOR_US
    size = frame_size(head[:HEADER_BYTES])
    if size is None:
        return Probe.NOT_FOR_US
    enough = size if head[5] == 1 else min(size, HEADER_BYTES + 12)
    if len(head) < enough:
        return Probe.UNSURE
    return Probe.CERTAIN if read_message(Frame(head[:size], size)) is not None else Probe.NOT_FOR_US


def frame_size(header: bytes) -> int | None:
    """Bytes of the frame that begins so; None where none does."""
    size = 4 + int.from_bytes(header[:4], "big")
    most = RESULT_BYTES if header[5] == 1 else MAX_FRAME_BYTES
    fits = header[4] == VERSION and header[5] in {0, 1} and size <= most
    return size if fits and size >= HEADER_BYTES + 4 else None


class AlephiumFrames:
    """Dissector of both directions of a session with a node."""

    def __init__(self) -> None:
        self._cutters = (FrameCutter(HEADER_BYTES, frame_size), FrameCutter(HEADER_BYTES, frame_size))
        self._serials = count(1)
        self._open: list[int] = []

    def held_bytes(self) -> int:
        """About what it remembers of both directions."""
        return sum(cutter.held_bytes() for cutter in self._cutters) + 40 * len(self._open)

    def parse(self, direction: Direction, at_ns: int, data: bytes, *, gap: bool) -> list[Observation]:
        """Messages completed by ``data``."""
        found = []
        for frame in self._cutters[direction].feed(data, gap=gap):
            if (fields := read_message(frame)) is not None:
                serial = next(self._serials)
                answers = self._match(fields["message"], serial)
                found.append(
                    Observation(direction, at_ns, {"alephium": fields}, frame.data[:RAW_BYTES], serial, answers)
                )
        return found

    def _match(self, message: str, serial: int) -> int | None:
        """The node answers blocks in the order in which they come."""
        if message == "SubmitBlock":
            self._open = [*self._open[-255:], serial]
        return self._open.pop(0) if message == "SubmitResult" and self._open else None


def read_message(frame: Frame) -> dict[str, Any] | None:
    """The fields of a frame; None where it is none of the API's messages."""
    body = frame.data[HEADER_BYTES:]
    if frame.data[5] == 1:
        return _result(body) if frame.size == len(frame.data) == RESULT_BYTES else None
    if _number(body, 0) == CHAINS and _is_chain(body, 4):
        return _jobs(body)
    block_bytes = _number(body, 0)
    if block_bytes == frame.size - HEADER_BYTES - 4 and block_bytes >= _SHORTEST_BLOCK:
        return {"message": "SubmitBlock"}
    return None


def _jobs(body: bytes) -> dict[str, Any]:
    """The first job stands for all: they share the target, or nearly so."""
    fields: dict[str, Any] = {"message": "Jobs", "chains": CHAINS}
    header, at = _blob(body, 12)
    _, at = _blob(body, at)
    target, at = _blob(body, at)
    if header and target and len(target) <= 33 and len(body) >= at + 4:
        fields |= {"target": target.hex().lstrip("0") or "0", "height": _number(body, at)}
    return fields


def _result(body: bytes) -> dict[str, Any] | None:
    if not _is_chain(body, 0) or body[40] > 1:
        return None
    return {"message": "SubmitResult", "accepted": bool(body[40])}


def _is_chain(body: bytes, at: int) -> bool:
    return len(body) >= at + 8 and _number(body, at) < GROUPS and _number(body, at + 4) < GROUPS


def _blob(body: bytes, at: int) -> tuple[bytes, int]:
    start = at + 4
    end = start + _number(body, at)
    return body[start:end], end


def _number(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 4], "big")
