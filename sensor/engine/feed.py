"""How does what is not a file on a disk come into a session of the native engine?

A live ring goes in block by block, read in the memory shared with the kernel; anything else frame by frame. A tick ends
the batch: what it closes comes last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from sensor.engine.api import BlockSource, BlockTally, Frame, PacketSource, RingBlock, Tick
from sensor.model.errors import EngineError

if TYPE_CHECKING:
    from sensor.engine import _native

Rows: TypeAlias = list[tuple[Any, ...]]
"""Events as the extension module writes them."""
Feeder: TypeAlias = Callable[[int], tuple[Rows | None, Tick | None]]
"""Works on up to that many frames; their events, None at the end, and the tick that ended the batch, if one did."""
_MAX_NS = 2**63 - 1


def feeder(session: _native.EngineSession, source: PacketSource) -> Feeder:
    """The fastest way from ``source`` into ``session``."""
    blocks = source.blocks() if isinstance(source, BlockSource) else None
    if blocks is None:
        return _Frames(session, source.frames())
    return _Blocks(session, blocks)


class _Frames:
    """Frames, copied over in batches."""

    def __init__(self, session: _native.EngineSession, frames: Iterator[Frame | Tick]) -> None:
        self._session = session
        self._frames = iter(frames)

    def __call__(self, max_packets: int) -> tuple[Rows | None, Tick | None]:
        batch, tick = [], None
        for item in islice(self._frames, max_packets):
            if isinstance(item, Tick):
                tick = item
                break
            batch.append((_in_range(item.at_ns), item.linktype, item.data, item.wire_len))
        self._session.feed(batch)
        if tick is None and len(batch) < max_packets:
            self._session.end_feed()
        rows = self._session.read(max_packets)
        return (rows, None) if tick is None else ([*(rows or ()), *_pass_time(self._session, tick)], tick)


class _Blocks:
    """Blocks of a ring, read where they are; a block is given back as soon as its last frame was worked on."""

    def __init__(self, session: _native.EngineSession, blocks: Iterator[RingBlock | Tick]) -> None:
        self._session = session
        self._blocks = blocks
        self._block: RingBlock | None = None
        self._tally = BlockTally(0, 0, 0, 0)

    def __call__(self, max_packets: int) -> tuple[Rows | None, Tick | None]:
        if self._block is None:
            item = next(self._blocks, None)
            if item is None:
                self._session.end_feed()
                return self._session.read(max_packets), None
            if isinstance(item, Tick):
                return _pass_time(self._session, item), item
            self._begin(item)
        return self._go_on(max_packets), None

    def _begin(self, block: RingBlock) -> None:
        try:
            tally = self._session.begin_block(block.memory, block.linktype, block.is_loopback, block.max_frame_bytes)
        except ValueError as fault:
            raise EngineError(
                f"ring: {fault}; this kernel lays its rings out in another way: set mode: socket"
            ) from fault
        self._block, self._tally = block, BlockTally(*tally)

    def _go_on(self, max_packets: int) -> Rows:
        if self._block is None:
            return []
        rows, left = self._session.read_block(self._block.memory, max_packets)
        if not left:
            self._block.release(self._tally)
            self._block = None
        return rows


def _pass_time(session: _native.EngineSession, tick: Tick) -> Rows:
    session.pass_time(_in_range(tick.at_ns))
    return session.read(0) or []


def _in_range(at_ns: int) -> int:
    return min(max(at_ns, -_MAX_NS), _MAX_NS)
