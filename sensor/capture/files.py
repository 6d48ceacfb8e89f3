"""Which capture is behind a path, and what frames does it hold?"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO

from sensor.capture import pcap, pcapng
from sensor.capture.limits import CaptureLimits, DamageError
from sensor.capture.unpack import ByteReader
from sensor.engine.api import FileReader, Frame
from sensor.model.closing import Closing
from sensor.model.errors import CaptureError

STDIN = "-"


class CaptureFile(Closing):
    """A capture file as a packet source. Frames are read once, strictly forward; the file closes at their end."""

    def __init__(self, name: str, raw: BinaryIO, limits: CaptureLimits) -> None:
        self._name = name
        self._raw = raw
        self._limits = limits
        self._damage: str | None = None
        self._packets = 0
        self._reader = ByteReader(raw)
        self._frames = self._read()
        self._reader_instead: FileReader | None = None
        self.size = _size(raw)
        """Bytes of the file as stored (packed), or None where that is not known, as on a pipe."""

    @property
    def name(self) -> str:
        """The path as it was given, or ``-``."""
        return self._name

    @property
    def damage(self) -> str | None:
        """What stopped the reading early and where, or None. Final once the iteration has ended."""
        return self._reader_instead.damage if self._reader_instead else self._damage

    @property
    def position(self) -> int:
        """Stored (packed) bytes read so far; reaches :attr:`size` at the end."""
        return self._reader_instead.position if self._reader_instead else self._reader.raw_position

    @property
    def packets(self) -> int:
        """Frames given so far."""
        return self._reader_instead.packets if self._reader_instead else self._packets

    def frames(self) -> Iterator[Frame]:
        """The frames in file order. Never raises; a second call goes on where the first one is."""
        return self._frames

    def hand_over(self, reader: FileReader) -> str | None:
        """Let ``reader`` read a regular file of which no frame was given yet: the path; None for any other source."""
        if self.size is None or self._name == STDIN or self._packets:
            return None
        self._reader_instead = reader
        self.close()
        return self._name

    def close(self) -> None:
        """Close the file. Frames that were not read are gone; closing twice is fine."""
        self._frames.close()
        if self._name != STDIN:
            self._raw.close()

    def _read(self) -> Generator[Frame, None, None]:
        magic = self._reader.peek(4)
        read = pcapng.read_pcapng if magic == pcapng.MAGIC else pcap.read_pcap
        try:
            if len(magic) < 4:
                raise DamageError(f"file of {len(magic)} bytes" if magic else "file is empty")
            for frame in read(self._reader, self._limits):
                self._packets += 1
                yield frame
            self._damage = self._reader.fault
        except DamageError as damage:
            what = self._reader.fault or str(damage)
            self._damage = f"{what} (byte {self._reader.position}, after packet {self._packets})"
        finally:
            if self._name != STDIN:
                self._raw.close()


def open_capture(path: str | os.PathLike[str], limits: CaptureLimits | None = None) -> CaptureFile:
    """Open a pcap or pcapng file, plain, gzip or zstandard (told by content); ``-`` is standard input.

    Raises :class:`~sensor.model.errors.CaptureError` when the file cannot be opened or is no capture. An empty or
    cut-off file opens and reports damage instead, so that a run over many captures goes on.
    """
    name = os.fspath(path)
    raw = sys.stdin.buffer if name == STDIN else _open(name)
    source = CaptureFile(name, raw, limits or CaptureLimits())
    magic = source._reader.peek(4)
    if len(magic) == 4 and magic != pcapng.MAGIC and magic not in pcap.MAGICS:
        source.close()
        raise CaptureError(
            f"{name}: not a capture file: starts with {magic.hex(' ')}; give a pcap or pcapng file, plain, gzip or zstd"
        )
    return source


def _open(name: str) -> BinaryIO:
    try:
        return Path(name).open("rb")
    except OSError as error:
        reason = error.strerror or str(error)
        raise CaptureError(f"{name}: cannot open the capture: {reason}; check the path and its permissions") from error


def _size(raw: BinaryIO) -> int | None:
    try:
        status = os.fstat(raw.fileno())
    except (OSError, ValueError):
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
