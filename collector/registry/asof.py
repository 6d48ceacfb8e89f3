"""What holds on a day, in a division? The row of the deepest division that has one, and there the newest."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from django.db.models import Q, QuerySet

from collector.registry.divisions import is_code, subtree_prefix
from collector.registry.models import Division
from collector.registry.parameters import EnergyFactor, PolicyClause, Tariff

_Row = TypeVar("_Row", Tariff, EnergyFactor)


def tariff_of(division_code: str, day: date) -> Tariff | None:
    """What a kilowatt-hour costs on top there and then; None where no rule was in force yet."""
    return _deepest(Tariff.objects.filter(_valid(day)), division_code)


def factor_of(key: str, division_code: str, day: date) -> EnergyFactor | None:
    """A factor as it was there and then."""
    return _deepest(EnergyFactor.objects.filter(_valid(day), key=key), division_code)


def clauses_on(day: date) -> list[PolicyClause]:
    """Every clause in force."""
    return list(PolicyClause.objects.filter(_valid(day)).order_by("document", "article"))


def division_on(code: str, day: date) -> Division | None:
    """The division as it was called on a day.

    A county that no list knows is taken as it is when its city is known: lists lag behind the country.
    """
    known = _division(code, day)
    if known is not None or not is_code(code) or code.endswith("00"):
        return known
    city = _division(f"{code[:4]}00", day) or _division(f"{code[:2]}0000", day)
    if city is None:
        return None
    return Division(code=code, name=f"{city.name}{code}", level="county", parent=city.code, valid_from=city.valid_from)


def _division(code: str, day: date) -> Division | None:
    return Division.objects.filter(_valid(day), code=code).order_by("-valid_from").first()


def _valid(day: date) -> Q:
    return Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))


def _deepest(rows: QuerySet[_Row], division_code: str) -> _Row | None:
    fitting = [row for row in rows if division_code.startswith(_prefix(row.division_code))]
    return max(fitting, key=lambda row: (len(_prefix(row.division_code)), row.valid_from), default=None)


def _prefix(code: str) -> str:
    return subtree_prefix(code) if code else ""
