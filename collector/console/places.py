"""What are the divisions of a page called? By name from below the reader's own division, asked for all at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from django.utils import timezone

from collector.console.scope import Viewer
from collector.lists.week import CHINA
from collector.registry.divisions import COUNTRY, is_code, is_division, subtree_prefix
from collector.registry.models import Division
from collector.text import bilingual

_LEVELS = (2, 4, 6, 9, 12)
"""Digits of a province, city, county, town and village."""
_FORMAL = re.compile(r"(11|12|31|50)(?!00)\d\d00|\d\d9000")
"""Cities that only hold a place in the code: below a municipality, and above counties directly below a province."""


class Places:
    """Names of divisions, remembered once learned; ``home`` is the digits that all the reader's divisions share."""

    def __init__(self, home: str = "", names: Mapping[str, str] | None = None) -> None:
        self._home = home
        self._names: dict[str, str] = dict(names or {})
        self._asked = set(self._names)

    def learn(self, codes: Iterable[str]) -> None:
        """Ask the register for the names of ``codes`` and all above them: one question, or none where all are known.

        The last name counts: what was renamed or abolished is still found by it.
        """
        wanted = {level for code in codes for level in _levels(code)} - self._asked
        if not wanted:
            return
        self._asked |= wanted
        rows = Division.objects.filter(code__in=wanted, valid_from__lte=timezone.now().astimezone(CHINA).date())
        self._names |= dict(rows.order_by("valid_from").values_list("code", "name"))

    def name(self, code: str) -> str:
        """What the reader calls a division: a city's reader needs no name of the city before that of the county.

        Its code where the register does not have it.
        """
        return self._told(code, [one for one in _levels(code) if not self._is_home(one)])

    def _is_home(self, code: str) -> bool:
        """Does the reader's own place lie in that division?"""
        return is_division(code) and self._home.startswith(subtree_prefix(code))

    def full(self, code: str) -> str:
        """The name with those of all divisions above it."""
        return self._told(code, _levels(code))

    def _told(self, code: str, levels: list[str]) -> str:
        if code == COUNTRY:
            return str(bilingual("全国", "The whole country"))
        if code not in self._names:
            return code
        named = (one for one in levels if one == code or not _FORMAL.fullmatch(one))
        return "".join(self._names.get(one, "") for one in dict.fromkeys((*named, code)))


def places_of(person: Viewer, codes: Iterable[str]) -> Places:
    """The divisions of these codes as the person calls them."""
    places = places_for(person)
    places.learn(codes)
    return places


def places_for(person: Viewer, names: Mapping[str, str] | None = None) -> Places:
    """Places as the person calls them; ``names`` by code are known before anything is asked."""
    roots = {root for scope in person.scopes.values() for root in scope.roots if is_division(root)}
    homes = [[code[:level] for level in _LEVELS if level <= len(code)] for code in map(subtree_prefix, roots)]
    shared = set(homes[0]).intersection(*homes) if homes else set()
    return Places(max(shared, key=len, default=""), names)


def _levels(code: str) -> list[str]:
    """A code and those above it, from the province down; what is no code has nothing above it."""
    if not is_code(code[:6]) or code == COUNTRY:
        return [code] if code else []
    found = (code[:level].ljust(6, "0") for level in _LEVELS if level <= len(code))
    return list(dict.fromkeys(found))
