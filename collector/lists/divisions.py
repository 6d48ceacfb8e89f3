"""Which divisions lie below which, and what are they called?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from collector.faults import CollectorError
from collector.registry.divisions import COUNTRY, is_division, subtree_prefix
from collector.registry.models import Division

_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]")
"""First two digits of GB/T 2260."""
_MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Names:
    """Names of a division and those above it; empty where unknown or where the code stops above."""

    province: str
    city: str
    county: str


class DivisionTree:
    """The divisions valid on one day, read once."""

    def __init__(self, day: date) -> None:
        valid = Division.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)
        # Texts, not objects: a page of the console reads the whole country, with towns some 45 000 rows.
        rows = list(valid.order_by("code", "valid_from").values_list("code", "name", "parent"))
        self._names: Mapping[str, str] = {code: name for code, name, _ in rows}
        self._parents: Mapping[str, str] = {code: parent for code, _, parent in rows if parent}

    def check(self, code: str) -> str:
        """``code`` if it can be a division, known or not yet; raises ``CollectorError``."""
        if code == COUNTRY:
            return code
        if not is_division(code) or not _PROVINCES.match(code):
            raise CollectorError(
                f"division {code!r}: is no division code; write six digits of GB/T 2260 like 330400",
                f"区划 {code!r}：不是区划代码；写六位，如 330400",
            )
        above = {code, f"{code[:6]}", f"{code[:4]}00", f"{code[:2]}0000"}
        if self._names and not above & set(self._names):
            raise CollectorError(
                f"division {code}: not in the register; mend the code, or import it: import-divisions",
                f"区划 {code}：登记表中没有；请核对，或用 import-divisions 导入",
            )
        return code

    def within(self, code: str, root: str) -> bool:
        """True when ``code`` is ``root`` or lies below it, by its digits or by its registered parents.

        A root that is no code has nothing below it: an empty scope must never mean everything.
        """
        if not is_division(root):
            return False
        if root == COUNTRY:
            return True
        for _ in range(_MAX_DEPTH):
            if code.startswith(subtree_prefix(root)):
                return True
            code = self._parents.get(code, "")
            if not code:
                return False
        return False

    def within_any(self, code: str, roots: Iterable[str]) -> bool:
        """True when ``code`` lies in the subtree of one of ``roots``."""
        return any(self.within(code, root) for root in roots)

    def names(self, code: str) -> Names:
        """What to call the province, city and county of a code."""
        levels = [f"{code[:2]}0000", f"{code[:4]}00", code[:6]] if code else []
        found = [self._names.get(level, "") for level in dict.fromkeys(levels)]
        province, city, county = [*found, "", "", ""][:3]
        return Names(province, city, county)

    @property
    def by_code(self) -> Mapping[str, str]:
        """Every name."""
        return self._names

    def name(self, code: str) -> str:
        """What to call a division; its code when it has no name."""
        return self._names.get(code, "全国" if code == COUNTRY else code)
