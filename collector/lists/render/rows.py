"""Which rows does an issue, or one county's part of it, have? Read from the database as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from collector.lists.changes import change_from, former_leads
from collector.lists.models import ListIssue
from collector.registry.divisions import subtree_prefix

_CHUNK = 500
_COUNTY = r"^[0-9]{4}(0[1-9]|[1-9][0-9])"
"""What lies in no county stays with the office that issues the list."""


class IssueRows:
    """May be walked several times; never holds more than a few rows. ``recipient`` "": all of them."""

    def __init__(self, issue: ListIssue, recipient: str = "") -> None:
        self._issue = issue
        self._rows = issue.rows.order_by("position")
        if recipient.endswith("00"):
            self._rows = self._rows.exclude(snapshot__division_code__regex=_COUNTY)
        elif recipient:
            self._rows = self._rows.filter(snapshot__division_code__startswith=subtree_prefix(recipient))
        self._recipient = recipient
        self._former = former_leads(issue)
        self.count = self._rows.count() if recipient else issue.row_count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        issue = self._issue
        found = self._rows.values_list("position", "row_id", "lead_id", "snapshot").iterator(chunk_size=_CHUNK)
        for number, (position, row_id, lead_id, snapshot) in enumerate(found, 1):
            shown = number if self._recipient else position
            own = {"position": shown, "issue": issue.number, "row_id": row_id, "digest": issue.digest}
            change = change_from(issue, lead_id, snapshot.get("category"), self._former)
            yield {**snapshot, **own, "change": change}
