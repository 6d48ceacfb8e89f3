"""What did an HTTP/1.x client ask, and what was it answered? Heads and bounded bodies (RFC 9112).

Tolerant where a server would not be: it reads what passed, it does not judge it. JSON bodies are read as JSON-RPC.
"""

from __future__ import annotations

import base64
import binascii
import enum
import re
from collections import deque
from typing import Any

from sensor.dissect.json_lines import JsonFramer
from sensor.dissect.jsonrpc import JsonRpcReader
from sensor.dissect.probe import Probe
from sensor.dissect.unwrap.inflate import inflate
from sensor.dissect.unwrap.layer import Context
from sensor.model.flow import Direction
from sensor.model.observation import Observation

METHODS = (b"GET ", b"POST ", b"PUT ", b"HEAD ", b"OPTIONS ", b"DELETE ", b"PATCH ", b"CONNECT ", b"TRACE ")
RESPONSE = b"HTTP/1."
CONNECT = b"CONNECT "
MAX_UNSETTLED_BYTES = 1024
"""Bytes behind a request to leave HTTP that wait for the answer; more of them show that it was granted."""
MAX_HEAD_BYTES = 32_768
MAX_BODY_BYTES = 65_536
MAX_HEADERS = 128
MAX_MESSAGES = 256
MAX_PIPELINED = 64
REQUEST_BYTES = 4_096
_COMPRESSIONS = frozenset({"gzip", "x-gzip", "deflate"})
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_REQUEST_LINE = re.compile(rb"([A-Z]{3,16}) (\S{1,8192}) HTTP/1\.[01]")
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})")


def probe(head: bytes) -> Probe:
    """Does the stream begin with an HTTP request or response?"""
    starts = (*METHODS, RESPONSE)
    if head.startswith(starts):
        return Probe.CERTAIN
    return Probe.UNSURE if any(start.startswith(head) for start in starts) else Probe.NOT_FOR_US


def host(head: bytes) -> str | None:
    """The host that a request at the start of a stream names, lower case, without its port."""
    if not head.startswith(METHODS) or not (end := _END_OF_HEAD.search(head)):
        return None
    return _host(_headers(head[: end.start()]))


class HttpStream:
    """Dissector of both directions of an HTTP/1.x connection."""

    def __init__(self, context: Context | None = None) -> None:
        self._context = context or Context()
        self._sides = (_Side(), _Side())
        self._reader = JsonRpcReader(self._context.tables)
        self._asked: deque[dict[str, Any]] = deque(maxlen=MAX_PIPELINED)
        self.leaving: dict[str, Any] | None = None
        """The latest message that asks to leave HTTP for something else, or grants it."""
        self.leaver = Direction.ORIG
        """Who asked, or was granted it."""

    def held_bytes(self) -> int:
        """About what it remembers of both directions."""
        sides_bytes = sum(side.kept_bytes for side in self._sides)
        return sides_bytes + self._reader.held_bytes() + len(self._asked) * REQUEST_BYTES

    def parse(self, direction: Direction, at_ns: int, data: bytes, *, gap: bool) -> list[Observation]:
        """Messages whose head, or head and body, ``data`` completed."""
        side = self._sides[direction]
        found = self._read(direction, at_ns, data, gap=gap)
        if side.is_held and self._is_denied_or_settled(side, self._sides[direction.other]):
            found += self._read(direction, at_ns, b"", gap=False)
        return found

    def take_switched(self, direction: Direction) -> bytes | None:
        """Bytes behind the end of HTTP, handed out once; None while that side still speaks HTTP."""
        return self._sides[direction].take_switched()

    def _read(self, direction: Direction, at_ns: int, data: bytes, *, gap: bool) -> list[Observation]:
        found: list[Observation] = []
        for message in self._sides[direction].feed(data, gap=gap):
            found.extend(self._observe(direction, at_ns, message))
            if message.fields["kind"] == "response":
                found.extend(self._settle(direction.other, at_ns, message.fields))
        return found

    def _settle(self, asker: Direction, at_ns: int, answer: dict[str, Any]) -> list[Observation]:
        """An answer came: does the other side's request to leave HTTP hold?"""
        side = self._sides[asker]
        if self._sides[asker.other].is_switched:
            side.switch()
        elif side.is_held and leaves_http(answer.get("request", {})):
            side.go_on()
            return self._read(asker, at_ns, b"", gap=False)
        return []

    def _is_denied_or_settled(self, side: _Side, other: _Side) -> bool:
        """Judge by what follows a request to leave HTTP, where no answer is seen. True: HTTP goes on."""
        if other.has_spoken and side.held_bytes <= MAX_UNSETTLED_BYTES:
            return False
        goes_on = side.goes_on(self.leaving or {})
        if goes_on:
            side.go_on()
        elif goes_on is False:
            side.switch()
        return bool(goes_on)

    def _observe(self, direction: Direction, at_ns: int, message: _Message) -> list[Observation]:
        if leaves_http(message.fields):
            self.leaving = message.fields
            self.leaver = direction if message.fields["kind"] == "request" else direction.other
        if message.fields["kind"] == "request":
            self._asked.append(message.fields)
            self._sides[direction.other].expects_tunnel = message.fields["method"] == "CONNECT"
        elif self._asked and (message.fields["status"] == 101 or message.fields["status"] >= 200):
            message.fields["request"] = self._asked.popleft()
        context = {"http": message.fields}
        values = JsonFramer().feed(self._plain_body(message) + b"\n")
        calls = [call for value, raw in values for call in self._reader.read(direction, at_ns, value, raw, context)]
        return calls or [Observation(direction, at_ns, context, message.head[:512])]

    def _plain_body(self, message: _Message) -> bytes:
        encoding = message.fields["headers"].get("content-encoding", "").lower()
        if not message.body or encoding not in _COMPRESSIONS:
            return message.body
        return inflate(message.body, self._context.bounds, self._context.cuts)


