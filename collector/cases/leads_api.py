"""Which calls may an office make about leads? Show, merge, undo, split; who is allowed for now, how often we erred."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Form, Router, Schema

from collector.accounts.api import OfficeToken, hidden_from, without
from collector.accounts.scope import Capability, Scope, within
from collector.cases.api import FaultOut, case_of_office, office_of, refused, scope_of_office
from collector.cases.guide import guide
from collector.cases.leads import MAX_SPLIT, merge, split, unmerge
from collector.cases.models import Lead
from collector.cases.queries import allowances, error_share
from collector.cases.sources import agreement_of
from collector.faults import ApiError, CollectorError
from collector.text import Lang

MAX_SESSIONS = 1_000
_Reason = Annotated[str, Field(min_length=1, max_length=4_000)]


class MergeIn(Schema):
    """The lead to go on as, and why."""

    into: Annotated[str, Field(max_length=20)]
    reason: _Reason


class ReasonIn(Schema):
    """Why."""

    reason: _Reason


class SplitIn(Schema):
    """Sessions to take out, by their detection_id, and why."""

    sessions: Annotated[list[Annotated[str, Field(max_length=32)]], Field(min_length=1, max_length=MAX_SPLIT)]
    reason: _Reason


router = Router(auth=OfficeToken(), tags=["leads"])
_FAULTS = frozenset({400, 401, 403, 404})
_OUT = {200: dict[str, Any], _FAULTS: FaultOut}


@router.get("/leads/{no}", response=_OUT, summary="A lead, its sources and its sessions")
def show_lead(request: HttpRequest, no: str) -> dict[str, Any]:
    return _told(request, _lead(request, no))


@router.post("/leads/{no}/merge", auth=OfficeToken(Capability.WRITE), response=_OUT, summary="Let it count as another")
def merge_lead(request: HttpRequest, no: str, said: Annotated[MergeIn, Form()]) -> dict[str, Any]:
    _lead(request, no)
    _lead(request, said.into)
    return _done(request, lambda actor, now: merge(no, said.into, actor, said.reason, now))


@router.post("/leads/{no}/unmerge", auth=OfficeToken(Capability.WRITE), response=_OUT, summary="Undo a merge")
def unmerge_lead(request: HttpRequest, no: str, said: Annotated[ReasonIn, Form()]) -> dict[str, Any]:
    _lead(request, no)
    return _done(request, lambda actor, now: unmerge(no, actor, said.reason, now))


@router.post("/leads/{no}/split", auth=OfficeToken(Capability.WRITE), response=_OUT, summary="Take sessions out")
def split_lead(request: HttpRequest, no: str, said: Annotated[SplitIn, Form()]) -> dict[str, Any]:
    _lead(request, no)
    return _done(request, lambda actor, now: split(no, said.sessions, actor, said.reason, now))


@router.get("/allowances", response=_OUT, summary="The allow-list: false alarms that may be seen again, until when")
def list_allowances(request: HttpRequest) -> dict[str, Any]:
    rows = allowances(scope_of_office(request), timezone.localdate())
    told = ({"case": one.no, "lead": one.lead.no, "allowed_until": one.folded["allowed_until"]} for one in rows)
    return {"allowances": [without(row, hidden_from(request)) for row in told]}


@router.get("/error-share", response=_OUT, summary="Closed cases by cause in a span, and the share of false alarms")
def closed_in_error(request: HttpRequest, since: date, until: date) -> dict[str, Any]:
    if until < since:
        raise ApiError(400, "the days are out of order", "give since and until, until included")
    return error_share(scope_of_office(request), since, until)


@router.get("/cases/{no}/guide", response={_FAULTS: FaultOut}, summary="How a hijacked machine is cleaned, as text")
def show_guide(request: HttpRequest, no: str, lang: Lang = "zh") -> HttpResponse:
    try:
        text = guide(case_of_office(request, no), lang)
    except CollectorError as fault:
        raise refused(fault) from None
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def _lead(request: HttpRequest, no: str) -> Lead:
    """The lead, if the office may see it; one outside its scope is as good as none."""
    place = within("division_code", Scope(scope_of_office(request).roots), "uscc")
    lead = Lead.objects.filter(place, no=no).first()
    if lead is None:
        raise ApiError(404, f"there is no lead {no}", "see GET /api/v1/lead-sources")
    return lead


def _done(request: HttpRequest, act: Callable[[str, datetime], Lead]) -> dict[str, Any]:
    try:
        lead = act(f"office:{office_of(request).name}", timezone.now())
    except CollectorError as fault:
        raise refused(fault) from None
    return _told(request, lead)


def _told(request: HttpRequest, lead: Lead) -> dict[str, Any]:
    """A lead without personal data: by its number, place and sources."""
    row = agreement_of(lead)
    sessions = lead.sessions.order_by("-last_seen", "-pk").values_list("detection_id", flat=True)[:MAX_SESSIONS]
    document = {
        "no": lead.no,
        "division_code": lead.division_code,
        "uscc": lead.uscc,
        "first_seen": lead.first_seen,
        "last_seen": lead.last_seen,
        "merged_into": lead.merged_into.no if lead.merged_into else None,
        "sources": list(row.kinds),
        "score": row.score,
        "sessions": list(sessions),
    }
    return without(document, hidden_from(request))
