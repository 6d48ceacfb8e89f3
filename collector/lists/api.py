"""Which calls may an office make? Its weekly lists, with its own token, for its own division and below."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema

from collector.accounts.api import OfficeToken, hidden_from, without
from collector.accounts.models import Office
from collector.accounts.scope import Capability
from collector.faults import ApiError, CollectorError
from collector.lists.divisions import DivisionTree
from collector.lists.models import ListIssue
from collector.lists.render.bundle import bundle
from collector.lists.render.rows import IssueRows
from collector.lists.render.tables import ndjson_bytes
from collector.lists.services import freeze, latest_issue
from collector.lists.week import Week, parse_week


class IssueOut(Schema):
    """A frozen issue. ``created`` is false when nothing had changed since the last version."""

    number: str
    week: str
    division: str
    version: int
    rows: int
    digest: str
    created: bool


class FaultOut(Schema):
    """What is wrong, and what to do."""

    error: str
    hint: str


Division = Annotated[str | None, Query(description="Division code; the office's own when left out")]
Form = Annotated[Literal["zip", "ndjson"], Query(alias="format")]
_FAULTS = frozenset({400, 401, 403, 404})

router = Router(auth=OfficeToken(), tags=["weekly lists"])


@router.get(
    "/{week}", response={_FAULTS: FaultOut}, summary="The newest frozen list of a week (ZIP of XLSX, CSV, NDJSON)"
)
def fetch(
    request: HttpRequest, week: str, division: Division = None, form: Form = "zip", lang: Literal["zh", "en"] = "zh"
) -> HttpResponse:
    chosen, code = _asked(request, week, division)
    issue = latest_issue(chosen, code)
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
    response={200: IssueOut, _FAULTS: FaultOut},
    summary="Freeze the list of a week",
)
def freeze_week(request: HttpRequest, week: str, division: Division = None) -> IssueOut:
    chosen, code = _asked(request, week, division)
    try:
        frozen = freeze(chosen, code, timezone.now())
    except CollectorError as fault:
        raise _refusal(fault) from None
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


def _asked(request: HttpRequest, week: str, division: str | None) -> tuple[Week, str]:
    """What was asked for, if the office may have it; raises ``ApiError``."""
    office: Office = request.auth  # type: ignore[attr-defined]  # set by ninja from OfficeToken
    code = division or office.division_code
    try:
        chosen = parse_week(week)
        tree = DivisionTree(chosen.monday)
        tree.check(code)
    except CollectorError as fault:
        raise _refusal(fault) from None
    if not tree.within(code, office.division_code):
        raise ApiError(403, f"division {code} lies outside {office.division_code}", "ask for your own or one below")
    return chosen, code


def _refusal(fault: CollectorError) -> ApiError:
    error, _, hint = str(fault).partition("; ")
    return ApiError(400, error, hint or "see /api/v1/docs")


def _file(name: str, content_type: str, data: bytes, issue: ListIssue) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": f'"{issue.number}-{issue.digest[:16]}"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(data, content_type=content_type, headers=headers)
