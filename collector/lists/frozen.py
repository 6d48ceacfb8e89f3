"""Is every frozen list still what it was? Its rows against the digests that were taken when it was frozen."""

from __future__ import annotations

from collections.abc import Iterator

from collector.chain import Break, Verdict
from collector.lists.issuing import canonical, digests
from collector.lists.models import ListIssue

_CHUNK = 1_000


def verify() -> Verdict:
    """Every issue by its rows: their contents, number and order."""
    issues = ListIssue.objects.order_by("pk")
    found = [
        Break(issue.pk, f"list {issue.number}: {fault}")
        for issue in issues.iterator(chunk_size=_CHUNK)
        for fault in _faults(issue)
    ]
    return Verdict(issues.count(), "", tuple(found))


def _faults(issue: ListIssue) -> Iterator[str]:
    positions = list(issue.rows.order_by("position").values_list("position", flat=True))
    if positions != list(range(1, issue.row_count + 1)):
        yield f"has {len(positions)} rows, was frozen with {issue.row_count}"
        return
    stored = (row.snapshot for row in issue.rows.order_by("position").iterator(chunk_size=_CHUNK))
    sha256, sm3 = digests(map(canonical, stored))
    if sha256 != issue.digest or issue.digest_sm3 not in ("", sm3):
        yield "a row was altered: the digest is not that of its rows"
