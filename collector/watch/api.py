"""What does pool watch know, and what was decided? Endpoints, proposals, updates, and the way to who verifies."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from collector.accounts.api import OfficeToken
from collector.accounts.models import Office
from collector.accounts.scope import Capability, office_scope, within
from collector.faults import ApiError, CollectorError
from collector.lists.signing import load_signer
from collector.watch.choices import ProposalState, Strongest
from collector.watch.keepers import FOR_KEEPERS, keeps_all_sensors
from collector.watch.models import Endpoint, Proposal, SignatureUpdate
from collector.watch.proposals import decide
from collector.watch.updates import latest, make_update
from collector.watch.verifying import take_answers, wanted

PAGE_ROWS = 500
MAX_ANSWERS_BYTES = 8 * 1024 * 1024
Page = Annotated[int, Query(ge=1, le=100_000, description="Page of 500 rows, from 1")]


class WatchFault(Schema):
    """What is wrong, and what to do."""

    error: str
    hint: str


class EndpointOut(Schema):
    """The life of one endpoint."""

    ip: str
    port: int
    first_evidence: datetime
    last_evidence: datetime
    strongest: str
    hosts: int
    names: list[str]
    certificates: list[dict[str, str]]
    dialects: list[str]
    coins: list[str]
    is_listed: bool
    shared: str
    finding: str
    verified_at: datetime | None


class ProposalOut(Schema):
    """What may be listed, and what was decided."""

    number: int = Field(alias="pk")
    kind: str
    value: str
    ports: list[int]
    coin: str
    evidence: dict[str, Any]
    first_evidence: datetime
    last_evidence: datetime
    state: str
    decided_by: str
    decided_at: datetime | None
    reason: str


class DecisionIn(Schema):
    """A person's decision on a proposal."""

    accept: bool
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class UpdateOut(Schema):
    """An update of signatures. ``created`` is false when nothing had changed since the last one."""

    revision: int
    made_at: datetime
    entries: int
    created: bool


class NotedOut(Schema):
    """How many answers were noted."""

    noted: int


router = Router(auth=OfficeToken(), tags=["pool watch"])
_FAULTS = frozenset({400, 401, 403, 404})


@router.get(
    "/endpoints", response={200: list[EndpointOut], _FAULTS: WatchFault}, summary="Pools by their last evidence"
)
def watched_endpoints(request: HttpRequest, strongest: Strongest | None = None, page: Page = 1) -> QuerySet[Endpoint]:
    rows = Endpoint.objects.order_by("-last_evidence", "-pk")
    return _page(rows.filter(strongest=strongest) if strongest else rows, page)


@router.get("/proposals", response={200: list[ProposalOut], _FAULTS: WatchFault}, summary="What may be listed")
def watch_proposals(
    request: HttpRequest, state: ProposalState = ProposalState.PROPOSED, page: Page = 1
) -> QuerySet[Proposal]:
    return _page(Proposal.objects.filter(state=state).order_by("-last_evidence", "-pk"), page)


@router.post(
    "/proposals/{number}",
    auth=OfficeToken(Capability.RULES),
    response={200: ProposalOut, _FAULTS: WatchFault},
    summary="Accept or decline a proposal",
)
def decide_proposal(request: HttpRequest, number: int, decision: DecisionIn) -> Proposal:
    _need_keeper(request)
    try:
        return decide(number, decision.accept, _office(request).name, decision.reason, timezone.now())
    except CollectorError as fault:
        raise _refusal(fault) from None


@router.post(
    "/updates",
    auth=OfficeToken(Capability.RULES),
    response={200: UpdateOut, _FAULTS: WatchFault},
    summary="Make a signed update of what was accepted",
)
def make_signature_update(request: HttpRequest) -> UpdateOut:
    _need_keeper(request)
    try:
        made, is_new = make_update(_office(request).name, load_signer(settings.COLLECTOR.data_dir), timezone.now())
    except CollectorError as fault:
        raise _refusal(fault) from None
    return UpdateOut(revision=made.revision, made_at=made.made_at, entries=made.entries, created=is_new)


@router.get("/updates/latest", response={_FAULTS: WatchFault}, summary="The newest signed update (ZIP)")
def fetch_signature_update(request: HttpRequest) -> HttpResponse:
    try:
        found: SignatureUpdate = latest()
    except CollectorError as fault:
        raise ApiError(404, *_parts(fault)) from None
    name = f"minewatch-signatures-{found.revision:06d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "ETag": f'"{found.content_digest[:32]}"'}
    return HttpResponse(bytes(found.data), content_type="application/zip", headers=headers)


@router.get("/requests", response={_FAULTS: WatchFault}, summary="Servers to verify, a line each (NDJSON)")
def verification_requests(request: HttpRequest, most: Annotated[int, Query(ge=1, le=200)] = 20) -> HttpResponse:
    own = _own(request, Capability.READ)
    lines = [f"{one.model_dump_json(by_alias=True)}\n" for one in wanted(timezone.now(), most, own)]
    return HttpResponse("".join(lines), content_type="application/x-ndjson")


@router.post(
    "/answers",
    auth=OfficeToken(Capability.WRITE),
    response={200: NotedOut, _FAULTS: WatchFault},
    summary="What servers answered, as verify wrote it (NDJSON)",
)
def verification_answers(request: HttpRequest) -> NotedOut:
    if len(request.body) > MAX_ANSWERS_BYTES:
        raise ApiError(400, f"the body is longer than {MAX_ANSWERS_BYTES} bytes", "send fewer answers at a time")
    lines, own = request.body.decode("utf-8", "replace").splitlines(), _own(request, Capability.WRITE)
    try:
        return NotedOut(noted=take_answers(lines, timezone.now(), own))
    except CollectorError as fault:
        raise _refusal(fault) from None


def _page(rows: QuerySet[Any], page: int) -> QuerySet[Any]:
    return rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]


def _office(request: HttpRequest) -> Office:
    office: Office = request.auth  # type: ignore[attr-defined]  # set by ninja from OfficeToken
    return office


def _need_keeper(request: HttpRequest) -> None:
    if not keeps_all_sensors(office_scope(_office(request), Capability.RULES)):
        raise ApiError(403, str(FOR_KEEPERS), "leave it to that office, or to who keeps this collector: watch accept")


def _own(request: HttpRequest, capability: Capability) -> Q:
    """Endpoints whose sensor stands in the office's divisions: others are other offices' to have asked."""
    return within("division_code", office_scope(_office(request), capability))


def _refusal(fault: CollectorError) -> ApiError:
    return ApiError(400, *_parts(fault))


def _parts(fault: CollectorError) -> tuple[str, str]:
    error, _, hint = str(fault).partition("; ")
    return error, hint or "see /api/v1/docs"
