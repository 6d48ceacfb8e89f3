"""Does the head of a stream hold an anchor, or name a listed host?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sensor.dissect import dns, http, tls
from sensor.dissect.tls_certificate import shown_names
from sensor.engine.api import Program, Reason
from sensor.engine.portable.flow import Flow, Side
from sensor.engine.portable.indicators import NameIndex
from sensor.model.flow import Direction

DNS_PORTS = frozenset({b"\x00\x35", b"\x14\xe9"})
"""53 and 5353 (mDNS), as they stand in a packed endpoint."""
_TLS_TYPES = range(20, 24)
_SERVER_HELLO = 2
_NAME_STARTS = frozenset({tls.HANDSHAKE, *(method[0] for method in http.METHODS)})


class Hit(NamedTuple):
    """Why a flow became a candidate."""

    reason: Reason
    detail: str


class HeadSearch:
    """Searches heads piece by piece. Keeps no state of its own: that is with the flow's sides."""

    def __init__(self, program: Program, names: NameIndex) -> None:
        self._names = names
        self._anchors = re.compile(b"|".join(re.escape(anchor) for anchor in program.anchors))
        self._overlap = max((len(anchor) for anchor in program.anchors), default=1) - 1
        self._any = bool(program.anchors)
        self._shapes = program.shapes

    def piece(self, flow: Flow, direction: Direction, data: bytes) -> Hit | None:
        """Search in-order bytes that are not in the flow's head yet; the first hit, anchors before names."""
        side = flow.sides[direction]
        if not side.searched_bytes:
            side.is_tls = _begins_tls(data) and not _is_clear_flight(data)
        if self._any and not side.is_tls:
            window = side.tail + data
            found = self._anchors.search(window)
            if found:
                return Hit(Reason.ANCHOR, found[0].decode("utf-8", "backslashreplace"))
            side.tail = window[-self._overlap :] if self._overlap else b""
        if not (side.names_done or self._names.empty):
            named = self._named(flow, direction, flow.head_of(direction) + data if side.searched_bytes else data)
            if named:
                return named
        return self._shaped(flow, direction, len(data)) if self._shapes else None

    def is_settled(self, side: Side) -> bool:
        """Did a direction begin as TLS does, and is its name not awaited any more? What follows says nothing."""
        return side.is_tls and (side.names_done or self._names.empty)

    def _shaped(self, flow: Flow, direction: Direction, new_bytes: int) -> Hit | None:
        sent = [side.searched_bytes for side in flow.sides]
        sent[direction] += new_bytes
        found = fitting_shape(self._shapes, sent, [side.packets > 0 for side in flow.sides])
        return Hit(Reason.SHAPE, f"{found[0]}/{found[1]}") if found else None

    def _named(self, flow: Flow, direction: Direction, head: bytes) -> Hit | None:
        side, other = flow.sides[direction], flow.sides[direction.other]
        if head[0] not in _NAME_STARTS:
            side.names_done = True
            return None
        if tls.is_server_hello(head):
            return self._shown(side, head)
        name = server_name(head)
        if name is None and not other.searched_bytes and tls.client_hello(head):
            other.is_awaited = True
        side.names_done = name is not None or (head[0] == tls.HANDSHAKE and not tls.may_become_hello(head))
        listed = self._names.find(name) if name else None
        return Hit(Reason.NAME, listed) if listed else None

    def _shown(self, side: Side, head: bytes) -> Hit | None:
        """A listed name in the certificate of a server whom its client did not name."""
        names = shown_names(head) if side.searched_bytes or side.is_awaited else ()
        side.names_done = names is not None
        listed = next(filter(None, map(self._names.find, names or ())), None)
        return Hit(Reason.NAME, listed) if listed else None


def fitting_shape(
    shapes: Iterable[tuple[int, int]], sent: Sequence[int], seen: Sequence[bool]
) -> tuple[int, int] | None:
    """The shape that a stream has at this moment, by the bytes each direction has sent and whether it was seen at all.

    Either side may be the client: who sent the first packet seen need not be.
    """

    def fits(want: tuple[int, int]) -> bool:
        return all(not seen[at] or sent[at] == want[at] for at in Direction)

    return next((shape for shape in shapes if fits(shape) or fits(shape[::-1])), None)


def _begins_tls(data: bytes) -> bool:
    """Does a direction begin with the head of a TLS record (RFC 8446 §5.1)? No literal stands in what is encrypted."""
    return len(data) >= 3 and data[0] in _TLS_TYPES and data[1] == 3 and data[2] <= 4


def _is_clear_flight(data: bytes) -> bool:
    """Does a server begin whose certificate follows in the clear, in the same record or the next one? What is behind
    its hello is no handshake record in TLS 1.3 (RFC 8446 §D.4), nor where a session is taken up again."""
    if len(data) < 6 or data[0] != tls.HANDSHAKE or data[5] != _SERVER_HELLO:
        return False
    end = 5 + int.from_bytes(data[3:5])
    return end > len(data) or data[end : end + 1] == bytes([tls.HANDSHAKE])


def server_name(head: bytes) -> str | None:
    """The host that a client names in its first bytes: TLS server name or HTTP Host. None when there is none yet."""
    if head[0] == tls.HANDSHAKE:
        hello = tls.client_hello(head)
        return hello.sni if hello else None
    return http.host(head)


def is_dns(sender: bytes, receiver: bytes) -> bool:
    """True when either packed endpoint has a DNS port."""
    return receiver[-2:] in DNS_PORTS or sender[-2:] in DNS_PORTS


def may_begin_dns(stream: bytes) -> bool:
    """False when a TCP stream that begins so is surely not one of DNS: its first message would be none."""
    return len(stream) < 2 + dns.HEADER_BYTES or dns.has_sound_header(stream[2:])


def dns_messages(side: Side, head: bytes) -> list[bytes]:
    """Whole DNS messages at the front of a TCP head (RFC 1035 §4.2.2) that were not answered before."""
    messages = []
    while side.dns_at + 2 <= len(head):
        size = int.from_bytes(head[side.dns_at : side.dns_at + 2], "big")
        start = side.dns_at + 2
        if size < dns.HEADER_BYTES or start + size > len(head):
            break
        messages.append(head[start : start + size])
        side.dns_at = start + size
    return messages
