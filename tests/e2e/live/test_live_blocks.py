"""Does the native engine say the same of a ring's blocks as of the frames that Python takes out of them?"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from live_kit import Look, Wire

from sensor.capture.interface import CaptureMode, InterfaceSource
from sensor.capture.ring import frames_of
from sensor.engine.api import BlockTally, Counters, Engine, Event, Frame, Program, RingBlock, Tick
from sensor.engine.portable import PortableEngine
from sensor.simulate.scenario import DEFAULT_START_NS, compose

PROGRAM = Program("blocks", (b'"mining.', b'"method"', b"HTTP/1."), frozenset({"example"}), frozenset(), ())


@dataclass
class Recorded:
    """A live source whose blocks are copied before the engine has them; it shows ``blocks()``, so that one is used."""

    source: InterfaceSource
    copies: list[bytes] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def damage(self) -> str | None:
        return self.source.damage

    def frames(self) -> Iterator[Frame | Tick]:
        raise AssertionError("the engine did not ask for blocks")

    def blocks(self) -> Iterator[RingBlock | Tick] | None:
        blocks = self.source.blocks()
        assert blocks is not None
        return (self._copied(item) for item in blocks)

    def _copied(self, item: RingBlock | Tick) -> RingBlock | Tick:
        if not isinstance(item, Tick):
            self.copies.append(bytes(item.memory))
        return item


@dataclass
class Given:
    """Frames in memory as a packet source."""

    held: list[Frame]
    name: str = "memory"
    damage: str | None = None

    def frames(self) -> Iterator[Frame | Tick]:
        return iter(self.held)


def everything(engine: Engine, source: object, batch: int = 4096) -> tuple[list[Event], Counters]:
    session = engine.open(PROGRAM, source)  # type: ignore[arg-type]
    events: list[Event] = []
    while (found := session.read(batch)) is not None:
        events += [event for event in found if not isinstance(event, Tick)]
    return events, replace(session.counters, table_bytes=0, held_bytes=0, shed_heads=0)


def traffic(vlan: int | None) -> list[bytes]:
    names = ("stratum-v1", "cryptonote", "egress-day")
    days = [compose(name, 5, DEFAULT_START_NS, duration_s=300.0, vlan=vlan) for name in names]
    return [frame for day in days for _, frame in day.rows]


def strange() -> list[bytes]:
    """Tags of every kind, runts, frames of no known protocol, and one that is full."""
    plain = traffic(None)[:50]
    tags = [
        b"\x81\x00\x00\x07",
        b"\x88\xa8\x00\x05\x81\x00\x00\x07",
        b"\x81\x00\x00\x05\x81\x00\xe0\x07",
        b"\x91\x00\x00\x09",
    ]
    tagged = [frame[:12] + tag + frame[12:] for frame in plain for tag in tags]
    odd = [bytes(range(size)) for size in (14, 15, 18, 20, 60)]
    return [*tagged, *odd, plain[0][:12] + struct.pack(">H", 0x1234) + bytes(1500)]


@pytest.mark.parametrize("batch", [1, 7, 4096])
@pytest.mark.parametrize(
    ("sent", "options"),
    [
        (lambda: traffic(None), {}),
        (lambda: traffic(7), {}),
        (lambda: traffic(None), {"block_bytes": 1 << 16, "blocks": 32, "snaplen_bytes": 2048}),
        (lambda: traffic(7), {"snaplen_bytes": 200}),
        (strange, {}),
    ],
    ids=["plain", "vlan", "small-blocks", "cut", "strange"],
)
def test_the_same_as_from_frames(
    wire: Wire,
    look: Look,
    native: Callable[[], Engine],
    sent: Callable[[], list[bytes]],
    options: dict[str, int],
    batch: int,
) -> None:
    source = look(mode=CaptureMode.RING, **options)
    frames = sent()
    wire.send(frames)
    source.stop()
    recorded = Recorded(source)
    engine = native()
    events, counters = everything(engine, recorded, batch)
    held = [frame for copy in recorded.copies for frame in frames_of(copy, 0, source.link)[0]]
    assert (events, counters) == everything(engine, Given(held), batch)
    assert counters.packets == source.counters.frames == source.counters.kernel.packets == len(frames)
    assert source.counters.kernel.drops == 0
    reference = everything(PortableEngine(), Given(held))[1]
    assert (counters.candidates, counters.bytes) == (reference.candidates, reference.bytes)


def test_blocks_come_back_to_the_kernel(wire: Wire, look: Look, native: Callable[[], Engine]) -> None:
    """Many times round a ring of two small blocks. A slow sender fills both while nobody reads, so some may be lost."""
    source = look(mode=CaptureMode.RING, block_bytes=1 << 16, blocks=2, snaplen_bytes=2048, block_timeout_ms=1)
    session = native().open(PROGRAM, source)
    frame = traffic(None)[0]
    for turn in range(1, 41):
        wire.send([frame] * 100)
        before = session.counters.packets
        while session.counters.packets + source.counters.kernel.drops < turn * 100:
            assert session.read() is not None
        assert session.counters.packets > before


def test_a_socket_has_no_blocks(look: Look) -> None:
    assert look(mode=CaptureMode.SOCKET).blocks() is None


def test_a_ring_lends_one_block_at_a_time_and_closes_with_it_out(wire: Wire, look: Look) -> None:
    source = look(mode=CaptureMode.RING)
    wire.send(traffic(None)[:10])
    blocks = source.blocks()
    assert blocks is not None
    block = next(item for item in blocks if not isinstance(item, Tick))
    assert isinstance(next(blocks), Tick)
    source.close()
    with pytest.raises(ValueError, match="released"):
        bytes(block.memory)
    block.release(BlockTally(10, 0, 0, 1))
    assert source.counters.frames == 0


def test_a_block_is_given_back_once(wire: Wire, look: Look) -> None:
    source = look(mode=CaptureMode.RING, block_timeout_ms=1)
    blocks = source.blocks()
    assert blocks is not None
    found = []
    for _ in range(3):
        wire.send(traffic(None)[:10])
        found.append(next(item for item in blocks if not isinstance(item, Tick)))
        for block in found:
            block.release(BlockTally(10, 0, 0, 1))
    assert source.counters.frames == 30
