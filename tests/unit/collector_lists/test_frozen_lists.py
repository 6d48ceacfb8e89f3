"""Does ``verify`` name the frozen list that somebody altered?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jiaxing import WEEK, moment, tell

from collector.chain import verify_all
from collector.lists.models import ListIssue, ListRow
from collector.lists.services import freeze
from collector.lists.week import parse_week

pytestmark = pytest.mark.usefixtures("divisions")
PETA = 12e15


@pytest.fixture
def frozen(own: Callable[..., Any], detect: Callable[..., Any]) -> ListIssue:
    tell(own, detect)
    rate = {"unit": "H/s", "method": "shares", "value": PETA, "low": PETA, "high": 2 * PETA}
    detect("203.0.113.9", "2026-11-17 07:00", "2026-11-17 09:00", session="big", port=50009, hashrate=rate)
    freeze(parse_week(WEEK), "330402", moment("2026-11-23 08:30"))
    return freeze(parse_week(WEEK), "330400", moment("2026-11-23 08:30")).issue


def _rewrite(row: ListRow, **cells: Any) -> None:
    row.snapshot |= cells
    row.save()


@pytest.mark.parametrize(
    ("alter", "told"),
    [
        (lambda row: None, ""),
        (lambda row: _rewrite(row, unit_name="丙公司"), "a row was altered"),
        (lambda row: _rewrite(row, shares_submitted=0), "a row was altered"),
        (lambda row: row.delete(), "rows, was frozen with"),
        (lambda row: ListIssue.objects.filter(pk=row.issue_id).update(digest="0" * 64), "a row was altered"),
        (lambda row: ListIssue.objects.filter(pk=row.issue_id).update(digest_sm3="0" * 64), "a row was altered"),
    ],
)
def test_an_altered_list_is_named(frozen: ListIssue, alter: Callable[[ListRow], Any], told: str) -> None:
    alter(frozen.rows.order_by("position")[1])
    found = [one.what for one in verify_all()["lists"].breaks]
    assert len(found) == bool(told)
    assert all(one.startswith(f"list {frozen.number}: ") and told in one for one in found)
