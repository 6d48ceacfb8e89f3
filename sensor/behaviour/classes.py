"""In which classes are sizes and gaps kept? Small whole numbers, about evenly wide on a logarithmic scale."""

from __future__ import annotations

SIZE_CLASSES = 128
GAP_CLASSES = 32
SIZE_STEPS = 16
"""Size classes in one doubling: a class is 3 to 6 % wide."""
GAP_UNIT_MS = 16
MAX_SIZE_BYTES = 4095
"""Longer messages are in the last size class with this one."""


def size_class(size_bytes: int) -> int:
    """The class of a message of that many bytes: 0 up to 16 bytes, 127 from 3 968 bytes on."""
    size = min(max(size_bytes, SIZE_STEPS), MAX_SIZE_BYTES)
    octave = size.bit_length() - 5
    return octave * SIZE_STEPS + (size >> octave) - SIZE_STEPS


def gap_class(gap_ms: int) -> int:
    """The class of a pause: 0 under 16 ms, then two classes in each doubling, 31 from 786 s on."""
    units = min(max(gap_ms, 0) // GAP_UNIT_MS, 0xFFFF)
    if units < 2:
        return units
    octave = units.bit_length() - 1
    return octave * 2 + (units >> (octave - 1) & 1)


def _size_of(number: int) -> float:
    octave, step = divmod(number, SIZE_STEPS)
    return (SIZE_STEPS + step + 0.5) * float(1 << octave)


def _gap_of(number: int) -> float:
    if number < 2:
        return (number + 0.5) * GAP_UNIT_MS / 1000
    octave, half = divmod(number, 2)
    return (2 + half + 0.5) * float(1 << octave - 1) * GAP_UNIT_MS / 1000


SIZE_BYTES = tuple(_size_of(number) for number in range(SIZE_CLASSES))
"""The middle of each size class, in bytes."""
GAP_S = tuple(_gap_of(number) for number in range(GAP_CLASSES))
"""The middle of each gap class, in seconds."""
