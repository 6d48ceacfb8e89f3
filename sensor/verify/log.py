"""Where does every decision stand, so that it can be made again? An append-only log of lines, each over the one before.

Kinds of lines: ``options`` (the limits from here on), ``request`` with its ``decision``, ``look-up`` (the address of a
name), ``connection`` (before a byte is sent), ``conversation`` (what was said) and ``answer``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self

import orjson

from sensor.config.verify import VerifyOptions
from sensor.model.errors import VerifyError
from sensor.model.verification import ServerAnswer
from sensor.verify.history import History

LOG_SCHEMA: Final = "minewatch.verify-log/1"
GENESIS: Final = "0" * 64
MAX_LINE_BYTES: Final = 1_048_576


class VerifyLog:
    """The open log, held by one process at a time. What it holds already is the history that limits go by."""

    def __init__(self, path: Path, options: VerifyOptions) -> None:
        self._path = path
        self.history = History()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
        except OSError as error:
            raise VerifyError(f"{path}: {error.strerror}; name a file that can be written under 'log'") from error
        self._file = os.fdopen(descriptor, "ab")
        self._lock()
        _drop_torn_line(path, descriptor)
        self._number, self._last, written = 0, GENESIS, None
        for number, line in read_log(path):
            self._number, self._last = number, str(line["hash"])
            written = take(self.history, line) or written
        if written != options:
            self.write("options", options=options.model_dump(mode="json"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, kind: str, **content: Any) -> None:
        """Append one line and wait until it is on the disk; it is part of the history from then on."""
        line: dict[str, Any] = {"schema": LOG_SCHEMA, "number": self._number + 1, "kind": kind, **content}
        line["previous"] = self._last
        line["hash"] = _digest(line)
        try:
            self._file.write(orjson.dumps(line) + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise VerifyError(f"{self._path}: {error.strerror}; nothing is asked without a log") from error
        self._number, self._last = self._number + 1, line["hash"]
        take(self.history, line)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise VerifyError(f"{self._path}: another process verifies with this log; wait for it") from error


def read_log(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines of a log with their numbers, each checked against the one before. Raises :class:`VerifyError`."""
    last = GENESIS
    with path.open("rb") as file:
        number = 0
        while raw := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            line = _parsed(raw)
            if line is None or line.get("number") != number or line.get("previous") != last:
                raise VerifyError(f"{path}:{number}: was altered or cut; keep it for the record and begin a new log")
            last = line["hash"]
            yield number, line


def take(history: History, line: dict[str, Any]) -> VerifyOptions | None:
    """Take one line into the history; the options where it holds some."""
    if line["kind"] == "connection":
        history.connected(line["ip"], line["at_s"])
    elif line["kind"] == "answer":
        history.answered(ServerAnswer.model_validate(line["answer"]))
    elif line["kind"] == "options":
        return VerifyOptions.model_validate_json(orjson.dumps(line["options"]))
    return None


def _drop_torn_line(path: Path, descriptor: int) -> None:
    """A line that lacks its end was never on the disk as a whole, and what it announced was not done."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(size - MAX_LINE_BYTES, 0))
        tail = file.read()
    os.ftruncate(descriptor, size - len(tail) + tail.rfind(b"\n") + 1)


def _parsed(raw: bytes) -> dict[str, Any] | None:
    if len(raw) > MAX_LINE_BYTES or not raw.endswith(b"\n"):
        return None
    try:
        line = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(line, dict) or line.get("schema") != LOG_SCHEMA:
        return None
    return line if line.get("hash") == _digest(line) else None


def _digest(line: dict[str, Any]) -> str:
    content = {key: value for key, value in line.items() if key != "hash"}
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
