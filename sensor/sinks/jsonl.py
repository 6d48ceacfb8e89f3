"""How do detections become lines in a file, whole ones only and each one once?"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import orjson

from sensor.config.options import JsonlOptions
from sensor.model.closing import Closing
from sensor.model.errors import SpoolError
from sensor.model.wire import Detection

REMEMBERED_BYTES = 67_108_864
"""How much of an existing file's end is read for the ids it holds, so that a replay appends nothing twice."""


class JsonlSink(Closing):
    """Appends detections to a file or to standard output. Safe for use from several threads.

    A file is looked at before it is appended to: a last line that a crash cut short is removed, and a detection whose
    ``event_id`` is in the last 64 MiB is not written again. Standard output gets every line.
    """

    def __init__(self, options: JsonlOptions) -> None:
        """Open the file. Raises :class:`SpoolError` when it cannot be written."""
        self._lock = threading.Lock()
        self._known: dict[str, None] = {}
        self._fsync = options.fsync and options.path is not None
        self._path = options.path
        try:
            self._file: BinaryIO = sys.stdout.buffer if options.path is None else self._open(options.path)
        except OSError as error:
            raise _fault(options.path, error) from error

    def write(self, detections: Sequence[Detection]) -> int:
        """Append what is new; answer how many lines that was. On return they are with the disk, if ``fsync`` is on."""
        with self._lock:
            new = [detection for detection in detections if self._is_new(detection.event_id)]
            if not new:
                return 0
            try:
                self._file.write(b"".join(detection.to_json().encode() + b"\n" for detection in new))
                self._file.flush()
                if self._fsync:
                    os.fsync(self._file.fileno())
            except OSError as error:
                raise _fault(self._path, error) from error
        return len(new)

    def close(self) -> None:
        """Close the file; standard output stays open."""
        if self._path is not None:
            self._file.close()

    def _open(self, path: Path) -> BinaryIO:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            end = _end_of_whole_lines(file)
            file.truncate(end)
            for event_id in _event_ids(file, max(0, end - REMEMBERED_BYTES)):
                self._known[event_id] = None
        return path.open("ab")

    def _is_new(self, event_id: str) -> bool:
        if self._path is None:
            return True
        if event_id in self._known:
            return False
        self._known[event_id] = None
        if len(self._known) > MAX_KNOWN:
            del self._known[next(iter(self._known))]
        return True


MAX_KNOWN = 500_000
"""Ids that are remembered; the oldest is forgotten."""
_BLOCK_BYTES = 65_536


def _end_of_whole_lines(file: BinaryIO) -> int:
    """Where the last line that ends with a newline ends; 0 when there is none."""
    place = file.seek(0, os.SEEK_END)
    while place > 0:
        start = max(0, place - _BLOCK_BYTES)
        file.seek(start)
        found = file.read(place - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        place = start
    return 0


def _event_ids(file: BinaryIO, start: int) -> Iterator[str]:
    file.seek(start)
    for line in file:
        try:
            document = orjson.loads(line)
        except orjson.JSONDecodeError:
            # The first line may be cut by where we began; a foreign line is left as it is.
            continue
        event_id = document.get("event_id") if isinstance(document, dict) else None
        if isinstance(event_id, str):
            yield event_id


def _fault(path: Path | None, error: OSError) -> SpoolError:
    advice = "free disk space, mend its folder, or give another jsonl.path"
    return SpoolError(f"{path or 'standard output'}: lines cannot be written ({error.strerror}); {advice}")
