"""How do the blocks of a live ring come into a session of the native engine? Read where they are, nothing copied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sensor.engine.api import BlockSource, BlockTally, PacketSource, RingBlock, Tick
from sensor.model.errors import EngineError

if TYPE_CHECKING:
    from sensor.engine import _native


def block_feed(session: _native.EngineSession, source: PacketSource) -> BlockFeed | None:
    """The way from the ring of ``source`` into ``session``; None where ``source`` has no ring."""
    blocks = source.blocks() if isinstance(source, BlockSource) else None
    return None if blocks is None else BlockFeed(session, blocks)


class BlockFeed:
    """Hands blocks over, each in as many turns as it takes; the kernel has it back before the last turn's events."""

    def __init__(self, session: _native.EngineSession, blocks: Iterator[RingBlock | Tick]) -> None:
        self._session = session
        self._blocks = blocks
        self._block: RingBlock | None = None
        self._tally = BlockTally(0, 0, 0, 0)

    def take(self, max_packets: int) -> tuple[list[tuple[Any, ...]], Tick | None]:
        """The events of up to ``max_packets`` frames of one block, or the tick that came in the place of a block."""
        if self._block is None:
            item = next(self._blocks, None)
            if item is None:
                self._session.end_feed()
                return [], None
            if isinstance(item, Tick):
                return [], item
            self._begin(item)
            self._block = item
        rows, left = self._session.read_block(self._block.memory, max_packets)
        if not left:
            self._block.release(self._tally)
            self._block = None
        return rows, None

    def _begin(self, block: RingBlock) -> None:
        try:
            found = self._session.begin_block(block.memory, block.linktype, block.is_loopback, block.max_frame_bytes)
        except ValueError as fault:
            raise EngineError(f"ring: {fault}; this kernel lays rings out in another way: set mode: socket") from fault
        self._tally = BlockTally(*found)
