"""What can carry a packet over IP? Tunnels between 203.0.113.1 and 203.0.113.2, both directions in the same one."""

from __future__ import annotations

import struct
from collections.abc import Callable
from zlib import crc32

from sensor.model.errors import ConfigError
from sensor.simulate.frames import checksum

_MACS_BYTES, _ETHERNET_BYTES = 12, 14
_IPV4, _IPV6 = b"\x08\x00", b"\x86\xdd"
_IPIP, _UDP, _6IN4, _GRE, _L2TP = 4, 17, 41, 47, 115
_OUTER_ENDS = bytes([203, 0, 113, 1, 203, 0, 113, 2])
_OUTER_ENDS_6 = bytes.fromhex("20010db800000000000000000000000120010db8000000000000000000000002")
_PORT = 49_152
_COOKIE = b"\xc0\x0c\x1e\x5a"


def ip_in_ip(frame: bytes) -> list[bytes]:
    """IPv4 in IPv4 (RFC 2003), or IPv6 in IPv4 (6in4, RFC 4213)."""
    return [_outer(frame, _6IN4 if _is_ipv6(frame) else _IPIP, _packet(frame))]


def ip_in_ipv6(frame: bytes) -> list[bytes]:
    """IPv4 or IPv6 in IPv6 (RFC 2473)."""
    packet, protocol = _packet(frame), _6IN4 if _is_ipv6(frame) else _IPIP
    head = struct.pack("!IHBB", 0x6000_0000, len(packet), protocol, 61) + _OUTER_ENDS_6
    return [frame[:_MACS_BYTES] + _IPV6 + head + packet]


def gre(frame: bytes) -> list[bytes]:
    """GRE over IPv4 (RFC 2784)."""
    return [_outer(frame, _GRE, b"\x00\x00" + frame[_MACS_BYTES:])]


def gre_key(frame: bytes) -> list[bytes]:
    """GRE with checksum, key and sequence number (RFC 2890)."""
    return [_outer(frame, _GRE, b"\xb0\x00" + frame[_MACS_BYTES:_ETHERNET_BYTES] + bytes(12) + _packet(frame))]


def nvgre(frame: bytes) -> list[bytes]:
    """Ethernet in GRE with a virtual subnet (RFC 7637)."""
    return [_outer(frame, _GRE, b"\x20\x00\x65\x58\x00\x12\x34\x07" + frame)]


def pptp(frame: bytes) -> list[bytes]:
    """PPP in GRE version 1 (RFC 2637); each direction has a call number of its own."""
    packet = b"\xff\x03" + ppp(frame)
    return [_outer(frame, _GRE, b"\x30\x81\x88\x0b" + struct.pack("!HHII", len(packet), frame[5], 1, 1) + packet)]


def erspan_2(frame: bytes) -> list[bytes]:
    """ERSPAN type II (draft-foschiano-erspan)."""
    return [_outer(frame, _GRE, b"\x10\x00\x88\xbe" + bytes(4) + b"\x10\x07\x00\x05" + bytes(4) + frame)]


def erspan_3(frame: bytes) -> list[bytes]:
    """ERSPAN type III with its subheader."""
    header = b"\x20\x07\x00\x05" + bytes(7) + b"\x01" + bytes(8)
    return [_outer(frame, _GRE, b"\x10\x00\x22\xeb" + bytes(4) + header + frame)]


def vxlan(frame: bytes) -> list[bytes]:
    """VXLAN (RFC 7348)."""
    return [_outer_udp(frame, 4789, b"\x08\x00\x00\x00\x00\x12\x34\x00" + frame)]


def geneve(frame: bytes) -> list[bytes]:
    """Geneve with an option (RFC 8926)."""
    return [_outer_udp(frame, 6081, b"\x02\x00\x65\x58\x00\x12\x34\x00" + b"\x01\x02\x80\x01" + bytes(4) + frame)]


