"""How is a pcapng file read: sections of either byte order, interfaces of any link type and clock?

Source: draft-ietf-opsawg-pcapng. Read are section headers, interface descriptions, enhanced, simple and obsolete
packet blocks; every other block is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from struct import Struct

from sensor.capture.limits import CaptureLimits, DamageError
from sensor.capture.unpack import ByteReader
from sensor.engine.api import Frame

MAGIC = b"\x0a\x0d\x0d\x0a"
_SECTION = 0x0A0D0D0A
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_INTERFACE, _PACKET, _SIMPLE, _ENHANCED = 1, 2, 3, 6
_OPT_END, _OPT_TSRESOL, _OPT_TSOFFSET = 0, 9, 14
_MIN_BLOCK_BYTES = 12
_BLOCK_SLACK_BYTES = 65_536
"""Room for the options of a packet block beyond its data."""
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Interface:
    linktype: int
    snaplen: int
    units_per_s: int = 1_000_000
    offset_s: int = 0

    def at_ns(self, high: int, low: int) -> int:
        return (high << 32 | low) * _SECOND_NS // self.units_per_s + self.offset_s * _SECOND_NS


@dataclass(slots=True)
class _Section:
    """What the blocks of one section share. ``last_ns`` stands in where a block has no time of its own."""

    order: str
    last_ns: int
    limits: CaptureLimits
    interfaces: list[_Interface] = field(default_factory=list)
    structs: dict[str, Struct] = field(default_factory=dict)

    def unpack(self, layout: str, body: bytes, at: int = 0) -> tuple[int, ...]:
        struct = self.structs.get(layout)
        if struct is None:
            struct = self.structs[layout] = Struct(self.order + layout)
        if at + struct.size > len(body):
            raise DamageError(f"block body of {len(body)} bytes is too short")
        return struct.unpack_from(body, at)

    def interface(self, index: int) -> _Interface:
        if index >= len(self.interfaces):
            raise DamageError(f"packet of interface {index}, of which there is no description")
        return self.interfaces[index]


def read_pcapng(reader: ByteReader, limits: CaptureLimits) -> Iterator[Frame]:
    """The frames of a pcapng file that starts at the reader's position. Raises :class:`DamageError` at damage."""
    section = _Section("<", 0, limits)
    while head := reader.take(8):
        if len(head) < 8:
            raise DamageError(f"block header cut after {len(head)} of 8 bytes")
        if head[:4] == MAGIC:
            section = _start_section(reader, section, head)
            continue
        kind, length = section.unpack("II", head)
        parse = _PARSERS.get(kind)
        body = _block_body(reader, section, length, wanted=parse is not None)
        if parse is not None and (frame := parse(section, body)) is not None:
            section.last_ns = frame.at_ns
            yield frame


def _start_section(reader: ByteReader, before: _Section, head: bytes) -> _Section:
    mark = reader.peek(4)
    order = _ORDERS.get(mark)
    if order is None:
        raise DamageError(f"section header with byte-order mark {mark.hex() or 'missing'}")
    section = _Section(order, before.last_ns, before.limits)
    _block_body(reader, section, section.unpack("II", head)[1], wanted=False)
    return section


def _block_body(reader: ByteReader, section: _Section, length: int, *, wanted: bool) -> bytes:
    """The body of a block whose 8-byte header is taken; empty when not ``wanted``."""
    size = -(-length // 4) * 4 - _MIN_BLOCK_BYTES
    if size < 0:
        raise DamageError(f"block claims {length} bytes, less than {_MIN_BLOCK_BYTES}")
    if wanted and size > section.limits.max_packet_bytes + _BLOCK_SLACK_BYTES:
        raise DamageError(f"packet block claims {length} bytes, more than {section.limits.max_packet_bytes}")
    body = reader.take(size) if wanted else b""
    passed = len(body) if wanted else reader.skip(size)
    trailer = reader.take(4)
    if len(trailer) < 4:
        raise DamageError(f"block cut after {passed + 8 + len(trailer)} of {length} bytes")
    if (again := section.unpack("I", trailer)[0]) != length:
        raise DamageError(f"block lengths disagree: {length} at its start, {again} at its end")
    return body


def _interface(section: _Section, body: bytes) -> None:
    if len(section.interfaces) >= section.limits.max_interfaces:
        raise DamageError(f"more than {section.limits.max_interfaces} interfaces")
    linktype, _, snaplen = section.unpack("HHI", body)
    units_per_s, offset_s = 1_000_000, 0
    for code, value in _options(section, body, 8):
        if code == _OPT_TSRESOL and value:
            units_per_s = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** value[0]
        elif code == _OPT_TSOFFSET and len(value) >= 8:
            offset_s = section.unpack("q", value)[0]
    section.interfaces.append(_Interface(linktype, snaplen, units_per_s, offset_s))


def _options(section: _Section, body: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(body):
        code, size = section.unpack("HH", body, at)
        if code == _OPT_END:
            return
        yield code, body[at + 4 : at + 4 + size]
        at += 4 + -(-size // 4) * 4


def _enhanced(section: _Section, body: bytes) -> Frame:
    index, high, low, size, wire_len = section.unpack("IIIII", body)
    return _frame(section.interface(index), high, low, _cut(body, 20, size), wire_len)


def _obsolete(section: _Section, body: bytes) -> Frame:
    index, _, high, low, size, wire_len = section.unpack("HHIIII", body)
    return _frame(section.interface(index), high, low, _cut(body, 20, size), wire_len)


def _frame(interface: _Interface, high: int, low: int, data: bytes, wire_len: int) -> Frame:
    return Frame(interface.at_ns(high, low), interface.linktype, data, max(wire_len, len(data)))


def _simple(section: _Section, body: bytes) -> Frame:
    interface = section.interface(0)
    wire_len = section.unpack("I", body)[0]
    size = min(wire_len, interface.snaplen or wire_len)
    return Frame(section.last_ns, interface.linktype, _cut(body, 4, size), wire_len)


def _cut(body: bytes, at: int, size: int) -> bytes:
    if at + size > len(body):
        raise DamageError(f"packet of {size} bytes in a block body of {len(body)}")
    return body[at : at + size]


_PARSERS: dict[int, Callable[[_Section, bytes], Frame | None]] = {
    _INTERFACE: _interface,
    _PACKET: _obsolete,
    _SIMPLE: _simple,
    _ENHANCED: _enhanced,
}
