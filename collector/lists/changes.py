"""What changed since last week's list? 新增, 延续, 复燃; and what is listed no more: 销号 or silent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from collector.lists.choices import Category, Change, ListKind
from collector.lists.issuing import Scope, latest
from collector.lists.models import ListIssue, ListRow
from collector.lists.standing import closed_before

_CHUNK = 500


def changes(lead_ids: Collection[int | None], scope: Scope) -> dict[str, Any]:
    """For the summary of the weekly list: which leads of the former issue are gone, and why."""
    former = latest(ListKind.WEEKLY, scope.week.former(), scope.division_code)
    if former is None:
        return {}
    rows = former.rows.values_list("lead_id", "lead__no")
    gone = {lead_id: no for lead_id, no in rows if lead_id is not None and lead_id not in lead_ids}
    closed = closed_before(gone, scope.cutoff)
    told = {str(no): (Change.CLEARED if lead_id in closed else Change.SILENT).value for lead_id, no in gone.items()}
    return {"gone": dict(sorted(told.items()))}


def former_leads(issue: ListIssue, among: Collection[int] | None = None) -> frozenset[int]:
    """The leads of last week's issue, or those of them that are ``among`` these; empty where there is none."""
    if issue.former is None:
        return frozenset()
    rows = issue.former.rows.filter(lead_id__isnull=False)
    ids = (rows if among is None else rows.filter(lead_id__in=among)).values_list("lead_id", flat=True)
    return frozenset(found for found in ids if found is not None)


def change_of(issue: ListIssue, row: ListRow, former: Collection[int]) -> str:
    """How a row stands to last week's issue; "" where there is none to compare with."""
    return change_from(issue, row.lead_id, row.snapshot.get("category"), former)


def change_from(issue: ListIssue, lead_id: int | None, category: str | None, former: Collection[int]) -> str:
    """As ``change_of``, by what it needs of a row."""
    if issue.former_id is None or lead_id is None:
        return ""
    if category == Category.RELAPSE and lead_id not in former:
        return Change.RELAPSED.value
    return (Change.CONTINUING if lead_id in former else Change.NEW).value


def gone_rows(issue: ListIssue, most: int | None = None) -> list[tuple[Mapping[str, Any], str]]:
    """The rows of last week's issue that are listed no more, with what became of them; of ``most`` leads at most."""
    gone: dict[str, str] = issue.summary.get("gone", {})
    if issue.former is None or not gone:
        return []
    rows = issue.former.rows.order_by("position")
    if most is not None:
        rows = rows.filter(lead__no__in=list(gone)[:most])
    found = rows.iterator(chunk_size=_CHUNK)
    return [(row.snapshot, gone[row.snapshot["lead"]]) for row in found if row.snapshot["lead"] in gone]
