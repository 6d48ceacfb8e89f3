"""Who is inspected, and by whom? A draw that anybody can repeat from its seed (双随机), and that nobody can steer."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from collector.accounts.scope import Scope, within
from collector.faults import CollectorError
from collector.registry.divisions import is_code
from collector.registry.models import Organisation

MAX_SAMPLE = 10_000
MAX_INSPECTORS = 1_000


@dataclass(frozen=True, slots=True)
class Pool:
    """Whom the draw is from: units of a division (of a facility class; "": any), and inspectors."""

    division_code: str
    facility: str
    inspectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """A unit that was drawn, and who goes there."""

    unit_name: str
    uscc: str
    division_code: str
    inspector: str


def draw(ids: Iterable[str], seed: str, size: int) -> list[str]:
    """``size`` of ``ids`` by SHA-256(seed|id), smallest first. Raises ``CollectorError`` without a seed or a size."""
    if not seed.strip() or not 1 <= size <= MAX_SAMPLE:
        raise CollectorError(
            f"sample: give a seed, and a size from 1 to {MAX_SAMPLE}", f"抽样：须给出种子，数量为 1 至 {MAX_SAMPLE}"
        )
    return [one for _, one in heapq.nsmallest(size, ((_lot(seed, one), one) for one in ids))]


def draw_inspections(pool: Pool, seed: str, size: int) -> list[Inspection]:
    """Units in the order drawn; every inspector goes once before anybody goes twice."""
    if not is_code(pool.division_code) or not 0 < len(pool.inspectors) <= MAX_INSPECTORS:
        raise CollectorError(
            f"draw: give a division code of six digits, and 1 to {MAX_INSPECTORS} inspectors",
            f"抽查：须给出六位区划代码和 1 至 {MAX_INSPECTORS} 名检查人员",
        )
    rows = Organisation.objects.filter(within("division_code", Scope((pool.division_code,))))
    rows = rows.filter(facility=pool.facility) if pool.facility else rows
    units = {f"{row.uscc or ''}|{row.name}|{row.division_code}": row for row in rows.iterator(chunk_size=2_000)}
    order = sorted(set(pool.inspectors), key=lambda name: _lot(seed, f"inspector|{name}"))
    return [
        Inspection(units[key].name, units[key].uscc or "", units[key].division_code, order[number % len(order)])
        for number, key in enumerate(draw(units, seed, size))
    ]


def _lot(seed: str, text: str) -> str:
    return hashlib.sha256(f"{seed}|{text}".encode()).hexdigest()
