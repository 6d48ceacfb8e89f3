"""Which rows stand behind a number? Addresses of lists with their filters filled in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from urllib.parse import urlencode

from django.urls import reverse

from collector.console.lead_filters import LOCATED
from collector.lists.week import Week
from collector.resolve.choices import Status

_NONE: Mapping[str, object] = MappingProxyType({})


def leads_link(week: Week | None = None, day: date | None = None, filters: Mapping[str, object] = _NONE) -> str:
    """The leads under these filters; an empty one is left out."""
    return _link("leads", {"week": week, "day": day, **filters})


def place_links(week: Week) -> dict[str, str]:
    """The week's leads by whether their place is known."""
    states = {"located": LOCATED, "conflict": Status.CONFLICT.value, "unknown": Status.UNKNOWN.value}
    return {name: leads_link(week, filters={"status": state}) for name, state in states.items()}


def cases_link(filters: Mapping[str, object]) -> str:
    """The cases under these filters."""
    return _link("cases", filters)


def _link(name: str, filters: Mapping[str, object]) -> str:
    given = {key: str(value) for key, value in filters.items() if value not in (None, "")}
    return f"{reverse(f'console:{name}')}?{urlencode(given)}"
