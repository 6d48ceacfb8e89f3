"""What does a JSON value say as a JSON-RPC message, and which request does a response answer?

Mining dialects are loose with JSON-RPC: ids are numbers, strings or null and may be used twice, a push may
look like a response, and some responses repeat the method.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count
from typing import Any, TypeAlias

from sensor.dissect.json_lines import JsonFramer
from sensor.dissect.probe import Probe
from sensor.dissect.unwrap.inflate import GZIP_MAGIC, GzipLines
from sensor.dissect.unwrap.layer import Context
from sensor.model.cuts import TableCuts
from sensor.model.flow import Direction
from sensor.model.observation import Observation

MAX_PENDING = 256
"""Open requests of one direction; those with the id used longest ago are given up for a new one. Where only one side is
seen the table is always full."""
REQUEST_BYTES = 640
"""What an open request takes, texts included."""
MAX_PENDING_PER_ID = 64
MAX_ID_CHARS = 128
"""Of an id, and of a method, that are remembered; none that mining uses is as long."""
MAX_BATCH = 256
RAW_BYTES = 512
_Id: TypeAlias = int | str | tuple[str]
_MEMBERS = ("id", "method", "params", "result", "error")
_WHITESPACE = b" \t\r\n"
_NOT_OF_A_LINE = re.compile(rb"[^\t\r\n -\x7f]")
"""What stands in no line that is joined in the middle: control characters (RFC 8259 section 7), and all but ASCII."""
_OPENINGS = (b"{", b"[")
_CLOSINGS = (b"}", b"]")


def probe(head: bytes) -> Probe:
    """Does the stream hold lines of JSON objects or arrays?

    White space before them does not count. A stream joined in the middle may begin with the rest of a line.
    """
    text = head.lstrip(_WHITESPACE)
    if not text:
        return Probe.UNSURE
    if text.startswith(_OPENINGS):
        return Probe.CERTAIN
    first, line_end, second = text.partition(b"\n")
    if not line_end:
        return Probe.NOT_FOR_US if _NOT_OF_A_LINE.search(text) else Probe.UNSURE
    whole = first.rstrip().endswith(_CLOSINGS) and second.lstrip(_WHITESPACE).startswith(_OPENINGS)
    return Probe.CERTAIN if whole else Probe.NOT_FOR_US


class RequestBook:
    """Remembers what each side asked, so that answers can be matched by id. Bounded per direction."""

    def __init__(self, cuts: TableCuts | None = None) -> None:
        self.cuts = cuts or TableCuts()
        self._pending: tuple[dict[_Id, list[tuple[int, str]]], ...] = ({}, {})
        self._counts = [0, 0]

    def held_bytes(self) -> int:
        """About what the open requests take."""
        return sum(self._counts) * REQUEST_BYTES

    def ask(self, direction: Direction, message_id: Any, serial: int, method: str) -> None:
        """Note a request sent in ``direction``."""
        book, key = self._pending[direction], _id(message_id)
        if self._counts[direction] >= MAX_PENDING:
            self._forget(direction, len(book.pop(next(iter(book)))))
        asked = book.setdefault(key, [])
        if len(asked) >= MAX_PENDING_PER_ID:
            asked.pop(0)
            self._forget(direction, 1)
        asked.append((serial, _cut(method)))
        self._counts[direction] += 1

    def answer(self, direction: Direction, message_id: Any) -> tuple[int, str] | None:
        """The oldest open request that a response sent in ``direction`` answers: (serial, method)."""
        asker = 1 - direction
        book, key = self._pending[asker], _id(message_id)
        asked = book.get(key)
        if asked is None:
            return None
        self._counts[asker] -= 1
        if len(asked) > 1:
            return asked.pop(0)
        return book.pop(key)[0]

    def _forget(self, direction: Direction, requests: int) -> None:
        self._counts[direction] -= requests
        self.cuts.requests += requests


class JsonRpcReader:
    """Turns JSON values of both directions into observations."""

    def __init__(self, cuts: TableCuts | None = None) -> None:
        self._book = RequestBook(cuts)
        self._serials = count(1)

    def held_bytes(self) -> int:
        """About what it remembers."""
        return self._book.held_bytes()

    def read(
        self, direction: Direction, at_ns: int, value: Any, raw: bytes, context: Mapping[str, Any] | None = None
    ) -> list[Observation]:
        """Observations of one value; a batch array gives one for each of its objects."""
        raw = raw[:RAW_BYTES]
        if isinstance(value, dict):
            return [self._message(direction, at_ns, value, raw, context)]
        messages = value[:MAX_BATCH] if isinstance(value, list) else []
        return [self._message(direction, at_ns, each, raw, context) for each in messages if isinstance(each, dict)]

    def _message(
        self, direction: Direction, at_ns: int, message: dict[str, Any], raw: bytes, context: Mapping[str, Any] | None
    ) -> Observation:
        kind = _kind(message)
        serial = next(self._serials)
        fields = {"kind": kind, "message": message}
        for key in _MEMBERS:
            if key in message:
                fields[key] = message[key]
        answers = None
        if kind == "request":
            self._book.ask(direction, message.get("id"), serial, message["method"])
        elif kind == "response" and (found := self._book.answer(direction, message.get("id"))):
            answers, fields["reply_to"] = found
        document = {**context, "jsonrpc": fields} if context else {"jsonrpc": fields}
        return Observation(direction, at_ns, document, raw, serial, answers)


class JsonRpcLines:
    """Dissector of line-framed JSON-RPC in both directions of a stream."""

    def __init__(self, context: Context | None = None) -> None:
        self._framers = (JsonFramer(), JsonFramer())
        self._reader = JsonRpcReader(context.tables if context else None)
        self._context = context
        self._gzip: GzipLines | None = None

    def held_bytes(self) -> int:
        """About what it remembers of both directions."""
        gzip_bytes = self._gzip.held_bytes() if self._gzip else 0
        return sum(framer.held_bytes() for framer in self._framers) + self._reader.held_bytes() + gzip_bytes

    def parse(self, direction: Direction, at_ns: int, data: bytes, *, gap: bool) -> list[Observation]:
        """Messages completed by ``data``. Lines may go over to gzip: no JSON text has the byte it begins with."""
        if self._gzip is not None or GZIP_MAGIC[0] in data:
            self._gzip = self._gzip or GzipLines(self._context or Context())
            data = self._gzip.plain(direction, data, gap=gap)
        found: list[Observation] = []
        for value, raw in self._framers[direction].feed(data, gap=gap):
            found += self._reader.read(direction, at_ns, value, raw)
        return found


def _id(message_id: Any) -> _Id:
    """An id as a key that tells 1 from "1", ``true`` and 1.0."""
    if type(message_id) is int:
        return message_id
    return _cut(message_id) if isinstance(message_id, str) else (_cut(repr(message_id)),)


def _cut(text: str) -> str:
    """A text of up to four bytes a character is cut to a quarter."""
    return text[:MAX_ID_CHARS] if text.isascii() else text[: MAX_ID_CHARS // 4]


def _kind(message: Mapping[str, Any]) -> str:
    method = message.get("method")
    if isinstance(method, str) and "result" not in message:
        return "notification" if message.get("id") is None else "request"
    return "response" if "id" in message or "result" in message or "error" in message else "other"
