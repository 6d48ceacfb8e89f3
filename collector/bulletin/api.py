"""Which bulletins may an office fetch? Those of its own division and below, frozen or to be frozen."""

from __future__ import annotations

from typing import Annotated, Literal

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema

from collector.accounts.api import OfficeToken
from collector.accounts.scope import Capability
from collector.bulletin.models import Snapshot
from collector.bulletin.pack import document
from collector.bulletin.render.weekly import bulletin
from collector.bulletin.render.workbook import workbook
from collector.bulletin.services import latest, take
from collector.faults import ApiError, CollectorError, refusal
from collector.lists.asked import FAULTS, Division, FaultOut, asked
from collector.text import Lang

Form = Annotated[Literal["docx", "xlsx", "json"], Query(alias="format")]
_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


class SnapshotOut(Schema):
    """A frozen snapshot. ``created`` is false when nothing had changed since the last version."""

    number: str
    week: str
    division: str
    version: int
    digest: str
    created: bool


router = Router(auth=OfficeToken(), tags=["bulletins"])


@router.get("/{week}", response={FAULTS: FaultOut}, summary="The newest bulletin of a week (DOCX, XLSX or JSON)")
def fetch_bulletin(
    request: HttpRequest, week: str, division: Division = None, form: Form = "docx", lang: Lang = "zh"
) -> HttpResponse:
    chosen, code = asked(request, week, division)
    found = latest(chosen, code)
    if found is None:
        raise ApiError(404, f"no bulletin of {chosen} was frozen for division {code}", "freeze it: POST here")
    former = latest(chosen.former(), code)
    headers = {
        "Content-Disposition": f'attachment; filename="{found.number}.{form}"',
        "ETag": f'"{found.number}-{found.digest[:16]}"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(_made(found, former, form, lang), content_type=_TYPES[form], headers=headers)


@router.post(
    "/{week}",
    auth=OfficeToken(Capability.WRITE),
    response={200: SnapshotOut, FAULTS: FaultOut},
    summary="Freeze the figures of a week",
)
def freeze_bulletin(request: HttpRequest, week: str, division: Division = None) -> SnapshotOut:
    chosen, code = asked(request, week, division)
    try:
        found, is_new = take(chosen, code, timezone.now())
    except CollectorError as fault:
        raise refusal(fault) from None
    told = {"number": found.number, "week": found.week, "division": found.division_code, "digest": found.digest}
    return SnapshotOut(**told, version=found.version, created=is_new)


def _made(found: Snapshot, former: Snapshot | None, form: str, lang: Lang) -> bytes:
    if form == "json":
        return orjson.dumps(document(found))
    return (bulletin if form == "docx" else workbook)(found, former, lang)