def gtpu(frame: bytes) -> list[bytes]:
    """GTP-U (3GPP TS 29.281); each direction has a tunnel endpoint of its own."""
    packet = _packet(frame)
    return [_outer_udp(frame, 2152, b"\x30\xff" + struct.pack("!HI", len(packet), 0x1200 + frame[5]) + packet)]


def gtpu_5g(frame: bytes) -> list[bytes]:
    """GTP-U with the PDU session container of 5G (3GPP TS 38.415)."""
    packet = b"\x00\x00\x00\x85" + b"\x01\x10\x09\x00" + _packet(frame)
    return [_outer_udp(frame, 2152, b"\x34\xff" + struct.pack("!HI", len(packet), 0x1200 + frame[5]) + packet)]


def teredo(frame: bytes) -> list[bytes]:
    """Teredo with authentication and origin headers (RFC 4380); raises ConfigError for IPv4, which it cannot carry."""
    if not _is_ipv6(frame):
        raise ConfigError("teredo carries IPv6 only: put ip-in-ipv6 behind it")
    headers = b"\x00\x01\x00\x00" + bytes(9) + b"\x00\x00" + bytes(6)
    return [_outer_udp(frame, 3544, headers + _packet(frame))]


def l2tp(frame: bytes) -> list[bytes]:
    """PPP in L2TPv2 with length and sequence numbers (RFC 2661); each direction has a session of its own."""
    packet = b"\xff\x03" + ppp(frame)
    head = struct.pack("!HHHHHH", 0x4802, 12 + len(packet), 1 + frame[5], 7, 0, 0)
    return [_outer_udp(frame, 1701, head + packet)]


def l2tp_3(frame: bytes) -> list[bytes]:
    """Ethernet in L2TPv3 over UDP with cookie and sublayer (RFC 3931, RFC 4719)."""
    return [_outer_udp(frame, 1701, b"\x00\x03\x00\x00" + _session_3(frame))]


def l2tp_3_ip(frame: bytes) -> list[bytes]:
    """The same straight over IP."""
    return [_outer(frame, _L2TP, _session_3(frame))]


def ppp(frame: bytes) -> bytes:
    """The packet of a frame as PPP (RFC 1661)."""
    return (b"\x00\x57" if _is_ipv6(frame) else b"\x00\x21") + _packet(frame)


TUNNELS: dict[str, Callable[[bytes], list[bytes]]] = {
    "ip-in-ip": ip_in_ip,
    "ip-in-ipv6": ip_in_ipv6,
    "gre": gre,
    "gre-key": gre_key,
    "nvgre": nvgre,
    "pptp": pptp,
    "erspan-2": erspan_2,
    "erspan-3": erspan_3,
    "vxlan": vxlan,
    "geneve": geneve,
    "gtpu": gtpu,
    "gtpu-5g": gtpu_5g,
    "teredo": teredo,
    "l2tp": l2tp,
    "l2tp-3": l2tp_3,
    "l2tp-3-ip": l2tp_3_ip,
}
"""Every tunnel by its name."""


def _is_ipv6(frame: bytes) -> bool:
    return frame[_MACS_BYTES:_ETHERNET_BYTES] == _IPV6


def _packet(frame: bytes) -> bytes:
    return frame[_ETHERNET_BYTES:]


def _session_3(frame: bytes) -> bytes:
    return struct.pack("!I", 1 + frame[5]) + _COOKIE + bytes(4) + frame


def _outer(frame: bytes, protocol: int, payload: bytes) -> bytes:
    # What is carried differs with every packet: it will do as the identification.
    number = crc32(payload) & 0xFFFF
    head = bytearray(struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), number, 0, 61, protocol, 0) + _OUTER_ENDS)
    struct.pack_into("!H", head, 10, checksum(head))
    return frame[:_MACS_BYTES] + _IPV4 + bytes(head) + payload


def _outer_udp(frame: bytes, port: int, payload: bytes) -> bytes:
    return _outer(frame, _UDP, struct.pack("!HHHH", _PORT, port, 8 + len(payload), 0) + payload)
