"""Which divisions lie below which, and what are they called?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from collector.faults import CollectorError
from collector.registry.models import Division

_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]")
"""First two digits of GB/T 2260."""
_FORM = re.compile(r"\d{6}(\d{3}){0,2}", re.ASCII)
COUNTRY = "000000"
"""The whole country, and with it what could not be put anywhere."""
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
        if not _FORM.fullmatch(code) or not _PROVINCES.match(code):
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
        if not _FORM.fullmatch(root):
            return False
        if root == COUNTRY:
            return True
        for _ in range(_MAX_DEPTH):
            if code.startswith(prefix_of(root)):
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


def prefix_of(code: str) -> str:
    """The digits that everything below a code shares: 330000 → 33, 330400 → 3304, 330402 → 330402."""
    while len(code) > 6 and code.endswith("000"):
        code = code[:-3]
    if len(code) != 6 or not code.endswith("00"):
        return code
    return code[:2] if code.endswith("0000") else code[:4]
