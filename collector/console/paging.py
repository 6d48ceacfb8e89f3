"""Which part of many rows does a page show, and what leads to the others?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL
from django.http import HttpRequest

_MAX_DIGITS = 6
_KEYS = {
    "postgresql": "SELECT value::bigint FROM json_array_elements_text(%s::json)",
    "sqlite": "SELECT value FROM json_each(%s)",
}


class Pages:
    """``total`` rows, ``size`` to a page, and the page that the URL asks for: from ``first`` until before ``end``."""

    def __init__(self, request: HttpRequest, total: int, size: int) -> None:
        self.total = total
        self.last = max(1, -(-total // size))
        self.number = page_number(request, self.last)
        self.first = (self.number - 1) * size
        self.end = self.first + size
        self.previous = link(request, page=self.number - 1) if self.number > 1 else ""
        self.next = link(request, page=self.number + 1) if self.number < self.last else ""


def page_number(request: HttpRequest, last: int) -> int:
    """The page asked for, from 1 to ``last``; the first where it is no number."""
    text = request.GET.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else 1
    return min(max(1, number), last)


def any_of(keys: Sequence[int]) -> RawSQL:
    """What follows ``__in``: the keys as one text, for thousands of parameters take longer than the question."""
    return RawSQL(_KEYS[connection.vendor], [json.dumps(list(keys))])  # noqa: S611  # ours


def link(request: HttpRequest, **changes: Any) -> str:
    """The same address with other parameters; None takes one away."""
    query = request.GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"
