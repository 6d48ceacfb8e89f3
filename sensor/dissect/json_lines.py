"""Where does one JSON value end and the next begin? Framing of JSON text in a byte stream.

Values usually stand one a line (LF, CRLF or several), but may be split over any number of segments, merged
without a separator, or have lines of something else between them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import orjson

MAX_VALUE_BYTES = 65_536
"""Longest value kept while it is incomplete; the longest real one is an Equihash share of about 3 kB."""
MAX_VALUES = 1024
"""Values read from one chunk; a segment of shares holds a few dozen."""
MAX_TRIES = 8
"""Times an unterminated tail is tried as a whole value before a line end must be waited for."""
MAX_JOINS = 32
"""Lines that one value may stretch over."""

_DECODER = json.JSONDecoder()
_MAY_END = b"}] \t\r\n\v\f"
"""Last bytes of data behind which a value, or a line, may be whole."""
_VALUES = (dict, list)
"""Only objects and arrays are messages; a bare number or word between lines is noise."""


class JsonFramer:
    """Cuts one direction of a stream into JSON values. Holds at most ``max_value_bytes`` between calls."""

    def __init__(self, max_value_bytes: int = MAX_VALUE_BYTES) -> None:
        self._max = max_value_bytes
        self._tail = b""
        self._tries = 0
        self._open = b""
        self._joins = 0
        self.discarded_bytes = 0
        """Bytes that were no JSON, or too long."""

    def held_bytes(self) -> int:
        """Bytes of unfinished values."""
        return len(self._tail) + len(self._open)

    def feed(self, data: bytes, *, gap: bool = False) -> list[tuple[Any, bytes]]:
        """Objects and arrays completed by ``data``, each with its own bytes. Never raises."""
        if gap:
            self._discard_tail()
        if not self._tail and not self._open and data.find(b"\n") == len(data) - 1:
            value = _loads(data)
            if type(value) in _VALUES:
                return [(value, data.strip())]
        if data[-1:] not in _MAY_END and b"\n" not in data and len(self._tail) + len(data) <= self._max:
            self._tail += data
            return []
        *lines, tail = (self._tail + data).split(b"\n")
        if lines:
            self._tries = 0
        self._tail = tail
        found = [value for line in lines for value in self._line(line)]
        found.extend(self._unterminated())
        if len(self._tail) > self._max:
            self._discard_tail()
        return found[:MAX_VALUES]

    def _line(self, line: bytes) -> Iterator[tuple[Any, bytes]]:
        line = line.strip()
        if not line:
            return
        whole = self._open + line
        value = _loads(whole)
        if type(value) in _VALUES:
            self._open, self._joins = b"", 0
            yield value, whole
        elif self._joins < MAX_JOINS and len(whole) < self._max and _is_incomplete(whole):
            self._open, self._joins = whole + b"\n", self._joins + 1
        else:
            self.discarded_bytes += len(self._open)
            self._open, self._joins = b"", 0
            values, rest = _walk(line.decode("utf-8", "replace"))
            self.discarded_bytes += rest
            yield from values

    def _unterminated(self) -> Iterator[tuple[Any, bytes]]:
        """A tail without a line end may be whole all the same; pools exist that send no line end."""
        tail = self._tail.strip()
        if not tail.endswith((b"}", b"]")) or self._tries >= MAX_TRIES:
            return
        self._tries += 1
        value = _loads(tail)
        values, rest = ([(value, tail)], 0) if type(value) in _VALUES else _walk(tail.decode("utf-8", "replace"))
        if values and not rest:
            self._tail, self._tries = b"", 0
            yield from values

    def _discard_tail(self) -> None:
        self.discarded_bytes += len(self._tail) + len(self._open)
        self._tail, self._tries = b"", 0
        self._open, self._joins = b"", 0


def _loads(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, RecursionError):
        return None


def _is_incomplete(text: bytes) -> bool:
    """Is this the beginning of a value that goes on behind its end?"""
    if not text.startswith((b"{", b"[")):
        return False
    decoded = text.decode("utf-8", "replace")
    try:
        _DECODER.raw_decode(decoded)
    except json.JSONDecodeError as fault:
        return fault.pos >= len(decoded)
    except RecursionError:
        return False
    return False


def _walk(text: str) -> tuple[list[tuple[Any, bytes]], int]:
    """Values that ``text`` begins with, one behind the other, and how many characters after them made none."""
    at = 0
    found: list[tuple[Any, bytes]] = []
    while text.startswith(("{", "["), at) and len(found) < MAX_VALUES:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        found.append((value, text[at:end].encode()))
        at = end + len(text[end:]) - len(text[end:].lstrip())
    return found, len(text) - at
