"""What is asked of the table of records? One address with the first keys of every block that could hold it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

MAX_PORT = 65535
_FULL = (1 << 128) - 1
_V4_MAPPED = bytes(10) + b"\xff\xff"
_V4_BITS = 32


class Found(NamedTuple):
    """One record, in the order of the columns that both databases answer with."""

    pk: int
    source: str
    batch_id: int | None
    row_no: int
    network: str
    ip_lo: bytes
    ip_hi: bytes
    valid_from: datetime
    valid_to: datetime | None
    port_lo: int | None
    port_hi: int | None
    subscriber: str
    organisation_id: int | None
    unit_name: str
    uscc: str
    address: str
    division_code: str
    inner_ip: str | None
    realm: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Probe:
    """One question as the database gets it. ``realm`` None: any. Without a known port the range is the whole one."""

    number: int
    key: bytes
    los: tuple[bytes, ...]
    port_los: tuple[bytes, ...]
    """The same for blocks with ports, which have sizes of their own."""
    start: datetime
    end: datetime
    realm: str | None
    port_lo: int = 0
    port_hi: int = MAX_PORT


class Successor(NamedTuple):
    """A question about an open session: when, after ``after`` and until ``until``, did the next on its place begin?"""

    number: int
    source: str
    realm: str
    ip_lo: bytes
    ip_hi: bytes
    port_lo: int | None
    after: datetime
    until: datetime


def first_keys(key: bytes, masks: Sequence[int]) -> tuple[bytes, ...]:
    """First keys of the blocks under these masks that hold the address."""
    number = int.from_bytes(key)
    return tuple(dict.fromkeys([(number & mask).to_bytes(16) for mask in masks]))


def masks_of(bits_in_use: Iterable[int], *, is_v4: bool) -> tuple[int, ...]:
    """The masks of blocks of these sizes (in host bits); an IPv4 block has 32 at most."""
    return tuple(_FULL << bits & _FULL for bits in bits_in_use if not is_v4 or bits <= _V4_BITS)


def is_v4(key: bytes) -> bool:
    """Whether a key stands for an IPv4 address."""
    return key.startswith(_V4_MAPPED)


def port_range(ports: Iterable[int]) -> tuple[int, int]:
    """The least range that holds all ports; every port when none is known."""
    known = list(ports)
    return (min(known), max(known)) if known else (0, MAX_PORT)
