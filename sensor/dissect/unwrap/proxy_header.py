"""Which client stands behind a load balancer? PROXY protocol headers, version 1 (text) and 2 (binary).

Source: the PROXY protocol specification of HAProxy, sections 2.1 and 2.2.
"""

from __future__ import annotations

import ipaddress
import re

from sensor.dissect.probe import Probe
from sensor.dissect.unwrap.heading import HeadingLayer
from sensor.dissect.unwrap.layer import PROXY_HEADER, ComesFrom, Entered
from sensor.model.flow import Direction

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
"""First bytes of version 2."""
MAX_V1_BYTES = 107
MAX_V2_BYTES = 4096
"""Longest version 2 header read, TLVs included; the field allows 65,551."""
_V1_START = b"PROXY "
_V1_LINE = re.compile(rb"PROXY (?:UNKNOWN[^\r\n]*|TCP[46] (\S+) \S+ (\d{1,5}) \d{1,5})\r\n")
_INET, _INET6 = 1, 2


def probe(head: bytes) -> Probe:
    """Does the stream begin with a whole PROXY header?"""
    if any(start.startswith(head[: len(start)]) for start in (_V1_START, SIGNATURE)):
        return Probe.CERTAIN if header_size(head) else Probe.UNSURE if _may_go_on(head) else Probe.NOT_FOR_US
    return Probe.NOT_FOR_US


def header_size(head: bytes) -> int:
    """Bytes of the header that ``head`` begins with; 0 while there is no whole one."""
    if head.startswith(SIGNATURE):
        size = 16 + int.from_bytes(head[14:16], "big")
        is_valid = len(head) >= 16 and head[12] >> 4 == 2 and size <= MAX_V2_BYTES
        return size if is_valid and len(head) >= size else 0
    line = _V1_LINE.match(head[:MAX_V1_BYTES])
    return line.end() if line else 0


class ProxyHeaderLayer(HeadingLayer):
    """Takes the header off the side that sent one; the other side passes as it is."""

    def _read(self, head: bytes, direction: Direction, at_ns: int) -> int | None:
        answer = probe(head)
        if answer is Probe.UNSURE:
            return None
        size = header_size(head)
        if answer is Probe.CERTAIN:
            self._tell(head[:size])
        return size

    def _tell(self, header: bytes) -> None:
        self._context.tell(Entered(PROXY_HEADER))
        if client := source(header):
            self._context.tell(client)


def source(header: bytes) -> ComesFrom | None:
    """The client that a whole header names; None where it names none (UNKNOWN, LOCAL, a UNIX socket)."""
    try:
        if header.startswith(SIGNATURE):
            return _source_v2(header)
        line = _V1_LINE.match(header)
        if line is None or line[1] is None:
            return None
        return ComesFrom(str(ipaddress.ip_address(line[1].decode("ascii"))), int(line[2]) & 0xFFFF)
    except ValueError:
        return None


def _source_v2(header: bytes) -> ComesFrom | None:
    size = {_INET: 4, _INET6: 16}.get(header[13] >> 4)
    if header[12] & 0xF != 1 or size is None or len(header) < 16 + 2 * size + 4:
        return None
    port_at = 16 + 2 * size
    port = int.from_bytes(header[port_at : port_at + 2], "big")
    return ComesFrom(str(ipaddress.ip_address(header[16 : 16 + size])), port)


def _may_go_on(head: bytes) -> bool:
    if head.startswith(_V1_START):
        return b"\n" not in head and len(head) < MAX_V1_BYTES
    if len(head) < 16:
        return len(head) <= 12 or head[12] >> 4 == 2
    return head[12] >> 4 == 2 and int.from_bytes(head[14:16], "big") + 16 <= MAX_V2_BYTES
