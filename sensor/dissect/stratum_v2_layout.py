"""Which members does each message of Stratum V2 have? One table row per message, and the reader of its bytes.

Stratum V2 specification, 03 "Protocol Overview" (frames, data types), 05 "Mining Protocol", 08 "Message Types".
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

HEADER_BYTES = 6
CHANNEL_BIT = 0x8000
"""Of the extension type: the message is about one channel."""
MAX_PLAIN_BYTES = 65_536
"""Longest first frame that tells the protocol: one with a job and the halves of its coinbase is far shorter."""

_Read: TypeAlias = tuple[Any, int]
"""A value, and the offset behind it."""


class LayoutError(ValueError):
    """The bytes are not what the message's row says."""


def _number(size: int) -> Callable[[bytes, int], _Read]:
    return lambda data, at: (int.from_bytes(_part(data, at, size), "little"), at + size)


def _float(data: bytes, at: int) -> _Read:
    (value,) = struct.unpack("<f", _part(data, at, 4))
    if not math.isfinite(value) or value < 0:
        raise LayoutError
    return value, at + 4


def _hash(data: bytes, at: int) -> _Read:
    return _part(data, at, 32).hex(), at + 32


def _bytes(prefix: int) -> Callable[[bytes, int], _Read]:
    def read(data: bytes, at: int) -> _Read:
        size = int.from_bytes(_part(data, at, prefix), "little")
        return _part(data, at + prefix, size), at + prefix + size

    return read


def _text(data: bytes, at: int) -> _Read:
    raw, end = _bytes(1)(data, at)
    try:
        text = raw.decode()
    except UnicodeDecodeError as fault:
        raise LayoutError from fault
    if not text.isprintable():
        raise LayoutError
    return text, end


def _option(data: bytes, at: int) -> _Read:
    given, at = _number(1)(data, at)
    if given > 1:
        raise LayoutError
    return _number(4)(data, at) if given else (None, at)


def _hashes(data: bytes, at: int) -> _Read:
    count, at = _number(1)(data, at)
    return count, at + len(_part(data, at, 32 * count))


def _part(data: bytes, at: int, size: int) -> bytes:
    part = data[at : at + size]
    if len(part) < size:
        raise LayoutError
    return part


_U8, _U16, _U32, _U64 = _number(1), _number(2), _number(4), _number(8)
_Members: TypeAlias = tuple[tuple[str, Callable[[bytes, int], _Read]], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """One message. ``members`` is None where nothing in it matters here; ``size`` is that of a message without text."""

    name: str
    on_channel: bool
    members: _Members | None
    size: int | None = None
    may_go_on: bool = False
    """True where extensions append members (TLV), or editions of the specification differ in the last ones."""


def _fixed(name: str, size: int, *members: tuple[str, Callable[[bytes, int], _Read]]) -> Layout:
    return Layout(name, True, members, size)


_CHANNEL, _REQUEST, _JOB = ("channel", _U32), ("request", _U32), ("job", _U32)
_ERROR = ("error", _text)
_OPEN: _Members = (_REQUEST, ("account", _text), ("hashrate", _float), ("max_target", _hash))
_OPENED: _Members = (_REQUEST, _CHANNEL, ("target", _hash))
_SHARE: _Members = (_CHANNEL, ("sequence", _U32), _JOB, ("nonce", _U32), ("time", _U32), ("version", _U32))

LAYOUTS: Final[Mapping[int, Layout]] = {
    0x00: Layout(
        "SetupConnection",
        False,
        (
            *(("protocol", _U8), ("min_version", _U16), ("max_version", _U16), ("flags", _U32)),
            *(("server_name", _text), ("port", _U16), ("vendor", _text), ("hardware", _text)),
            *(("firmware", _text), ("device", _text)),
        ),
    ),
    0x01: Layout("SetupConnection.Success", False, (("version", _U16), ("flags", _U32)), 6),
    0x02: Layout("SetupConnection.Error", False, (("flags", _U32), _ERROR)),
    0x03: Layout("ChannelEndpointChanged", True, (_CHANNEL,), 4),
    0x04: Layout("Reconnect", False, (("server_name", _text), ("port", _U16))),
    0x10: Layout("OpenStandardMiningChannel", False, _OPEN),
    0x11: Layout(
        "OpenStandardMiningChannel.Success", False, (*_OPENED, ("prefix", _bytes(1)), ("group", _U32)), may_go_on=True
    ),
    0x12: Layout("OpenMiningChannel.Error", False, (_REQUEST, _ERROR)),
    0x13: Layout("OpenExtendedMiningChannel", False, (*_OPEN, ("size", _U16))),
    0x14: Layout(
        "OpenExtendedMiningChannel.Success",
        False,
        (*_OPENED, ("size", _U16), ("prefix", _bytes(1))),
        may_go_on=True,
    ),
    0x15: Layout("NewMiningJob", True, (_CHANNEL, _JOB, ("time", _option), ("version", _U32), ("root", _hash))),
    0x16: _fixed("UpdateChannel", 40, _CHANNEL, ("hashrate", _float), ("max_target", _hash)),
    0x17: Layout("UpdateChannel.Error", True, (_CHANNEL, _ERROR)),
    0x18: Layout("CloseChannel", True, (_CHANNEL, ("error", _text))),
    0x19: Layout("SetExtranoncePrefix", True, (_CHANNEL, ("prefix", _bytes(1)))),
    0x1A: _fixed("SubmitSharesStandard", 24, *_SHARE),
    0x1B: Layout("SubmitSharesExtended", True, (*_SHARE, ("extranonce", _bytes(1))), may_go_on=True),
    0x1C: _fixed("SubmitShares.Success", 20, _CHANNEL, ("sequence", _U32), ("shares", _U32), ("sum", _U64)),
    0x1D: Layout("SubmitShares.Error", True, (_CHANNEL, ("sequence", _U32), _ERROR)),
    0x1F: Layout(
        "NewExtendedMiningJob",
        True,
        (
            *(_CHANNEL, _JOB, ("time", _option), ("version", _U32), ("rolling", _U8)),
            *(("path", _hashes), ("before", _bytes(2)), ("after", _bytes(2))),
        ),
    ),
    0x20: _fixed("SetNewPrevHash", 48, _CHANNEL, _JOB, ("previous", _hash), ("time", _U32), ("bits", _U32)),
    0x21: _fixed("SetTarget", 36, _CHANNEL, ("target", _hash)),
    0x22: Layout("SetCustomMiningJob", True, None),
    0x23: Layout("SetCustomMiningJob.Success", True, None),
    0x24: Layout("SetCustomMiningJob.Error", True, None),
    0x25: Layout("SetGroupChannel", False, None),
}
"""Messages of the mining protocol and those all protocols share, by type."""


def read_members(layout: Layout, data: bytes) -> dict[str, Any]:
    """The members of a message. Raises :class:`LayoutError` where the bytes are not what the row says."""
    members: dict[str, Any] = {}
    at = 0
    for name, read in layout.members or ():
        members[name], at = read(data, at)
    if layout.members is not None and at < len(data) and not layout.may_go_on:
        raise LayoutError
    return members
