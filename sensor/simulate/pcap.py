"""How do frames become a capture file? Classic pcap with nanoseconds (or microseconds), Ethernet."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

from sensor.simulate.frames import Row

_MAGIC_NS, _MAGIC_US = 0xA1B23C4D, 0xA1B2C3D4
_LINKTYPE_ETHERNET = 1
_SNAPLEN_BYTES = 262_144


def write_pcap(path: Path, rows: Iterable[Row], *, nanoseconds: bool = True) -> int:
    """Write ``rows`` as they come and answer how many there were. Times go to microseconds by cutting."""
    magic, divisor = (_MAGIC_NS, 1) if nanoseconds else (_MAGIC_US, 1000)
    count = 0
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", magic, 2, 4, 0, 0, _SNAPLEN_BYTES, _LINKTYPE_ETHERNET))
        for at_ns, frame in rows:
            seconds, rest_ns = divmod(at_ns, 10**9)
            file.write(struct.pack("<IIII", seconds, rest_ns // divisor, len(frame), len(frame)))
            file.write(frame)
            count += 1
    return count
