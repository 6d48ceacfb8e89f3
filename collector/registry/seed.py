"""Which divisions are there to begin with? Those of python-stdnum, with the years it gives; a file corrects them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from importlib.resources import files

from collector.registry.divisions import level_of, parent_of
from collector.registry.models import GB2260_FIRST, Division

_PROVINCE = re.compile(r'^(\d\d) province="([^"]+)"')
_PLACE = re.compile(r'^\s+(\d{4}) county="([^"]+)"')
_SPAN = re.compile(r"\[(\d{4})?-(\d{4})?\]([^\[,]+)")
_ROWS = 500


def seed_divisions() -> int:
    """Add the divisions that are not there yet; answers how many. What an office imported stays as it is."""
    known = set(Division.objects.values_list("code", flat=True))
    fresh = [row for row in _divisions() if row.code not in known]
    return len(Division.objects.bulk_create(fresh, batch_size=_ROWS))


def _divisions() -> Iterator[Division]:
    province = ""
    text = files("stdnum.cn").joinpath("loc.dat").read_text("utf-8")
    for line in text.splitlines():
        if found := _PROVINCE.match(line):
            province = found[1]
        elif found := _PLACE.match(line):
            yield from _named(f"{province}{found[1]}", found[2])


def _named(code: str, names: str) -> Iterator[Division]:
    """A code that changed hands has several names, each with its years."""
    spans = _SPAN.findall(names) or [("", "", names)]
    starts: set[date] = set()
    for first, last, name in spans:
        valid_from = date(int(first), 1, 1) if first else GB2260_FIRST
        valid_to = date(int(last) + 1, 1, 1) if last else None
        if valid_from not in starts and (valid_to is None or valid_to > valid_from):
            starts.add(valid_from)
            level, parent = level_of(code).value, parent_of(code)
            times = {"valid_from": valid_from, "valid_to": valid_to}
            yield Division(code=code, name=name.strip()[:100], level=level, parent=parent, **times)
