"""Who gets which part of an issue, who signed for it, and whose reply came back?"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from collector.faults import CollectorError
from collector.lists.divisions import DivisionTree
from collector.lists.models import Dispatch, ListIssue, ListRow
from collector.lists.render.bundle import Bundle, bundle, sm3_hex
from collector.lists.signing import Signer
from collector.lists.week import parse_week


@dataclass(frozen=True, slots=True)
class Sent:
    """One recipient's file, and what is remembered of it."""

    dispatch: Dispatch
    file: Bundle


def recipients(issue: ListIssue) -> list[str]:
    """The counties that rows of an issue lie in; the issue's own division for what lies in none."""
    codes = set(issue.rows.values_list("snapshot__division_code", flat=True).distinct())
    return sorted({_recipient(str(code or ""), issue.division_code) for code in codes})


def dispatch(issue: ListIssue, now: datetime, signer: Signer | None = None) -> Iterator[Sent]:
    """Make every recipient's file, one after the other. Sent again, it is the same file and the same entry."""
    tree = DivisionTree(parse_week(issue.week).monday)
    for code in recipients(issue):
        file = bundle(issue, "zh", "utf-8", code, signer)
        yield Sent(_note(issue, code, tree.name(code), file, now), file)


@transaction.atomic
def receive(issue: ListIssue, code: str, person: str, now: datetime) -> Dispatch:
    """签收: note who took the file over; a second signature keeps the first. Raises ``CollectorError``."""
    found = Dispatch.objects.filter(issue=issue, recipient_code=code).first()
    if found is None:
        raise CollectorError(
            f"issue {issue.number}: was not sent to {code}; send it first: lists dispatch",
            f"清单 {issue.number}：未下发至 {code}；先用 lists dispatch",
        )
    if not person.strip():
        raise CollectorError(
            f"issue {issue.number}: nobody signed; give the person's name", f"清单 {issue.number}：未写签收人；请填姓名"
        )
    open_ones = Dispatch.objects.filter(pk=found.pk, received_at__isnull=True)
    open_ones.update(received_at=now, received_by=person.strip()[:100])
    found.refresh_from_db()
    return found


def note_returned(rows: Collection[ListRow], now: datetime) -> None:
    """The recipients of these rows have begun to answer."""
    for issue in {row.issue for row in rows}:
        codes = {
            _recipient(str(row.snapshot.get("division_code") or ""), issue.division_code)
            for row in rows
            if row.issue_id == issue.pk
        }
        open_ones = Dispatch.objects.filter(issue=issue, recipient_code__in=sorted(codes), returned_at__isnull=True)
        open_ones.update(returned_at=now)


def waiting(issue: ListIssue) -> list[Dispatch]:
    """Who has not signed yet, or not answered; the longest waiting first."""
    return list(
        issue.dispatches.filter(returned_at__isnull=True).order_by(F("received_at").asc(nulls_first=True), "pk")
    )


def _recipient(code: str, own: str) -> str:
    """The county of a code; a code of a city or above, or none, is the issuing office's own."""
    return code[:6] if len(code) >= 6 and not code[:6].endswith("00") else own


def _note(issue: ListIssue, code: str, name: str, file: Bundle, now: datetime) -> Dispatch:
    told = {
        "recipient_name": name,
        "file_name": file.name,
        "sha256": hashlib.sha256(file.data).hexdigest(),
        "sm3": sm3_hex(file.data),
        "row_count": file.rows,
        "sent_at": now,
    }
    found, _ = Dispatch.objects.get_or_create(issue=issue, recipient_code=code, defaults=told)
    return found
