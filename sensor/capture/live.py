"""How does an open packet socket become frames and ticks, and when does the reading end?"""

from __future__ import annotations

import errno
import select
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

import structlog

from sensor.capture import packet_socket
from sensor.capture.interface_options import CaptureMode, InterfaceOptions
from sensor.capture.packet_socket import KernelCounters, Link, Statistics
from sensor.capture.ring import Ring
from sensor.engine.api import BlockTally, Frame, RingBlock, Tick
from sensor.model.closing import Closing

_COUNT_EVERY_NS = 1_000_000_000
_MS_NS = 1_000_000
_Taken = TypeVar("_Taken")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LiveCounters:
    """What became of the packets. Once all is read: ``kernel.packets = frames + outgoing_packets + kernel.drops``."""

    kernel: KernelCounters
    frames: int
    """Frames given."""
    outgoing_packets: int
    """Second copies of what the host sent to itself on loopback, left out."""
    merged_frames: int
    """Frames longer than the MTU allows: offload merged several packets into each."""
    outages: int
    """Times the interface went down."""


class Reader(Protocol):
    """Takes frames off a packet socket."""

    @property
    def outgoing_packets(self) -> int:
        """Second copies of what this host sent to itself, left out."""

    def take(self) -> list[Frame]:
        """Frames that wait, oldest first; nothing when none does."""

    def close(self) -> None:
        """Give back what is not the socket's."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A socket that receives, and how it is read."""

    sock: socket.socket
    link: Link
    reader: Reader
    fallback: str | None


@dataclass(frozen=True, slots=True)
class _End:
    """When the iteration ends: at a frame later than the stop, or once the block being filled then had its timeout."""

    clock_ns: int
    monotonic_ns: int


class InterfaceSource(Closing):
    """A live interface as a packet source. Read and close it in one thread; :meth:`stop` and counters are for any."""

    def __init__(
        self,
        options: InterfaceOptions,
        opened: Opened,
        clock_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Use :func:`open_interface`."""
        self._options = options
        self._sock, self._link, self._reader = opened.sock, opened.link, opened.reader
        self._clock_ns = clock_ns
        self._monotonic_ns = monotonic_ns
        self._statistics = Statistics(opened.sock)
        self._poll = select.poll()
        self._poll.register(opened.sock, select.POLLIN | select.POLLERR)
        self._lag_ns = 2 * options.block_timeout_ms * _MS_NS
        self._stop_asked = False
        self._damage: str | None = None
        self._down = False
        self._last_ns = 0
        self._frames = self._merged = self._outages = 0
        self.fallback = opened.fallback
        """Why there is no ring although one was wanted, or None."""

    @property
    def name(self) -> str:
        """The interface."""
        return self._link.name

    @property
    def link(self) -> Link:
        """The interface as it was when it was opened."""
        return self._link

    @property
    def mode(self) -> CaptureMode:
        """How frames really come: ``ring`` or ``socket``."""
        return CaptureMode.RING if isinstance(self._reader, Ring) else CaptureMode.SOCKET

    @property
    def damage(self) -> str | None:
        """That the interface is gone, or None. An interface that is down comes back and is waited for."""
        return self._damage

    @property
    def is_down(self) -> bool:
        """True while the interface is down."""
        return self._down

    @property
    def counters(self) -> LiveCounters:
        """The counters now; after :meth:`close`, as they were last."""
        kernel = self._statistics.read()
        return LiveCounters(kernel, self._frames, self._reader.outgoing_packets, self._merged, self._outages)

    def frames(self) -> Iterator[Frame | Tick]:
        """Frames as they come, a tick whenever none waits and at least every ``tick_ms``; ends on :meth:`stop`."""
        for turn in self._turns(self._take):
            if isinstance(turn, Tick):
                yield turn
            else:
                yield from turn

    def blocks(self) -> Iterator[RingBlock | Tick] | None:
        """The same, by whole blocks of the ring; None where there is no ring. Use either this or :meth:`frames`."""
        reader = self._reader
        if not isinstance(reader, Ring):
            return None
        return self._turns(lambda: reader.lend(self._count_block))

    def _turns(self, take: Callable[[], _Taken | None]) -> Iterator[_Taken | Tick]:
        """What waits, as ``take`` gives it, and ticks. What was given is counted before the next is asked for."""
        tick_ns = self._options.tick_ms * _MS_NS
        next_tick_ns = next_count_ns = 0
        end: _End | None = None
        while self._damage is None:
            taken = take()
            if taken:
                yield taken
            now_ns = self._monotonic_ns()
            if not taken or now_ns >= next_tick_ns:
                next_tick_ns = now_ns + tick_ns
                yield self._tick(waiting=bool(taken))
            if now_ns >= next_count_ns:
                next_count_ns = now_ns + _COUNT_EVERY_NS
                self._statistics.read()
            if self._stop_asked:
                end = end or _End(self._clock_ns(), now_ns + self._lag_ns)
                if self._last_ns > end.clock_ns or (not taken and now_ns >= end.monotonic_ns):
                    return
            if not taken:
                self._wait()

    def stop(self) -> None:
        """End the iteration soon: what the kernel took in up to now is still given. Safe from any thread."""
        self._stop_asked = True

    def close(self) -> None:
        """Leave the interface; what was not read is gone. Closing twice is fine."""
        self._statistics.read()
        self._reader.close()
        self._sock.close()

    def _take(self) -> list[Frame]:
        if frames := self._reader.take():
            self._count(frames)
        return frames

    def _count_block(self, tally: BlockTally) -> None:
        self._frames += tally.frames
        self._merged += tally.merged_frames
        self._last_ns = tally.last_ns or self._last_ns

    def _count(self, frames: list[Frame]) -> None:
        self._frames += len(frames)
        longest = self._link.max_frame_bytes
        self._merged += sum(frame.wire_len > longest for frame in frames)
        self._last_ns = frames[-1].at_ns

    def _tick(self, *, waiting: bool) -> Tick:
        """The time up to which every frame has been given: with frames waiting, that of the last one."""
        return Tick(self._last_ns if waiting else max(self._last_ns, self._clock_ns() - self._lag_ns))

    def _wait(self) -> None:
        """Until something comes, a tick is due, or the link has trouble."""
        timeout_ms = self._options.tick_ms
        for _, happened in self._poll.poll(timeout_ms):
            if happened & select.POLLERR:
                fault = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if fault not in (0, errno.ENETDOWN):
                    self._damage = f"{self.name}: reading failed: {packet_socket.reason(OSError(fault, ''))}"
        self._look_at_link()

    def _look_at_link(self) -> None:
        """Every turn of a silent wire: a packet socket says only once, or never, that its interface went away."""
        if packet_socket.is_up(self._sock, self._link):
            if self._down:
                log.info("capture.up", interface=self.name)
            self._down = False
        elif not packet_socket.is_there(self._sock, self._link):
            self._damage = f"{self.name}: the interface is gone"
        elif not self._down:
            self._down = True
            self._outages += 1
            log.warning("capture.down", interface=self.name)
