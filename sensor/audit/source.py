"""How are several captures, or some seconds of an interface, read as one source that is looked at on the way?"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence

from sensor.capture import CaptureFile, open_capture
from sensor.capture.interface import InterfaceSource
from sensor.engine.api import Frame, PacketSource, Tick
from sensor.engine.wrapped import WrappedSource
from sensor.model.errors import ConfigError

MAX_CAPTURES = 512
"""Captures read at once; each is an open file."""
_NS = 1_000_000_000
_FRAMES_PER_LOOK = 1_000

Look = Callable[[Frame], None]


class Captures:
    """Capture files as one packet source, in the order of time: files that follow each other, or two taps."""

    def __init__(self, names: Sequence[str]) -> None:
        """Raises :class:`~sensor.model.errors.CaptureError` when one cannot be opened."""
        if len(names) > MAX_CAPTURES:
            raise ConfigError(f"{len(names)} captures: more than {MAX_CAPTURES}; join them with mergecap first")
        self._files: list[CaptureFile] = []
        try:
            for name in names:
                self._files.append(open_capture(name))
        except BaseException:
            self.close()
            raise

    @property
    def name(self) -> str:
        """The first capture, and how many more."""
        more = len(self._files) - 1
        return self._files[0].name + (f" +{more}" if more else "")

    @property
    def damage(self) -> str | None:
        """What is wrong with which captures, or None."""
        return "; ".join(f"{each.name}: {each.damage}" for each in self._files if each.damage) or None

    @property
    def share_read(self) -> float:
        """How much of all files was read, 0 to 1; 0 where a length is not known, as on a pipe."""
        sizes = [each.size for each in self._files]
        total = sum(size or 0 for size in sizes)
        return sum(each.position for each in self._files) / total if total and None not in sizes else 0.0

    def frames(self) -> Iterator[Frame]:
        """All frames, merged by time."""
        return heapq.merge(*(each.frames() for each in self._files), key=lambda frame: frame.at_ns)

    def close(self) -> None:
        """Close every file."""
        for each in self._files:
            each.close()


class TimedInterface(WrappedSource):
    """An interface for so many seconds."""

    def __init__(self, interface: InterfaceSource, seconds: float, monotonic_ns: Callable[[], int]) -> None:
        super().__init__(interface)
        self._interface = interface
        self._end_ns = monotonic_ns() + int(seconds * _NS)
        self._monotonic_ns = monotonic_ns

    def frames(self) -> Iterator[Frame | Tick]:
        """Frames and ticks until the time is over; ticks come often, whatever the load."""
        for item in self._interface.frames():
            yield item
            if isinstance(item, Tick) and self._monotonic_ns() >= self._end_ns:
                self._interface.stop()


class Watched(WrappedSource):
    """A source whose frames are looked at as they pass. Hides that it may be a file, so that they do pass."""

    def __init__(self, source: PacketSource, looks: Sequence[Look]) -> None:
        super().__init__(source)
        self._looks = tuple(looks)

    def frames(self) -> Iterator[Frame | Tick]:
        """Every frame and tick of the source."""
        for item in self._source.frames():
            if isinstance(item, Frame):
                for look in self._looks:
                    look(item)
            yield item


class Milestones:
    """Looks at passing frames and tells each further percent of what was read, once."""

    def __init__(self, share_read: Callable[[], float], tell: Callable[[int], None]) -> None:
        self._share_read = share_read
        self._tell = tell
        self._frames = 0
        self._told = 0

    def look(self, _frame: Frame) -> None:
        """Count a frame; now and then see how far it is."""
        self._frames += 1
        if self._frames % _FRAMES_PER_LOOK:
            return
        percent = min(99, int(100 * self._share_read()))
        if percent > self._told:
            self._told = percent
            self._tell(percent)
