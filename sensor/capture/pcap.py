"""How is a classic pcap file read, in any of its byte orders and time units?

Source: draft-ietf-opsawg-pcap. The variant of A. Kuznetzov (magic 0xa1b2cd34) has eight more bytes per record.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from sensor.capture.limits import CaptureLimits, DamageError
from sensor.capture.unpack import ByteReader
from sensor.engine.api import Frame

_US, _NS = 1000, 1

# magic as it stands in the file: byte order, nanoseconds per fraction unit, bytes to skip after a record header
_VARIANTS = {
    b"\xd4\xc3\xb2\xa1": ("<", _US, 0),
    b"\xa1\xb2\xc3\xd4": (">", _US, 0),
    b"\x4d\x3c\xb2\xa1": ("<", _NS, 0),
    b"\xa1\xb2\x3c\x4d": (">", _NS, 0),
    b"\x34\xcd\xb2\xa1": ("<", _US, 8),
    b"\xa1\xb2\xcd\x34": (">", _US, 8),
}
MAGICS = frozenset(_VARIANTS)
_LINKTYPE_MASK = 0xFFFF
_HEADER_BYTES = 24


def read_pcap(reader: ByteReader, limits: CaptureLimits) -> Iterator[Frame]:
    """The frames of a pcap file that starts at the reader's position. Raises :class:`DamageError` at damage."""
    header = reader.take(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES:
        raise DamageError(f"file header cut after {len(header)} of {_HEADER_BYTES} bytes")
    order, unit_ns, extra = _VARIANTS[header[:4]]
    # The upper half of the word tells the length of a trailing checksum, not the link type.
    linktype = Struct(order + "I").unpack_from(header, 20)[0] & _LINKTYPE_MASK
    record = Struct(f"{order}IIII{extra}x")
    while head := reader.take(record.size):
        if len(head) < record.size:
            raise DamageError(f"record header cut after {len(head)} of {record.size} bytes")
        seconds, fraction, size, wire_len = record.unpack(head)
        if size > limits.max_packet_bytes:
            raise DamageError(f"record claims {size} bytes, more than {limits.max_packet_bytes}")
        data = reader.take(size)
        if len(data) < size:
            raise DamageError(f"packet cut after {len(data)} of {size} bytes")
        yield Frame(seconds * 1_000_000_000 + fraction * unit_ns, linktype, data, max(wire_len, size))
