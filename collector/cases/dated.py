"""Which rule of a dated table holds on a day in a division?"""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from django.db.models import Q

from collector.registry.divisions import subtree_prefix
from collector.registry.parameters import Dated

_Row = TypeVar("_Row", bound=Dated)


def rules_on(table: type[_Row], day: date) -> list[_Row]:
    """The rows in force on a day, oldest first."""
    is_valid = Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))
    return list(table._default_manager.filter(is_valid).order_by("valid_from", "pk"))


def covers(rule_division: str, division_code: str) -> bool:
    """Whether a rule's division holds the place; an empty one holds everywhere."""
    return not rule_division or division_code.startswith(subtree_prefix(rule_division))


def depth(rule_division: str) -> int:
    """How narrow a rule's division is: 0 everywhere, 2 a province, 4 a city, 6 a county."""
    return len(subtree_prefix(rule_division)) if rule_division else 0
