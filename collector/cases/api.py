"""Which calls may an office make about cases? Read, act and attach evidence, within its own divisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, BinaryIO, Literal, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, File, Form, Query, Router, Schema
from ninja.files import UploadedFile

from collector.accounts.api import OfficeToken, hidden_from, without
from collector.accounts.models import Office
from collector.accounts.scope import Capability, Scope, office_scope
from collector.cases.acts import Said, Who, perform
from collector.cases.book import state_of
from collector.cases.casework import DEFAULT_ALLOWED_DAYS, is_stock
from collector.cases.choices import Action, SourceKind
from collector.cases.evidence import attach
from collector.cases.ledger import entries_of, utc
from collector.cases.queries import Wanted, cases_for, without_persons
from collector.cases.sources import agreement
from collector.cases.state import NotAllowedError
from collector.cases.tables import Case
from collector.cases.transitions import allowed
from collector.cases.verify import evidence_folder
from collector.faults import ApiError, CollectorError, refusal

MAX_PAGE = 1_000
_TEXT = Field("", max_length=4_000)
_SHORT = Field("", max_length=200)


class FaultOut(Schema):
    """What is wrong, and what to do."""

    error: str
    hint: str


class CaseQuery(Schema):
    """Which cases; what is left out is any."""

    state: str = ""
    grade: str = ""
    cause: str = ""
    department: str = ""
    open: bool = False
    overdue: bool = False
    escalated: bool = False
    source: Literal["", "sensor", "state-list", "province-list", "electricity", "tip-off", "equipment"] = ""
    after: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 100


class ActIn(Schema):
    """One act by its word, and what is said with it."""

    action: Action
    reason: str = _TEXT
    division_code: str = _SHORT
    department: str = _SHORT
    unit_name: str = _SHORT
    uscc: str = _SHORT
    cause: str = _SHORT
    kind: str = _SHORT
    quantity: int | None = None
    unit: str = _SHORT
    note: str = _TEXT
    verdict: str = _SHORT
    allowed_days: int = DEFAULT_ALLOWED_DAYS


router = Router(auth=OfficeToken(), tags=["cases"])
_FAULTS = frozenset({400, 401, 403, 404, 409})


@router.get("/cases", response={200: dict[str, Any], _FAULTS: FaultOut}, summary="Cases of the office's divisions")
def list_cases(request: HttpRequest, asked: Annotated[CaseQuery, Query()]) -> dict[str, Any]:
    now = timezone.now()
    named = (asked.state, asked.grade, asked.cause, asked.department, asked.open)
    rows = cases_for(
        scope_of_office(request), Wanted(*named, now if asked.overdue else None, asked.escalated, asked.source)
    )
    page = list(rows[asked.after : asked.after + asked.limit + 1])
    shown = [_told(request, case) for case in page[: asked.limit]]
    return {"cases": shown, "next": asked.after + asked.limit if len(page) > asked.limit else None}


@router.get("/cases/{no}", response={200: dict[str, Any], _FAULTS: FaultOut}, summary="One case, and what it allows")
def show_case(request: HttpRequest, no: str) -> dict[str, Any]:
    case = case_of_office(request, no)
    state = state_of(no)
    more = {
        "measures": list(state.measures),
        "evidence": list(state.evidence),
        "appeal": state.appeal,
        "clearance": state.clearance,
        "grade_reasons": list(state.grade_reasons),
        "allowed": [action.value for action in allowed(state.state)],
        "stock": is_stock(state, timezone.now()),
    }
    return without(_told(request, case) | more, hidden_from(request))


@router.get(
    "/cases/{no}/entries", response={200: dict[str, Any], _FAULTS: FaultOut}, summary="The ledger's entries of a case"
)
def case_entries(request: HttpRequest, no: str) -> dict[str, Any]:
    case_of_office(request, no)
    hidden = hidden_from(request)
    entries = entries_of(no)
    rows = (
        {"at": one.at, "actor": one.actor, "action": one.action.value, **without_persons(one.body)} for one in entries
    )
    return {"entries": [without(row, hidden) for row in rows]}


@router.post(
    "/cases/{no}/acts",
    auth=OfficeToken(Capability.WRITE),
    response={200: dict[str, Any], _FAULTS: FaultOut},
    summary="Act on a case: receive, check, transfer, measure, vote, close …",
)
def act_on_case(request: HttpRequest, no: str, said: Annotated[ActIn, Form()]) -> dict[str, Any]:
    case_of_office(request, no)
    given = said.dict()
    action = Action(given.pop("action"))
    return _done(request, lambda who: perform(no, action, Said(**given), who, settings.COLLECTOR.cases))


@router.post(
    "/cases/{no}/evidence",
    auth=OfficeToken(Capability.WRITE),
    response={200: dict[str, Any], _FAULTS: FaultOut},
    summary="Seal a file of evidence and enter it",
)
def attach_evidence(
    request: HttpRequest, no: str, file: Annotated[UploadedFile | None, File()] = None
) -> dict[str, Any]:
    case_of_office(request, no)
    if file is None or file.file is None:
        raise ApiError(400, "no file was sent", "send it as the field file of a multipart form")
    bytes_, name = cast(BinaryIO, file.file), file.name or "evidence"
    bound = settings.COLLECTOR.cases.max_evidence_bytes
    return _done(request, lambda who: attach(no, bytes_, name, evidence_folder(), bound, who.actor, who.now))


@router.get(
    "/lead-sources",
    response={200: dict[str, Any], _FAULTS: FaultOut},
    summary="Which sources saw which lead; only_by: seen by that kind alone",
)
def lead_sources(request: HttpRequest, only_by: SourceKind | None = None) -> dict[str, Any]:
    rows = agreement(scope_of_office(request), only_by, MAX_PAGE)
    told = ({"lead": row.lead.no, "sources": list(row.kinds), "score": row.score} for row in rows)
    return {"leads": [without(row, hidden_from(request)) for row in told]}


def scope_of_office(request: HttpRequest) -> Scope:
    """Where the asking office may look."""
    return office_scope(office_of(request), Capability.READ)


def office_of(request: HttpRequest) -> Office:
    """Whose token was sent."""
    office: Office = request.auth  # type: ignore[attr-defined]  # set by ninja from OfficeToken
    return office


def case_of_office(request: HttpRequest, no: str) -> Case:
    """The case, if the office may see it; one outside its scope is as good as none."""
    case = cases_for(scope_of_office(request)).filter(no=no).first()
    if case is None:
        raise ApiError(404, f"there is no case {no}", "see GET /api/v1/cases")
    return case


def _done(request: HttpRequest, act: Callable[[Who], Case]) -> dict[str, Any]:
    try:
        case = act(Who(f"office:{office_of(request).name}", timezone.now()))
    except CollectorError as fault:
        raise refused(fault) from None
    return _told(request, case)


def refused(fault: CollectorError) -> ApiError:
    """A fault of the asker as an answer; 409 where the case does not stand so that it could be done."""
    return refusal(fault, 409 if isinstance(fault, NotAllowedError) else 400)


def _told(request: HttpRequest, case: Case) -> dict[str, Any]:
    """A case without personal data: a unit is named when it has a code, a person never is."""
    folded = case.folded
    names = ("state", "division_code", "department", "co_departments", "grade", "cause", "relapses", "escalation")
    document = {
        "no": case.no,
        "lead": case.lead.no,
        **{name: folded[name] for name in names},
        "uscc": case.uscc,
        "unit_name": without_persons(folded).get("unit_name", ""),
        "opened_at": utc(case.opened_at),
        "due": utc(case.due_at) if case.due_at else None,
        "closed_at": utc(case.closed_at) if case.closed_at else None,
    }
    return without(document, hidden_from(request))
