"""Which calls may a department make about what was handed to it? Its queue, taking over, and its answer."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Form, Query, Router, Schema

from collector.accounts.api import OfficeToken, hidden_from, without
from collector.accounts.models import Office
from collector.accounts.scope import Capability, office_scope
from collector.cases.models import Lead
from collector.faults import ApiError, CollectorError, refusal
from collector.lists.asked import FAULTS, FaultOut
from collector.lists.choices import Matter, Progress
from collector.lists.referring import DISCIPLINE, Handed, acknowledge, refer, referrals_for
from collector.lists.registers import Referral
from collector.registry.divisions import is_within

MAX_PAGE = 1_000


class HandedIn(Schema):
    """A matter to hand over."""

    lead: str
    matter: Matter
    department: Annotated[str, Field(min_length=1, max_length=100)]
    clause: Annotated[str, Field(min_length=1, max_length=140)]
    sent_on: date
    involves_official: bool = False


class AnswerIn(Schema):
    """What the department says."""

    progress: Progress
    result: Annotated[str, Field(max_length=500)] = ""


router = Router(auth=OfficeToken(), tags=["referrals"])


@router.get("", response={200: dict[str, Any], FAULTS: FaultOut}, summary="What was handed over, as far as it is yours")
def list_referrals(
    request: HttpRequest,
    matter: Annotated[Matter | None, Query()] = None,
    progress: Annotated[Progress | None, Query()] = None,
    after: Annotated[str, Query(max_length=20)] = "",
) -> dict[str, Any]:
    rows = _visible(request).filter(no__gt=after)
    named = {"matter": matter, "progress": progress}
    page = list(rows.filter(**{name: value for name, value in named.items() if value})[: MAX_PAGE + 1])
    more = page[MAX_PAGE - 1].no if len(page) > MAX_PAGE else None
    return {"referrals": [_told(request, one) for one in page[:MAX_PAGE]], "next": more}


@router.post(
    "",
    auth=OfficeToken(Capability.WRITE),
    response={200: dict[str, Any], FAULTS: FaultOut},
    summary="Hand a lead's matter to another department",
)
def hand_over(request: HttpRequest, said: Annotated[HandedIn, Form()]) -> dict[str, Any]:
    lead = Lead.objects.filter(no=said.lead).first()
    if lead is None or not is_within(lead.division_code, _office(request).division_code):
        raise ApiError(404, f"there is no lead {said.lead}", "take the number from a list")
    told = said.dict()
    try:
        made = refer(Handed(lead_no=told.pop("lead"), **told))
    except CollectorError as fault:
        raise refusal(fault) from None
    return _told(request, made)


@router.post(
    "/{no}",
    auth=OfficeToken(Capability.WRITE),
    response={200: dict[str, Any], FAULTS: FaultOut},
    summary="Take a referral over, or say how it ended",
)
def answer_referral(request: HttpRequest, no: str, said: Annotated[AnswerIn, Form()]) -> dict[str, Any]:
    if not _visible(request).filter(no=no).exists():
        raise ApiError(404, f"there is no referral {no}", "see GET /api/v1/referrals")
    try:
        found = acknowledge(no, said.progress, said.result, timezone.localdate())
    except CollectorError as fault:
        raise refusal(fault) from None
    return _told(request, found)


def _office(request: HttpRequest) -> Office:
    office: Office = request.auth  # type: ignore[attr-defined]  # set by ninja from OfficeToken
    return office


def _visible(request: HttpRequest) -> Any:
    office = _office(request)
    return referrals_for(office_scope(office, Capability.READ), is_discipline=office.kind == DISCIPLINE)


def _told(request: HttpRequest, one: Referral) -> dict[str, Any]:
    names = ("no", "matter", "department", "clause", "sent_on", "progress", "accepted_on", "result")
    document = {name: getattr(one, name) for name in names} | {"lead": one.lead.no, "uscc": one.lead.uscc}
    if _office(request).kind == DISCIPLINE:
        document["involves_official"] = one.involves_official
    return without(document, hidden_from(request))
