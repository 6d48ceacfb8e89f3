"""How are frames read one by one where the kernel gives no ring? Slower, and it needs no memory mapped."""

from __future__ import annotations

import errno
import socket
import struct
import time
from collections.abc import Iterable

from sensor.capture.packet_socket import PACKET_OUTGOING, SOL_PACKET, TP_STATUS_VLAN_VALID, Link, retagged
from sensor.engine.api import Frame

MAX_TAKE = 256
"""Frames per turn."""
_PACKET_AUXDATA = 8
_SO_TIMESTAMPNS = 35
_SO_RCVBUFFORCE = 33
_TIMESPEC = struct.Struct("@ll")
_AUXDATA = struct.Struct("=IIIHHHH")
"""tpacket_auxdata: status, wire length, captured length, two offsets, VLAN tag, VLAN protocol."""
_CONTROL_BYTES = socket.CMSG_SPACE(_TIMESPEC.size) + socket.CMSG_SPACE(_AUXDATA.size)


class RawReader:
    """Reads a packet socket with one system call a frame. Not safe for use from several threads."""

    def __init__(self, sock: socket.socket, link: Link, buffer_bytes: int, snaplen_bytes: int) -> None:
        """``buffer_bytes`` is what the kernel may hold for us; without privileges it caps it at net.core.rmem_max."""
        try:
            sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, buffer_bytes)
        except PermissionError:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        sock.setsockopt(SOL_PACKET, _PACKET_AUXDATA, 1)
        self._sock = sock
        self._link = link
        self._snaplen_bytes = snaplen_bytes
        self.outgoing_packets = 0
        """Second copies of what this host sent to itself, left out."""

    def take(self) -> list[Frame]:
        """The frames that wait, oldest first, at most :data:`MAX_TAKE`; nothing when none does or the link is down."""
        frames: list[Frame] = []
        for _ in range(MAX_TAKE):
            try:
                data, control, _, address = self._sock.recvmsg(self._snaplen_bytes, _CONTROL_BYTES)
            except BlockingIOError:
                break
            except OSError as fault:
                if fault.errno != errno.ENETDOWN:
                    raise
                break
            if self._link.is_loopback and address[2] == PACKET_OUTGOING:
                self.outgoing_packets += 1
            else:
                frames.append(self._frame(data, control))
        return frames

    def close(self) -> None:
        """Nothing of its own to give back: the socket is its owner's."""

    def _frame(self, data: bytes, control: Iterable[tuple[int, int, bytes]]) -> Frame:
        at_ns, wire_len = 0, len(data)
        for level, kind, value in control:
            if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
                seconds, nanoseconds = _TIMESPEC.unpack_from(value)
                at_ns = seconds * 1_000_000_000 + nanoseconds
            elif level == SOL_PACKET and kind == _PACKET_AUXDATA:
                status, wire_len, _, _, _, tci, tpid = _AUXDATA.unpack_from(value)
                if status & TP_STATUS_VLAN_VALID:
                    data = retagged(data, tci, tpid, status)
                    wire_len += 4
        return Frame(at_ns or time.time_ns(), self._link.linktype, data, wire_len)
