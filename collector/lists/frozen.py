"""Is every frozen list still what it was? Its rows against the digests that were taken when it was frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from collector.chain import Break, Verdict
from collector.lists.issuing import canonical, digests
from collector.lists.models import ListIssue

_CHUNK = 1_000
_EXPONENT_FROM = 10**16
"""From here on Python writes a float with an exponent; PostgreSQL keeps the same number without one."""


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
    # What was frozen from a float may come back without its exponent: either way of writing it is the same number.
    if not any(_holds(issue, written) for written in (lambda document: document, _with_exponents)):
        yield "a row was altered: the digest is not that of its rows"


def _holds(issue: ListIssue, written: Callable[[Any], Any]) -> bool:
    rows = issue.rows.order_by("position").iterator(chunk_size=_CHUNK)
    sha256, sm3 = digests(canonical(written(row.snapshot)) for row in rows)
    return sha256 == issue.digest and issue.digest_sm3 in ("", sm3)


def _with_exponents(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_exponents(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_exponents(one) for one in value]
    is_long = isinstance(value, int) and abs(value) >= _EXPONENT_FROM
    return float(value) if is_long else value
