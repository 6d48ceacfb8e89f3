"""Which records answer each question? Portless ones, port blocks, and a witness that the address is shared."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from collector.resolve.holding import Question
from collector.resolve.lookup import postgres, sqlite
from collector.resolve.lookup.probe import Found, Probe, Successor, first_keys, is_v4, masks_of, port_range
from collector.resolve.lookup.sql import SIZES_IN_USE, TABLE, WIDEST_PORT_BLOCK, WITH_PORTS, WITHOUT_PORTS

_LOG = logging.getLogger(__name__)
_VENDORS: dict[str, Any] = {"postgresql": postgres, "sqlite": sqlite}


@dataclass(frozen=True, slots=True)
class Shape:
    """Which block sizes (in host bits) the table holds, with and without ports, and the widest port block."""

    address_bits: tuple[int, ...]
    port_bits: tuple[int, ...]
    widest: int


def current_shape() -> Shape:
    """Read from the ends of three small indexes; hold on to it for a run, imports change it."""
    with connection.cursor() as cursor:
        cursor.execute(SIZES_IN_USE.format(table=TABLE, kind=WITHOUT_PORTS))
        address_bits = tuple(bits for (bits,) in cursor.fetchall())
        cursor.execute(SIZES_IN_USE.format(table=TABLE, kind=WITH_PORTS))
        port_bits = tuple(bits for (bits,) in cursor.fetchall())
        cursor.execute(WIDEST_PORT_BLOCK)
        widest = cursor.fetchone()
    return Shape(address_bits, port_bits, widest[0] if widest else 0)


def find(questions: Sequence[Question], shape: Shape, max_records: int) -> list[list[Found]]:
    """For each question the records that were valid in its widened span, longest prefix first.

    Port blocks are those that meet the question's ports; where none does, but some hold the address, one of them
    stands for all: it says that the address is shared. At most ``max_records`` each, shortest prefixes left out.
    """
    vendor = _VENDORS[connection.vendor]
    found: list[list[Found]] = [[] for _ in questions]
    probes = _probes(questions, shape)
    _collect(found, vendor.records(connection, probes, shape.widest, max_records + 1))
    if shape.port_bits:
        open_probes = [probe for probe in probes if _is_open(found[probe.number])]
        # One is enough, though a database may name one for each block size.
        _collect(found, iter(dict(vendor.witnesses(connection, open_probes)).items()))
    return [_bounded(records, max_records) for records in found]


def named_subscribers(wanted: Sequence[tuple[int, str, datetime, datetime]]) -> Iterator[tuple[int, Found]]:
    """For (number, account, start, end): the newest record of the account that names a unit, if any."""
    answer: Callable[..., Iterator[tuple[int, Found]]] = _VENDORS[connection.vendor].named_subscribers
    return answer(connection, wanted) if wanted else iter(())


def successors(asked: Sequence[Successor]) -> dict[int, datetime]:
    """By number: when the next session on the same place began. Those that nothing followed are left out."""
    vendor = _VENDORS[connection.vendor]
    found: dict[int, datetime] = {}
    for with_ports in (False, True):
        chosen = [one for one in asked if (one.port_lo is not None) is with_ports]
        if chosen:
            told = vendor.successors(connection, chosen, with_ports=with_ports)
            found |= {number: begins for number, begins in told if begins is not None}
    return found


def _probes(questions: Sequence[Question], shape: Shape) -> list[Probe]:
    masks = {v4: (masks_of(shape.address_bits, is_v4=v4), masks_of(shape.port_bits, is_v4=v4)) for v4 in (True, False)}
    probes = []
    for number, question in enumerate(questions):
        key = question.ip_key
        plain, with_ports = masks[is_v4(key)]
        los, port_los = first_keys(key, plain), first_keys(key, with_ports)
        start, end = question.first - question.slack, question.last + question.slack
        probes.append(Probe(number, key, los, port_los, start, end, question.realm, *port_range(question.ports)))
    return probes


def _collect(found: list[list[Found]], answers: Iterator[tuple[int, Found]]) -> None:
    for number, record in answers:
        found[number].append(record)


def _is_open(records: list[Found]) -> bool:
    """Somebody holds the address without ports, and nobody with the question's: is it shared all the same?"""
    return bool(records) and all(record.port_lo is None for record in records)


def _bounded(records: list[Found], max_records: int) -> list[Found]:
    if len(records) > 1:
        records.sort(key=_rank)
    if len(records) > max_records:
        _LOG.warning("more than %d ownership records for one question; shortest prefixes left out", max_records)
    return records[:max_records]


def _rank(record: Found) -> tuple[int, float, int]:
    span = int.from_bytes(record.ip_hi) - int.from_bytes(record.ip_lo)
    return span, -record.valid_from.timestamp(), -record.pk
