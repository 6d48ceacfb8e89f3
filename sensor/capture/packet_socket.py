"""Which packet socket stands on an interface, and what does the kernel say about both?

Linux packet(7). Every question goes through the socket itself, so the answer is that of its network namespace.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
import threading
from dataclasses import dataclass

from sensor.model.errors import CaptureError

SOL_PACKET = 263
PACKET_STATISTICS = 6
PACKET_OUTGOING = 4
"""Packet type of a frame that this host sent."""
TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 0x10, 0x40
ETH_P_ALL, _ETH_P_8021Q = 0x0003, 0x8100
_PACKET_ADD_MEMBERSHIP, _PACKET_FANOUT, _PACKET_IGNORE_OUTGOING = 1, 18, 23
_PACKET_MR_PROMISC = 1
_FANOUT_HASH, _FANOUT_FLAG_DEFRAG = 0x0000, 0x8000
_SIOCGIFNAME, _SIOCGIFFLAGS, _SIOCGIFMTU, _SIOCGIFHWADDR, _SIOCGIFINDEX = 0x8910, 0x8913, 0x8921, 0x8927, 0x8933
_IFF_UP, _IFF_LOOPBACK = 0x1, 0x8
_LINKTYPES = {1: 1, 772: 1, 65534: 101}
"""LINKTYPE by ARPHRD: Ethernet, loopback (framed as Ethernet), and none at all (tun: raw IP)."""
_HEADROOM_BYTES = 22
"""Ethernet header and two VLAN tags, which no MTU counts."""


@dataclass(frozen=True, slots=True)
class Link:
    """An interface as it was when it was opened."""

    name: str
    index: int
    linktype: int
    """LINKTYPE value of its frames."""
    is_loopback: bool
    max_frame_bytes: int
    """The longest frame its MTU allows; a longer one was merged by receive or segmentation offload."""


@dataclass(frozen=True, slots=True)
class KernelCounters:
    """What the kernel counted for one socket since it was opened."""

    packets: int = 0
    """Packets that passed the filter, dropped ones included."""
    drops: int = 0
    """Packets that found no room because the reader was too slow."""
    freezes: int = 0
    """Times the ring was full; always 0 without a ring."""


def open_packet_socket(name: str) -> socket.socket:
    """A packet socket that receives nothing yet. Raises CaptureError without the right to."""
    if not hasattr(socket, "AF_PACKET"):
        raise CaptureError(f"{name}: live capture needs Linux; scan a capture file instead")
    try:
        return socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    except PermissionError as fault:
        raise CaptureError(
            f"{name}: no permission to capture: needs CAP_NET_RAW; run as root, or give the service "
            "AmbientCapabilities=CAP_NET_RAW (systemd), or the container --cap-add=NET_RAW"
        ) from fault
    except OSError as fault:
        raise CaptureError(f"{name}: this system gives no packet socket: {fault.strerror}") from fault


def look_up(sock: socket.socket, name: str) -> Link:
    """The interface called ``name``; raises CaptureError when it is missing, down, or of an unknown kind."""
    try:
        index = _ask(sock, _SIOCGIFINDEX, name, "i")
    except OSError as fault:
        known = ", ".join(known_name for _, known_name in socket.if_nameindex())
        raise CaptureError(f"{name}: no such interface; there are {known}") from fault
    flags = _ask(sock, _SIOCGIFFLAGS, name, "H")
    if not flags & _IFF_UP:
        raise CaptureError(f"{name}: the interface is down; bring it up: ip link set {name} up")
    hardware = _ask(sock, _SIOCGIFHWADDR, name, "H")
    if hardware not in _LINKTYPES:
        raise CaptureError(
            f"{name}: link type ARPHRD {hardware} cannot be captured; choose an Ethernet, loopback or tun interface"
        )
    mtu_bytes = _ask(sock, _SIOCGIFMTU, name, "i")
    return Link(name, index, _LINKTYPES[hardware], bool(flags & _IFF_LOOPBACK), mtu_bytes + _HEADROOM_BYTES)


def is_there(sock: socket.socket, link: Link) -> bool:
    """False once the interface is gone; a new one of the same name is another one."""
    try:
        fcntl.ioctl(sock, _SIOCGIFNAME, struct.pack("16xi20x", link.index))
    except OSError as fault:
        return fault.errno != errno.ENODEV
    return True


def is_up(sock: socket.socket, link: Link) -> bool:
    """True while the interface is administratively up."""
    try:
        answer = fcntl.ioctl(sock, _SIOCGIFNAME, struct.pack("16xi20x", link.index))
        return bool(_ask(sock, _SIOCGIFFLAGS, answer[:16].rstrip(b"\0").decode(), "H") & _IFF_UP)
    except OSError:
        return False


def set_promiscuous(sock: socket.socket, link: Link) -> None:
    """See frames for other stations too, until the socket closes."""
    sock.setsockopt(SOL_PACKET, _PACKET_ADD_MEMBERSHIP, struct.pack("iHH8x", link.index, _PACKET_MR_PROMISC, 0))


def ignore_outgoing(sock: socket.socket) -> None:
    """Do not see what this host sends. Kernels before 4.20 cannot; readers look at each frame's type anyway."""
    try:
        sock.setsockopt(SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
    except OSError as fault:
        if fault.errno != errno.ENOPROTOOPT:
            raise


def join_fanout(sock: socket.socket, link: Link, group: int) -> None:
    """Share the interface with the other sockets of ``group``: both directions of a flow reach the same socket.

    IPv4 fragments are put together first, else all but the first would be shared out by their addresses alone.
    """
    try:
        how = _FANOUT_HASH | _FANOUT_FLAG_DEFRAG
        sock.setsockopt(SOL_PACKET, _PACKET_FANOUT, struct.pack("=I", group | how << 16))
    except OSError as fault:
        raise CaptureError(
            f"{link.name}: cannot join fanout group {group}: {fault.strerror}; "
            "another program may use this number: choose another fanout_group"
        ) from fault


def retagged(data: bytes, tci: int, tpid: int, status: int) -> bytes:
    """An Ethernet frame with the VLAN tag that the kernel took out put back in its place."""
    known = tpid if status & TP_STATUS_VLAN_TPID_VALID else _ETH_P_8021Q
    return data[:12] + struct.pack("!HH", known, tci) + data[12:]


class Statistics:
    """Sums the kernel's counters, which start again at every look. Safe to read from several threads."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._lock = threading.Lock()
        self._sum = KernelCounters()

    def read(self) -> KernelCounters:
        """The counters now; after the socket was closed, as they were last. The kernel's wrap at 2^32 per look."""
        with self._lock:
            if self._sock.fileno() >= 0:
                raw = self._sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 12)
                packets, drops, freezes = struct.unpack("=III", raw.ljust(12, b"\0"))
                total = self._sum
                self._sum = KernelCounters(total.packets + packets, total.drops + drops, total.freezes + freezes)
            return self._sum


def reason(fault: OSError) -> str:
    """A system error as words."""
    return os.strerror(fault.errno) if fault.errno else str(fault)


def _ask(sock: socket.socket, request: int, name: str, field: str) -> int:
    answer = fcntl.ioctl(sock, request, struct.pack("16s24x", name.encode()))
    return int(struct.unpack_from(field, answer, 16)[0])
