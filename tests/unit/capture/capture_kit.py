"""How do capture tests write files?"""

from __future__ import annotations

import struct

PACKETS = (b"first packet", b"second, longer packet", b"")
AT_NS = (1_700_000_000_123_456_000, 1_700_000_001_000_001_000, 1_700_000_001_000_001_000)


def pcap(order: str = "<", *, unit_ns: int = 1000, magic: int = 0xA1B2C3D4, linktype: int = 1, extra: int = 0) -> bytes:
    """A pcap file of :data:`PACKETS`."""
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, linktype)
    for data, at_ns in zip(PACKETS, AT_NS, strict=True):
        seconds, fraction = divmod(at_ns, 1_000_000_000)
        out += struct.pack(order + "IIII", seconds, fraction // unit_ns, len(data), len(data) + 4) + bytes(extra) + data
    return out


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """One pcapng block; the body is padded."""
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(linktype: int = 1, *, order: str = "<", snaplen: int = 0, options: bytes = b"") -> bytes:
    return block(1, struct.pack(order + "HHI", linktype, 0, snaplen) + options, order)


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def enhanced(data: bytes, *, at: int, index: int = 0, order: str = "<", size: int | None = None) -> bytes:
    captured = len(data) if size is None else size
    head = struct.pack(order + "IIIII", index, at >> 32, at & 0xFFFFFFFF, captured, captured + 4)
    return block(6, head + data, order)


def simple(data: bytes, wire_len: int, order: str = "<") -> bytes:
    return block(3, struct.pack(order + "I", wire_len) + data, order)


def obsolete(data: bytes, *, at: int, order: str = "<") -> bytes:
    head = struct.pack(order + "HHIIII", 0, 0, at >> 32, at & 0xFFFFFFFF, len(data), len(data) + 4)
    return block(2, head + data, order)
