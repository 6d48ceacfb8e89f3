"""Which calls may an office make? Its weekly lists, with its own token, for its own division and below."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema

from collector.accounts.api import OfficeToken, hidden_from, without
from collector.accounts.scope import Capability
from collector.faults import ApiError, CollectorError, refusal
from collector.lists.asked import FAULTS, Division, FaultOut, asked
from collector.lists.choices import ListKind
from collector.lists.dispatching import receive
from collector.lists.models import ListIssue
from collector.lists.render.bundle import bundle
from collector.lists.render.rows import IssueRows
from collector.lists.render.tables import ndjson_bytes
from collector.lists.services import freeze, latest_issue


class IssueOut(Schema):
    """A frozen issue. ``created`` is false when nothing had changed since the last version."""

    number: str
    week: str
    division: str
    version: int
    rows: int
    digest: str
    created: bool


class ReceiptOut(Schema):
    """One recipient's part of an issue, and when it was signed for."""

    issue: str
    recipient: str
    sha256: str
    sm3: str
    received_at: datetime | None
    received_by: str


Person = Annotated[str, Query(min_length=1, max_length=100, description="Who took the file over (签收)")]
Kind = Annotated[ListKind, Query(description="Which list; the weekly one when left out")]
Form = Annotated[Literal["zip", "ndjson"], Query(alias="format")]

router = Router(auth=OfficeToken(), tags=["weekly lists"])


@router.get(
    "/{week}", response={FAULTS: FaultOut}, summary="The newest frozen list of a week (ZIP of XLSX, CSV, NDJSON)"
)
def fetch(
    request: HttpRequest,
    week: str,
    division: Division = None,
    form: Form = "zip",
    lang: Literal["zh", "en"] = "zh",
    kind: Kind = ListKind.WEEKLY,
) -> HttpResponse:
    chosen, code = asked(request, week, division)
    issue = latest_issue(chosen, code, kind)
    if issue is None:
        raise ApiError(404, f"no list of {chosen} was frozen for division {code}", "freeze it: POST to this address")
    hidden = hidden_from(request)
    if form == "ndjson":
        rows = [without(row, hidden) for row in IssueRows(issue)]
        return _file(f"{issue.number}.ndjson", "application/x-ndjson", ndjson_bytes(rows), issue)
    if hidden:
        raise ApiError(403, "this token does not see every field, and the ZIP holds them all", "ask for format=ndjson")
    file = bundle(issue, lang)
    return _file(file.name, "application/zip", file.data, issue)


@router.post(
    "/{week}",
    auth=OfficeToken(Capability.WRITE),
    response={200: IssueOut, FAULTS: FaultOut},
    summary="Freeze the list of a week",
)
def freeze_week(request: HttpRequest, week: str, division: Division = None, kind: Kind = ListKind.WEEKLY) -> IssueOut:
    chosen, code = asked(request, week, division)
    try:
        frozen = freeze(chosen, code, timezone.now(), kind)
    except CollectorError as fault:
        raise refusal(fault) from None
    issue = frozen.issue
    return IssueOut(
        number=issue.number,
        week=issue.week,
        division=issue.division_code,
        version=issue.version,
        rows=issue.row_count,
        digest=issue.digest,
        created=frozen.is_new,
    )


@router.post(
    "/{week}/receipt",
    auth=OfficeToken(Capability.WRITE),
    response={200: ReceiptOut, FAULTS: FaultOut},
    summary="Sign for the part of an issue that was dispatched to your division",
)
def sign_for(request: HttpRequest, week: str, issue: str, person: Person, division: Division = None) -> ReceiptOut:
    chosen, code = asked(request, week, division)
    found = ListIssue.objects.filter(number=issue, week=str(chosen)).first()
    if found is None:
        raise ApiError(404, f"there is no issue {issue} of {chosen}", "take the number from the file you got")
    try:
        sent = receive(found, code, person, timezone.now())
    except CollectorError as fault:
        raise refusal(fault) from None
    told = {"issue": issue, "recipient": code, "sha256": sent.sha256, "sm3": sent.sm3}
    return ReceiptOut(**told, received_at=sent.received_at, received_by=sent.received_by)


def _file(name: str, content_type: str, data: bytes, issue: ListIssue) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": f'"{issue.number}-{issue.digest[:16]}"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(data, content_type=content_type, headers=headers)