class _Message:
    """One request or response while it is read."""

    def __init__(self, head: bytes, fields: dict[str, Any]) -> None:
        self.head = head
        self.fields = fields
        self.body = b""

    def keep(self, data: bytes) -> None:
        self.body += data[: MAX_BODY_BYTES - len(self.body)]


class _Want(enum.Enum):
    """What the reader of one direction waits for."""

    HEAD = "head"
    LENGTH = "length"
    CHUNK_SIZE = "chunk size"
    CHUNK = "chunk"
    TRAILER = "trailer"
    ANSWER = "answer"
    """Asked to leave HTTP: what follows is held until that is settled."""
    NOTHING = "nothing"
    """HTTP is over."""


class _Side:
    """Reads one direction. Holds at most one head, or one body up to its bound."""

    def __init__(self) -> None:
        self._buffer = b""
        self._want = _Want.HEAD
        self._left = 0
        self._message: _Message | None = None
        self.has_spoken = False
        self.expects_tunnel: bool | None = None
        """The next answer is one to CONNECT; None while no request is known."""

    @property
    def is_held(self) -> bool:
        """True while it waits whether HTTP is over."""
        return self._want is _Want.ANSWER

    @property
    def is_switched(self) -> bool:
        """True once HTTP is over."""
        return self._want is _Want.NOTHING

    @property
    def held_bytes(self) -> int:
        """Bytes behind the last message read."""
        return len(self._buffer)

    @property
    def kept_bytes(self) -> int:
        """Bytes of the message being read, and behind the last."""
        message = self._message
        return len(self._buffer) + (len(message.head) + len(message.body) if message else 0)

    def switch(self) -> None:
        """HTTP is over on this side."""
        self._want, self._message = _Want.NOTHING, None

    def go_on(self) -> None:
        """The wish to leave HTTP was denied."""
        self._want = _Want.HEAD

    def goes_on(self, request: dict[str, Any]) -> bool | None:
        """Does what is held speak HTTP again? A tunnel may carry HTTP, so only the same CONNECT counts there."""
        if not self._buffer:
            return None
        if request.get("method") != "CONNECT":
            answer = probe(self._buffer)
            return None if answer is Probe.UNSURE else answer is Probe.CERTAIN
        again = CONNECT + str(request["uri"]).encode("latin-1") + b" "
        return None if again.startswith(self._buffer) else self._buffer.startswith(again)

    def take_switched(self) -> bytes | None:
        """What came behind the end of HTTP; None while it is not over."""
        if not self.is_switched:
            return None
        rest, self._buffer = self._buffer, b""
        return rest

    def feed(self, data: bytes, *, gap: bool) -> list[_Message]:
        """Messages completed by ``data``. After a gap the next head is searched for."""
        self.has_spoken = True
        if gap and not self.is_held:
            self._buffer, self._want, self._message = b"", _Want.HEAD, None
        self._buffer += data
        done: list[_Message] = []
        while len(done) < MAX_MESSAGES and self._step(done):
            pass
        if len(self._buffer) > MAX_HEAD_BYTES + MAX_BODY_BYTES:
            self._buffer, self._want = b"", _Want.HEAD
        return done

    def _step(self, done: list[_Message]) -> bool:
        """Read one part off the buffer; False when more bytes are needed."""
        if self._want is _Want.HEAD:
            return self._read_head(done)
        if self._want in {_Want.LENGTH, _Want.CHUNK}:
            return self._read_counted(done)
        if self._want in {_Want.ANSWER, _Want.NOTHING}:
            return False
        return self._read_line(done)

    def _read_head(self, done: list[_Message]) -> bool:
        start = self._buffer.lstrip(b"\r\n")
        end = _END_OF_HEAD.search(start)
        if end is None:
            return False
        head, self._buffer = start[: end.start()], start[end.end() :]
        fields = _fields(head)
        if fields is None:
            return True
        self._message = _Message(head, fields)
        self._want, self._left = self._what_follows(fields)
        if self._want in {_Want.HEAD, _Want.ANSWER, _Want.NOTHING}:
            self._finish(done)
        return True

    def _what_follows(self, fields: dict[str, Any]) -> tuple[_Want, int]:
        if fields["kind"] == "request":
            return (_Want.ANSWER, 0) if leaves_http(fields) else _body_form(fields)
        is_tunnel = 200 <= fields["status"] < 300 and (
            self.expects_tunnel or (self.expects_tunnel is None and _is_bare(fields))
        )
        return (_Want.NOTHING, 0) if is_tunnel or fields["status"] == 101 else _body_form(fields)

    def _read_counted(self, done: list[_Message]) -> bool:
        if not self._buffer:
            return False
        part, self._buffer = self._buffer[: self._left], self._buffer[self._left :]
        self._left -= len(part)
        if self._message:
            self._message.keep(part)
        if self._left:
            return False
        if self._want is _Want.CHUNK:
            self._want = _Want.CHUNK_SIZE
        else:
            self._finish(done)
        return True

    def _read_line(self, done: list[_Message]) -> bool:
        line, found, rest = self._buffer.partition(b"\n")
        if not found:
            return False
        self._buffer = rest
        line = line.strip()
        if self._want is _Want.TRAILER:
            if not line:
                self._finish(done)
        elif line:
            self._left = _chunk_size(line)
            self._want = _Want.CHUNK if self._left else _Want.TRAILER
        return True

    def _finish(self, done: list[_Message]) -> None:
        if self._message:
            done.append(self._message)
        self._message = None
        if self._want not in {_Want.ANSWER, _Want.NOTHING}:
            self._want = _Want.HEAD


