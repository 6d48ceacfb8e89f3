"""How else can the same JSON be written? Other key order, other blanks, escapes: what a parser does not mind."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable
from typing import Any

from sensor.model.flow import Direction
from sensor.simulate.wraps.base import Place, Said, WrapMaker

_LENGTH = re.compile(rb"Content-Length: \d+")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_HEAD_END = b"\r\n\r\n"


class Dressed:
    """Rewrites every JSON text, a line each or the body of an HTTP message; anything else passes."""

    def __init__(self, write: Callable[[Any], str], line_end: bytes = b"\n") -> None:
        self._write, self._line_end = write, line_end

    def greeting(self) -> Iterable[Said]:
        """None."""
        return []

    def pack(self, direction: Direction, data: bytes) -> list[bytes]:
        """``data``, written anew."""
        head, found, body = data.partition(_HEAD_END)
        if found and head.split(b"\r\n")[0].count(b"HTTP/1."):
            fresh = self._rewritten(body) or body
            return [_LENGTH.sub(b"Content-Length: %d" % len(fresh), head) + found + fresh]
        lines = [self._rewritten(line) for line in data.split(b"\n") if line]
        return [b"".join(line + self._line_end for line in lines if line)] if all(lines) else [data]

    def _rewritten(self, text: bytes) -> bytes | None:
        try:
            return self._write(json.loads(text)).encode()
        except ValueError:
            return None


def _reordered(value: Any) -> str:
    return json.dumps(_reverse_keys(value), separators=(",", ":"))


def _reverse_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reverse_keys(value[key]) for key in reversed(value)}
    return [_reverse_keys(each) for each in value] if isinstance(value, list) else value


def _escaped(value: Any) -> str:
    """Every character of every string as ``\\u00XX``."""
    text = json.dumps(value, separators=(",", ":"))
    return _STRING.sub(lambda found: '"' + "".join(f"\\u{ord(char):04x}" for char in json.loads(found[0])) + '"', text)


def _maker(write: Callable[[Any], str], line_end: bytes = b"\n") -> WrapMaker:
    def make(place: Place, rng: random.Random) -> Dressed:
        return Dressed(write, line_end)

    return make


reordered = _maker(_reordered)
"""Keys in reverse."""
spaced = _maker(lambda value: json.dumps(value, separators=(", ", ": ")))
"""A blank behind every comma and colon."""
wide = _maker(lambda value: json.dumps(value, separators=(" , ", " : ")))
"""Blanks on both sides of every comma and colon."""
escaped = _maker(_escaped)
"""No letter of any string in the clear."""
crlf = _maker(lambda value: json.dumps(value, separators=(",", ":")), b"\r\n")
"""Lines end in CR LF."""
unended = _maker(lambda value: json.dumps(value, separators=(",", ":")), b"")
"""Lines have no end at all."""
