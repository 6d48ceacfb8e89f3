"""How does the native engine answer in the types of the seam?

The extension module :mod:`sensor.engine._native` (Rust, ``engine/``) does the work with the GIL released and hands
batches of plain tuples over. A capture file that is on a disk is read there, a live ring is read where the kernel
writes it; frames of any other source are fed.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import os
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import sensor.engine._native as _native  # said so, a module that is not built is a ModuleNotFoundError
from sensor.behaviour.record import Behaviour
from sensor.engine.api import (
    Candidate,
    CloseCause,
    Counters,
    DnsMessage,
    Event,
    FlowBehaviour,
    FlowClosed,
    FlowUpdated,
    Frame,
    PacketSource,
    Program,
    QuicHello,
    Reason,
    StoredSource,
    StreamChunk,
    Tick,
)
from sensor.engine.blocks import block_feed
from sensor.model.errors import CaptureError, EngineError
from sensor.model.flow import Direction, Endpoint, FiveTuple, Traffic

SEAM = 7
"""Number of the agreement between this file and the extension module; a module with another one is stale."""
SEED_BYTES = 32
_MAX_NS = 2**63 - 1

if _native.SEAM != SEAM:
    raise ImportError(f"stale extension module (seam {_native.SEAM}, wanted {SEAM})", name=_native.__name__)


class NativeEngine:
    """The engine in Rust. ``seed`` makes places in the flow table repeatable, for tests; else the system gives one."""

    def __init__(self, seed: bytes | None = None) -> None:
        self._seed = seed

    @property
    def name(self) -> str:
        """``native``."""
        return "native"

    def open(self, program: Program, source: PacketSource) -> NativeSession:
        """Start a session.

        Raises :class:`~sensor.model.errors.EngineError` for a program that cannot be used, and
        :class:`~sensor.model.errors.CaptureError` for a capture file that cannot be opened.
        """
        return NativeSession(program, source, self._seed or os.urandom(SEED_BYTES))


class NativeSession:
    """One run over one source. See :class:`~sensor.engine.api.EngineSession`."""

    def __init__(self, program: Program, source: PacketSource, seed: bytes) -> None:
        compiled = _compile(program)
        path = source.hand_over(self) if isinstance(source, StoredSource) else None
        self._session = _open(compiled, path, seed)
        self._blocks = block_feed(self._session, source)
        is_fed = path is None and self._blocks is None
        self._frames: Iterator[Frame | Tick] | None = iter(source.frames()) if is_fed else None
        self._limits, self._behaviour = program.limits, program.behaviour
        self._counters = Counters()

    @property
    def counters(self) -> Counters:
        """Live counters."""
        return self._counters

    @property
    def damage(self) -> str | None:
        """What stopped the reading of a capture file early, or None."""
        return self._session.damage

    @property
    def position(self) -> int:
        """Stored bytes of a capture file read so far."""
        return self._session.position

    @property
    def packets(self) -> int:
        """Frames read so far."""
        return self._counters.packets

    def read(self, max_packets: int = 16_384) -> list[Event] | None:
        """Work on up to ``max_packets`` frames or to the next tick; None once all has ended and is closed."""
        found: list[Event] = []
        tick: Tick | None = None
        if self._blocks is not None:
            rows, tick = self._blocks.take(max_packets)
            found = _events(rows)
        elif self._frames is not None:
            tick = self._feed(self._frames, max_packets)
        events = self._work(max_packets)
        if found:
            events = [*found, *(events or ())]
        if tick is not None:
            self._session.pass_time(_in_range(tick.at_ns))
            events = [*(events or ()), *(self._work(0) or ()), tick]
        for name, value in zip(_COUNTER_NAMES, self._session.counters(), strict=True):
            setattr(self._counters, name, value)
        return events

    def use(self, program: Program) -> None:
        """Look for something else from here on. Raises ``EngineError`` before anything has changed."""
        self._session.use(_compile(self._bounded(program)))

    def drop(self, flow_id: int) -> None:
        """Stop following a flow; its close event comes with the next batch."""
        self._session.drop(flow_id)

    def _bounded(self, program: Program) -> Program:
        return dataclasses.replace(program, limits=self._limits, behaviour=self._behaviour)

    def _work(self, max_packets: int) -> list[Event] | None:
        rows = self._session.read(max_packets)
        return None if rows is None else _events(rows)

    def _feed(self, frames: Iterator[Frame | Tick], max_packets: int) -> Tick | None:
        """Hand over what comes before the next tick, and answer that."""
        rows: list[tuple[int, int, bytes, int]] = []
        tick: Tick | None = None
        for frame in islice(frames, max_packets):
            if isinstance(frame, Tick):
                tick = frame
                break
            rows.append((_in_range(frame.at_ns), frame.linktype, frame.data, frame.wire_len))
        self._session.feed(rows)
        if tick is None and len(rows) < max_packets:
            self._session.end_feed()
        return tick


def _events(rows: list[tuple[Any, ...]]) -> list[Event]:
    return [_EVENTS[row[0]](*row[1:]) for row in rows]


def _compile(program: Program) -> _native.Program:
    try:
        return _native.Program(
            list(program.anchors),
            sorted(program.name_suffixes),
            sorted(program.names),
            [(entry.network, sorted(entry.ports)) for entry in program.addresses],
            list(program.shapes),
            dataclasses.asdict(program.limits),
            dataclasses.asdict(program.behaviour) if program.behaviour else None,
        )
    except (ValueError, OverflowError) as error:
        raise EngineError(f"program {program.name}: {error}") from error


def _open(program: _native.Program, path: str | None, seed: bytes) -> _native.EngineSession:
    try:
        return _native.EngineSession(program, path, seed)
    except (OSError, ValueError) as error:
        raise CaptureError(f"{path}: cannot open the capture: {error}; check the path and its permissions") from error


def _in_range(at_ns: int) -> int:
    return min(max(at_ns, -_MAX_NS), _MAX_NS)


_Ends = tuple[bytes, int, bytes, int, bool]


def _five_tuple(ends: _Ends) -> FiveTuple:
    orig, orig_port, resp, resp_port, is_tcp = ends
    return FiveTuple(Endpoint(_text(orig), orig_port), Endpoint(_text(resp), resp_port), "tcp" if is_tcp else "udp")


def _text(packed: bytes) -> str:
    return str(ipaddress.ip_address(packed))


def _candidate(
    flow_id: int, ends: _Ends, first_seen_ns: int, at_ns: int, reason: str, detail: bytes, handshake_seen: bool
) -> Candidate:
    text = detail.decode("utf-8", "backslashreplace")
    return Candidate(flow_id, _five_tuple(ends), first_seen_ns, at_ns, Reason(reason), text, handshake_seen)


def _chunk(flow_id: int, is_resp: bool, at_ns: int, data: bytes, gap: bool) -> StreamChunk:
    return StreamChunk(flow_id, Direction(is_resp), at_ns, data, gap)


def _updated(flow_id: int, at_ns: int, counts: tuple[int, int, int, int]) -> FlowUpdated:
    return FlowUpdated(flow_id, at_ns, Traffic(*counts))


def _closed(flow_id: int, at_ns: int, cause: str, counts: tuple[int, int, int, int]) -> FlowClosed:
    return FlowClosed(flow_id, at_ns, CloseCause(cause), Traffic(*counts))


def _dns(ends: _Ends, at_ns: int, payload: bytes) -> DnsMessage:
    return DnsMessage(_five_tuple(ends), at_ns, payload)


def _behaviour(
    flow_id: int,
    ends: _Ends,
    first_seen_ns: int,
    at_ns: int,
    handshake_seen: bool,
    counts: tuple[int, int, int, int],
    told: tuple[bytes, int, bool],
) -> FlowBehaviour:
    messages, total, server_is_resp = told
    behaviour = Behaviour(messages, total, Direction(server_is_resp))
    return FlowBehaviour(flow_id, _five_tuple(ends), first_seen_ns, at_ns, handshake_seen, Traffic(*counts), behaviour)


def _quic(ends: _Ends, at_ns: int, hello: bytes) -> QuicHello:
    return QuicHello(_five_tuple(ends), at_ns, hello)


_EVENTS: tuple[Callable[..., Any], ...] = (_candidate, _chunk, _updated, _closed, _dns, _behaviour, _quic)
"""By the number that begins an event's tuple."""
_COUNTER_NAMES = tuple(field.name for field in dataclasses.fields(Counters))