def leaves_http(fields: dict[str, Any]) -> bool:
    """Does this message ask to speak something else from here on (RFC 9110 §7.8, §9.3.6), or grant it?"""
    if fields.get("kind") == "request":
        return fields["method"] == "CONNECT" or "websocket" in fields["headers"].get("upgrade", "").lower()
    return fields.get("status") == 101


def _is_bare(fields: dict[str, Any]) -> bool:
    """A success that announces no body: a proxy's answer to CONNECT, where the request was not seen."""
    return fields["status"] == 200 and not fields["headers"].keys() & {
        "content-length",
        "content-type",
        "transfer-encoding",
        "server",
        "date",
    }


def _fields(head: bytes) -> dict[str, Any] | None:
    headers = _headers(head)
    if request := _REQUEST_LINE.match(head):
        return {
            "kind": "request",
            "method": request[1].decode("ascii"),
            "uri": request[2].decode("latin-1"),
            "host": _host(headers),
            "user_agent": headers.get("user-agent"),
            "user": _basic_user(headers.get("authorization", "")),
            "headers": headers,
        }
    if status := _STATUS_LINE.match(head):
        return {"kind": "response", "status": int(status[1]), "headers": headers}
    return None


def _headers(head: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in head.split(b"\n")[1 : MAX_HEADERS + 1]:
        name, colon, value = line.partition(b":")
        if colon:
            headers.setdefault(name.strip().decode("latin-1").lower(), value.strip().decode("latin-1"))
    return headers


def _host(headers: dict[str, str]) -> str | None:
    name = re.sub(r":\d{1,5}$", "", headers.get("host", "")).lower().rstrip(".")
    return name or None


def _basic_user(authorization: str) -> str | None:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(token, validate=True).decode("utf-8", "replace").partition(":")[0]
    except (binascii.Error, ValueError):
        return None


def _body_form(fields: dict[str, Any]) -> tuple[_Want, int]:
    headers = fields["headers"]
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _Want.CHUNK_SIZE, 0
    length = headers.get("content-length", "")
    if re.fullmatch(r"\d{1,15}", length) and int(length):
        return _Want.LENGTH, int(length)
    return _Want.HEAD, 0


def _chunk_size(line: bytes) -> int:
    digits = re.match(rb"[0-9A-Fa-f]{1,12}", line)
    return int(digits[0], 16) if digits else 0
