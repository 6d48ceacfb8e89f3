"""Is a block of a ring, as a kernel wrote it, read alike by Python and by the native engine?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sensor.capture.packet_socket import Link
from sensor.capture.ring import Block, frames_of
from sensor.engine.api import BlockTally, Counters, Engine, Event, Frame, PacketSource, Program, RingBlock, Tick
from sensor.model.errors import EngineError
from sensor.simulate.scenario import DEFAULT_START_NS, compose

RECORDED = Path(__file__).parent / "blocks" / "veth.bin"
"""Simulated mining on a veth pair, x86-64, Linux 6: untagged, 802.1Q, 802.1ad and priority tags in turn, cut at 400."""
TAGS = (b"", b"\x81\x00\x00\x07", b"\x88\xa8\x00\x05\x81\x00\x00\x07", b"\x81\x00\xe0\x07")
LINK = Link("veth", 1, 1, is_loopback=False, max_frame_bytes=300)
PROGRAM = Program("blocks", (b'"mining.', b'"method"'), frozenset(), frozenset(), ())
pytestmark = pytest.mark.skipif(sys.byteorder != "little", reason="the block was recorded on a little-endian host")


@dataclass
class Blocks:
    """Bytes in memory as a source of one block."""

    data: bytearray
    released: list[BlockTally] = field(default_factory=list)
    name: str = "memory"
    damage: str | None = None

    def frames(self) -> Iterator[Frame | Tick]:
        raise AssertionError("the engine did not ask for blocks")

    def blocks(self) -> Iterator[RingBlock | Tick]:
        yield Tick(1)
        yield Block(memoryview(self.data), LINK, self.released.append)
        assert self.released, "the next item was asked for with the block still out"
        yield Tick(DEFAULT_START_NS)


@dataclass
class Frames:
    """Frames in memory as a packet source, between the same ticks."""

    held: list[Frame]
    name: str = "memory"
    damage: str | None = None

    def frames(self) -> Iterator[Frame | Tick]:
        yield from (Tick(1), *self.held, Tick(DEFAULT_START_NS))


def everything(engine: Engine, source: PacketSource, batch: int) -> tuple[list[Event], Counters]:
    session = engine.open(PROGRAM, source)
    events: list[Event] = []
    while (found := session.read(batch)) is not None:
        events += found
    return events, session.counters


def test_python_finds_what_was_sent() -> None:
    sent = [frame for _, frame in compose("stratum-v1", 5, DEFAULT_START_NS, duration_s=120.0).rows][:40]
    tagged = [frame[:12] + TAGS[at % 4] + frame[12:] for at, frame in enumerate(sent)]
    frames, outgoing = frames_of(RECORDED.read_bytes(), 0, LINK)
    # The kernel cuts before it puts the tag that it took out beside the frame.
    assert all(
        whole.startswith(frame.data) and len(frame.data) >= min(len(whole), 400)
        for whole, frame in zip(tagged, frames, strict=True)
    )
    assert [frame.wire_len for frame in frames] == [len(frame) for frame in tagged]
    assert outgoing == 0


@pytest.mark.parametrize("batch", [1, 3, 37, 38, 39, 4096])
def test_the_native_engine_says_the_same_of_it(native: Callable[[], Engine], batch: int) -> None:
    frames, _ = frames_of(RECORDED.read_bytes(), 0, LINK)
    blocks = Blocks(bytearray(RECORDED.read_bytes()))
    engine = native()
    events, counters = everything(engine, blocks, batch)
    assert (events, counters) == everything(engine, Frames(frames), batch)
    assert len(events) > 10
    merged = sum(frame.wire_len > LINK.max_frame_bytes for frame in frames)
    assert blocks.released == [BlockTally(len(frames), 0, merged, frames[-1].at_ns)]
    assert merged > 0


@pytest.mark.parametrize("size", [0, 12, 48, 100, 3000])
def test_a_block_that_is_none_is_said(native: Callable[[], Engine], size: int) -> None:
    session = native().open(PROGRAM, Blocks(bytearray(RECORDED.read_bytes()[:size])))
    assert session.read() == [Tick(1)]
    with pytest.raises(EngineError, match=r"ring: damaged block: frame .* set mode: socket"):
        session.read()
