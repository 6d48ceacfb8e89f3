"""How is one source opened, and how do its packets become statements?"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict

from sensor.capture import CaptureFile, open_capture
from sensor.capture.interface import CaptureMode, InterfaceOptions, InterfaceSource, open_interface
from sensor.config.options import InterfaceSettings, Pace, SourceOptions
from sensor.daemon.board import FORGOTTEN
from sensor.detect.pipeline import Pipeline
from sensor.engine.api import EngineSession, Frame, PacketSource, Tick
from sensor.engine.wrapped import WrappedSource
from sensor.model.wire import Detection

FAST_PACKETS = 4096
"""Most packets in a turn; a tick ends it earlier."""
TICK_S = 0.1
"""Longest time between two ticks of a paced capture, in seconds."""


class PacedSource(WrappedSource):
    """A packet source that gives every frame at its own distance from the first one; ends early on ``stop``."""

    def __init__(
        self,
        source: PacketSource,
        stop: threading.Event,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """``wait`` waits that many seconds at most and answers whether to stop."""
        super().__init__(source)
        self._monotonic_ns = monotonic_ns
        self._wait = wait or stop.wait

    def frames(self) -> Iterator[Frame | Tick]:
        """The frames, each when it is due, and ticks between them, as from a live wire.

        Time that runs backwards in the capture is not waited for.
        """
        offset_ns: int | None = None
        for frame in self._source.frames():
            if offset_ns is None:
                offset_ns = self._monotonic_ns() - frame.at_ns
            while (early_ns := frame.at_ns + offset_ns - self._monotonic_ns()) > 0:
                if self._wait(min(early_ns / 1e9, TICK_S)):
                    return
                yield Tick(min(frame.at_ns, self._monotonic_ns() - offset_ns))
            if self._wait(0):
                return
            yield frame


def open_source(options: SourceOptions) -> AbstractContextManager[CaptureFile | InterfaceSource]:
    """Open it. Raises :class:`~sensor.model.errors.CaptureError` when that cannot be done."""
    if options.interface:
        return open_interface(interface_options(options.interface))
    return open_capture(str(options.capture))


def interface_options(settings: InterfaceSettings) -> InterfaceOptions:
    """The capture's own options. Workers that share an interface get a group number even where none is given."""
    group = settings.fanout_group
    if group is None and settings.workers > 1:
        group = zlib.crc32(settings.name.encode()) & 0xFFFF
    return InterfaceOptions(
        interface=settings.name,
        mode=CaptureMode(settings.mode),
        block_bytes=settings.block_bytes,
        blocks=settings.blocks,
        block_timeout_ms=settings.block_timeout_ms,
        snaplen_bytes=settings.snaplen_bytes,
        promiscuous=settings.promiscuous,
        filter=settings.filter,
        fanout_group=group,
    )


def packets_of(options: SourceOptions, source: CaptureFile | InterfaceSource, stop: threading.Event) -> PacketSource:
    """The source at the pace that was asked for."""
    return PacedSource(source, stop) if options.pace is Pace.REALTIME else source


def turns(
    options: SourceOptions, session: EngineSession, pipeline: Pipeline, stop: threading.Event
) -> Iterator[list[Detection]]:
    """Statements as they become due, one list for each batch of packets; the last list closes what is open.

    A stopped capture ends at once. A stopped interface ends its packets itself, when what the kernel holds is read.
    """
    live = options.interface is not None
    while (live or not stop.is_set()) and (events := session.read(FAST_PACKETS)) is not None:
        yield pipeline.feed(events)
        for flow_id in pipeline.take_drops():
            session.drop(flow_id)
    yield pipeline.finish()


def count(session: EngineSession, pipeline: Pipeline, source: CaptureFile | InterfaceSource) -> dict[str, int]:
    """Everything that was counted since the source was opened, by name."""
    counted = {**asdict(session.counters), "evicted_sessions": pipeline.evicted_sessions, "kernel_drops": 0}
    counted |= {f"unwrap_{name}": count for name, count in asdict(pipeline.cuts).items()}
    counted |= {f"{FORGOTTEN}{table}": count for table, count in asdict(pipeline.tables).items()}
    counted |= {"given_up_flows": pipeline.room.given_up_flows, "followed_bytes": pipeline.room.held_bytes}
    if isinstance(source, InterfaceSource):
        live = source.counters
        counted |= {"kernel_drops": live.kernel.drops, "merged_frames": live.merged_frames, "outages": live.outages}
    return counted
