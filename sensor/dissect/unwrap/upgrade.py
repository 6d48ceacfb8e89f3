"""What comes after HTTP? A tunnel made by CONNECT (RFC 9110 §9.3.6), or a WebSocket (RFC 6455 §4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sensor.dissect.http import HttpStream
from sensor.dissect.unwrap.layer import HTTP_CONNECT, WEBSOCKET, Asked, Context, Entered, Layer, Piece
from sensor.dissect.unwrap.websocket import WebSocketLayer
from sensor.model.flow import Direction
from sensor.model.observation import Observation

_AUTHORITY = re.compile(r"\[?([0-9A-Za-z_.:-]{1,255}?)\]?:(\d{1,5})")


class HttpLayer:
    """Reads HTTP until it is left, then hands on what follows."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._http = HttpStream(context)
        self._is_over = [False, False]
        self._inside: Layer | None = None
        self._is_told = False

    def held_bytes(self) -> int:
        """About what HTTP and the layer inside take."""
        return self._http.held_bytes() + (self._inside.held_bytes() if self._inside else 0)

    def feed(self, direction: Direction, at_ns: int, data: bytes, *, gap: bool) -> list[Piece | Observation]:
        """Messages of HTTP, and the bytes behind its end."""
        if self._is_over[direction]:
            return list(self._pass_on(Piece(direction, data, gap), at_ns))
        found: list[Piece | Observation] = list(self._http.parse(direction, at_ns, data, gap=gap))
        for way in (direction, direction.other):
            rest = None if self._is_over[way] else self._http.take_switched(way)
            if rest is not None:
                self._is_over[way] = True
                self._tell(at_ns)
                found.extend(self._pass_on(Piece(way, rest), at_ns))
        return found

    def _pass_on(self, piece: Piece, at_ns: int) -> Iterator[Piece | Observation]:
        if not piece.data:
            return
        if self._inside is None:
            yield piece
        else:
            yield from self._inside.feed(piece.direction, at_ns, piece.data, gap=piece.gap)

    def _tell(self, at_ns: int) -> None:
        if self._is_told:
            return
        self._is_told = True
        last = self._http.leaving or {}
        request = last.get("request", last)
        if "websocket" in last.get("headers", {}).get("upgrade", "").lower():
            self._inside = WebSocketLayer(self._context, is_told=True)
            self._context.tell(Entered(WEBSOCKET, request.get("host"), self._http.leaver, at_ns))
        else:
            self._tell_tunnel(request, at_ns)

    def _tell_tunnel(self, request: dict[str, Any], at_ns: int) -> None:
        self._context.tell(Entered(HTTP_CONNECT))
        authority = _AUTHORITY.fullmatch(str(request.get("uri", "")))
        if authority and request.get("method") == "CONNECT":
            host, port = authority[1].lower().rstrip("."), int(authority[2]) & 0xFFFF
            self._context.tell(Asked(HTTP_CONNECT, self._http.leaver, at_ns, host, port))
