"""What does a farm's BTCAgent tell its pool in binary, between the JSON lines of Stratum V1?

A frame is 0x7F, a command, the length of the whole frame and a body, lowest byte first (btccom/btcpool, AGENT.md). One
connection stands for up to 65 535 miners, each with a number; the pool answers shares only where asked to.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import count
from typing import Any

from sensor.dissect.jsonrpc import JsonRpcLines
from sensor.dissect.probe import Dissector, Probe
from sensor.model.flow import Direction
from sensor.model.observation import Observation

MAGIC = 0x7F
HEADER_BYTES = 4
MAX_SESSIONS = 65_536
MAX_GREETINGS = 32
ENTRY_BYTES = 400
"""Lines at the start of a stream in which the two sides may agree on something."""
MAX_OPEN_SHARES = 4096
MAX_FRAMES = 4096
"""Frames cut from one chunk; what follows them is read as lines."""
SERIAL_BASE = 1 << 40
"""Serials of frames begin here, far from those of the lines in between."""
_ANSWERS = "subres"
"""The capability of answering shares."""
_ACCEPTED = frozenset({1_798_084_231, 950_395_421, 1_422_486_894, 1_713_984_938})
"""Statuses of a share that was taken: accepted or solved, stale or not (btcagent, StratumStatus)."""
_SHARES = {0x02: 15, 0x03: 19, 0x12: 19, 0x13: 23}
_COMMANDS = {0x01: range(8, 1024), 0x04: range(6, 7), 0x05: range(7, 65_536), 0x10: range(10, 11)} | {
    command: range(size, size + 1) for command, size in _SHARES.items()
}
"""Command → how long its frames are."""


def probe(head: bytes) -> Probe:
    """Does the stream begin with a frame? One that was joined in the middle may."""
    if head[:1] != bytes([MAGIC]):
        return Probe.NOT_FOR_US if head else Probe.UNSURE
    if len(head) < HEADER_BYTES:
        return Probe.UNSURE
    size = frame_size(head)
    if size is None:
        return Probe.NOT_FOR_US
    return Probe.CERTAIN if len(head) >= size and head[size : size + 1] in (b"", b"{", b"\x7f") else Probe.UNSURE


def frame_size(data: bytes) -> int | None:
    """Bytes of the frame at the start of ``data``, at least four; None where none begins so."""
    size = int.from_bytes(data[2:HEADER_BYTES], "little")
    lengths = _COMMANDS.get(data[1])
    return size if data[0] == MAGIC and lengths is not None and size in lengths else None


class AgentLines:
    """Dissector of JSON lines that may have frames between them. Without a frame it costs one search for 0x7F."""

    def __init__(self, lines: Dissector | None = None) -> None:
        self._lines = lines or JsonRpcLines()
        self._sides = (_Splitter(), _Splitter())
        self._workers = Workers()
        self._greetings = MAX_GREETINGS
        self._serials = count(SERIAL_BASE)

    def held_bytes(self) -> int:
        """About what it remembers of both directions."""
        return self._lines.held_bytes() + sum(len(side.held) for side in self._sides) + self._workers.held_bytes()

    def parse(self, direction: Direction, at_ns: int, data: bytes, *, gap: bool) -> list[Observation]:
        """Messages and frames completed by ``data``, lines first."""
        side = self._sides[direction]
        if MAGIC not in data and not side.held:
            side.at_line_start = data.endswith(b"\n")
            return self._read_lines(direction, at_ns, data, gap=gap)
        text, frames = side.split(data, gap=gap)
        found = self._read_lines(direction, at_ns, text, gap=gap) if text or gap else []
        for frame in frames:
            serial = next(self._serials)
            fields, answers = self._workers.read(frame, serial)
            if fields:
                found.append(Observation(direction, at_ns, {"btcagent": fields}, frame[:64], serial, answers))
        return found

    def _read_lines(self, direction: Direction, at_ns: int, text: bytes, *, gap: bool) -> list[Observation]:
        """Observations of the lines; what the two sides agree on stands in the first of them."""
        found = self._lines.parse(direction, at_ns, text, gap=gap)
        if self._greetings:
            for line in found[: self._greetings]:
                self._greetings -= 1
                self._workers.hear(line)
        return found


class _Splitter:
    """Parts one direction into text and frames. A frame begins at the start of a line, or behind another."""

    def __init__(self) -> None:
        self.held = b""
        self.at_line_start = True

    def split(self, data: bytes, *, gap: bool) -> tuple[bytes, list[bytes]]:
        """The text of ``data``, and the frames it completed. Holds a frame that has only begun."""
        if gap:
            self.held, self.at_line_start = b"", True
        rest, self.held = self.held + data, b""
        text: list[bytes] = []
        frames: list[bytes] = []
        while rest:
            if self.at_line_start and rest[0] == MAGIC and len(frames) < MAX_FRAMES:
                size = HEADER_BYTES if len(rest) < HEADER_BYTES else frame_size(rest)
                if size is not None and len(rest) < max(size, HEADER_BYTES + 1):
                    self.held = rest
                    break
                if size is not None:
                    frames.append(rest[:size])
                    rest = rest[size:]
                    continue
            line, end, rest = rest.partition(b"\n")
            text.append(line + end)
            self.at_line_start = bool(end)
        return b"".join(text), frames


class Workers:
    """The miners of one connection by number, and the shares of theirs that wait for an answer. Bounded."""

    def __init__(self) -> None:
        self._names: OrderedDict[int, str] = OrderedDict()
        self._difficulties: OrderedDict[int, int] = OrderedDict()
        self._open: OrderedDict[int, int] = OrderedDict()
        self._index = 0
        self._asked_for_answers = False
        self._are_answered = False

    def held_bytes(self) -> int:
        """About what its tables take."""
        return ENTRY_BYTES * (len(self._names) + len(self._difficulties) + len(self._open))

    def hear(self, line: Observation) -> None:
        """Do the two sides agree, in a line of JSON, that shares are answered?"""
        if line.get("jsonrpc.method") == "agent.get_capabilities":
            self._asked_for_answers |= _ANSWERS in _list(line.get("jsonrpc.params"))
        elif line.get("jsonrpc.reply_to") == "agent.get_capabilities":
            offered = _ANSWERS in _list(line.get("jsonrpc.result.capabilities"))
            self._are_answered |= self._asked_for_answers and offered

    def read(self, frame: bytes, serial: int) -> tuple[dict[str, Any], int | None]:
        """The fields of a frame, none where it is broken, and the serial of the share that it answers."""
        command, body = frame[1], frame[HEADER_BYTES:]
        if command in _SHARES:
            return self._share(body, serial), None
        if command == 0x01:
            return self._register(body), None
        if command == 0x05:
            return self._set_difficulty(body), None
        if command == 0x10:
            self._are_answered = True
            index, status = _number(body, 0, 2), _number(body, 2, 4)
            return {"message": "submit_response", "accepted": status in _ACCEPTED}, self._open.pop(index, None)
        return {"message": "unregister_worker", "session": self._leave(_number(body, 0, 2))}, None

    def _share(self, body: bytes, serial: int) -> dict[str, Any]:
        session = _number(body, 1, 2)
        _put(self._open, self._index & 0xFFFF, serial, MAX_OPEN_SHARES)
        self._index += 1
        told = {"worker": self._names.get(session), "difficulty": self._difficulties.get(session)}
        fields = {"message": "submit_share", "session": session, "job": str(body[0]), "answered": self._are_answered}
        return fields | {key: value for key, value in told.items() if value}

    def _register(self, body: bytes) -> dict[str, Any]:
        session = _number(body, 0, 2)
        texts = body[2:].split(b"\0")
        if len(texts) != 3 or texts[2]:
            return {}
        agent, worker = (text.decode("utf-8", "replace") for text in texts[:2])
        _put(self._names, session, worker, MAX_SESSIONS)
        return {"message": "register_worker", "session": session, "agent": agent, "worker": worker}

    def _set_difficulty(self, body: bytes) -> dict[str, Any]:
        exponent, sessions = body[0], _number(body, 1, 2)
        if len(body) != 3 + 2 * sessions or exponent > 64:
            return {}
        for at in range(3, len(body), 2):
            _put(self._difficulties, _number(body, at, 2), 2**exponent, MAX_SESSIONS)
        return {"message": "set_difficulty", "difficulty": 2**exponent}

    def _leave(self, session: int) -> int:
        self._names.pop(session, None)
        self._difficulties.pop(session, None)
        return session


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(body: bytes, at: int, size: int) -> int:
    return int.from_bytes(body[at : at + size], "little")


def _put(table: OrderedDict[int, Any], key: int, value: Any, bound: int) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > bound:
        table.popitem(last=False)
