"""Which department leads for a unit, and how many days does it have?"""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from collector.lists.divisions import prefix_of
from collector.lists.models import DutyRule


class DutyTable:
    """The rules valid on one day, read once."""

    def __init__(self, day: date) -> None:
        valid = DutyRule.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)
        self._rules = list(valid)

    def of(self, nature: str, division_code: str) -> DutyRule | None:
        """The most specific rule: for the nature before for any, then the deepest division, then the newest."""
        fitting = [rule for rule in self._rules if _fits(rule, nature, division_code)]
        return max(fitting, key=_rank, default=None)


def _fits(rule: DutyRule, nature: str, division_code: str) -> bool:
    return rule.nature in ("", nature) and division_code.startswith(prefix_of(rule.division_prefix))


def _rank(rule: DutyRule) -> tuple[bool, int, date, int]:
    return bool(rule.nature), len(prefix_of(rule.division_prefix)), rule.valid_from, rule.pk
