"""Is a field-check form one page per case, with what is known and room for what is found; and machines told?"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from core_files import unzip
from jiaxing import WEEK, moment, tell

from collector.lists.choices import ListKind
from collector.lists.render import words
from collector.lists.render.bundle import bundle
from collector.lists.render.forms import KNOWN
from collector.lists.services import freeze
from collector.lists.week import parse_week
from collector.text import Lang

NOW = moment("2026-11-23 08:30")
Make = Callable[..., Any]


@pytest.mark.usefixtures("divisions")
@pytest.mark.parametrize(
    ("lang", "sheet", "title"),
    [
        ("zh", "核查单（逐案一页）", "虚拟货币“挖矿”线索现场核查单"),
        ("en", "Forms, a page each", "Field check of a mining lead"),
    ],
)
def test_one_page_per_case(
    own: Callable[..., Any], detect: Callable[..., Any], lang: Lang, sheet: str, title: str
) -> None:
    tell(own, detect)
    freeze(parse_week(WEEK), "330400", NOW)
    issue = freeze(parse_week(WEEK), "330400", NOW, ListKind.CHECK).issue
    made = bundle(issue, lang)
    data = next(data for name, data in unzip(made.data).items() if name.endswith(".xlsx"))
    forms = openpyxl.load_workbook(io.BytesIO(data))[sheet]
    lines = [(row[0].value, row[1].value) for row in forms.iter_rows()]
    starts = [number for number, (label, _) in enumerate(lines) if label == title]
    assert len(starts) == issue.row_count > 3
    assert [one.id for one in forms.row_breaks.brk] == starts[1:], "every case begins a page"
    assert (forms.page_setup.orientation, forms.page_setup.fitToHeight) == ("portrait", 0)
    first = dict(lines[: starts[1]])
    snapshot = issue.rows.first().snapshot
    word = 0 if lang == "zh" else 1
    assert first[KNOWN[0][word]] == snapshot["lead"]
    assert {one[word] for one in KNOWN} <= set(first)
    height_pt = sum(forms.row_dimensions[number].height for number in range(1, starts[1] + 1))
    assert height_pt < 900, "fits a page at the width's scale"


@pytest.mark.parametrize(
    ("machines", "zh", "en"),
    [
        (None, "—", "—"),
        ({"low": 3, "high": 5}, "3–5", "3–5"),
        ({"low": 4, "high": 4}, "4", "4"),
        ({"low": 2, "high": None}, "不少于 2", "at least 2"),
    ],
)
def test_machines_are_told_as_they_are_known(machines: Any, zh: str, en: str) -> None:
    assert (words.machines({"machines": machines}, "zh"), words.machines({"machines": machines}, "en")) == (zh, en)
    assert words.machines({}, "zh") == "—", "a list of before"


FLEETS = [{"low": 2, "high": 9}, {"low": 4, "high": 6}]


@pytest.mark.usefixtures("divisions")
@pytest.mark.parametrize(
    ("fleets", "told"),
    [([], None), (FLEETS, {"low": 4, "high": 9}), ([*FLEETS, {"low": 1, "high": None}], {"low": 4, "high": None})],
)
def test_the_week_s_statements_bound_the_machines(detect: Make, fleets: Any, told: Any) -> None:
    for number, fleet in enumerate(fleets or [None]):
        detect("203.0.113.9", "2026-11-18 10:00", "2026-11-18 11:00", session=str(number), fleet=fleet)
    issue = freeze(parse_week(WEEK), "330400", NOW).issue
    assert [row.snapshot["machines"] for row in issue.rows.all()] == [told]
