"""How wrong can this host's clock be? Asked from the kernel, whichever time service disciplines it."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass

_TIME_ERROR = 5
_STA_UNSYNC = 0x0040


class _Timex(ctypes.Structure):
    """``struct timex`` of adjtimex(2) on 64-bit Linux."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 192),
    )


@dataclass(frozen=True, slots=True)
class ClockState:
    """What the kernel knows of its clock."""

    synchronised: bool
    max_error_ms: float
    """Bound of the error; grows by half a millisecond a second while nobody corrects the clock."""
    estimated_error_ms: float

    @property
    def error_ms(self) -> float | None:
        """What a detection says of its times: the bound, or None when nothing vouches for the clock."""
        return self.max_error_ms if self.synchronised else None


def clock_state() -> ClockState:
    """Ask adjtimex(2), changing nothing. Raises OSError where it is forbidden."""
    libc = ctypes.CDLL(None, use_errno=True)
    timex = _Timex()
    state = libc.adjtimex(ctypes.byref(timex))
    if state < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    synchronised = state != _TIME_ERROR and not timex.status & _STA_UNSYNC
    return ClockState(synchronised, timex.maxerror / 1000, timex.esterror / 1000)


def clock_error_ms() -> float | None:
    """The bound of the clock's error in milliseconds; None when it is unknown."""
    try:
        return clock_state().error_ms
    except OSError:
        return None
