"""How do bundles travel over HTTP, and where is it seen what they brought? The same bytes as on a disk."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Query, Router, Schema
from ninja.files import UploadedFile

from collector.accounts.api import OfficeToken, hidden_from, without
from collector.accounts.models import Office
from collector.accounts.scope import Capability, office_scope
from collector.exchange.bundles import Span, make_bundle, take_bundle
from collector.exchange.envelope import MAX_BUNDLE_BYTES, own_key
from collector.exchange.received import cases_there, lists_there
from collector.faults import ApiError, CollectorError, refusal
from collector.registry.divisions import is_code, is_within

_FAULTS = frozenset({400, 401, 403, 413})


class BundleFault(Schema):
    """What is wrong, and what to do."""

    error: str
    hint: str


class TakenOut(Schema):
    """What a bundle brought; ``created`` is false when it had come before."""

    peer: str
    created: bool
    detections: int
    duplicates: int
    documents: int
    refused: list[str]


router = Router(auth=OfficeToken(), tags=["exchange"])


@router.post(
    "/bundles",
    auth=OfficeToken(Capability.WRITE),
    response={200: TakenOut, _FAULTS: BundleFault},
    summary="Take in a trusted office's signed bundle, as from a file",
)
def post_bundle(request: HttpRequest, file: Annotated[UploadedFile | None, File()] = None) -> TakenOut:
    office = _office(request)
    if file is None:
        raise ApiError(400, "no file was sent", "send it as the field file of a multipart form")
    if (file.size or 0) > MAX_BUNDLE_BYTES:
        raise ApiError(413, f"larger than {MAX_BUNDLE_BYTES} bytes", "make bundles of shorter spans")
    with tempfile.NamedTemporaryFile(prefix="minewatch-", suffix=".bundle") as kept:
        for piece in file.chunks():
            kept.write(piece)
        kept.flush()
        actor = f"office:{office.name}"
        try:
            taken = take_bundle(Path(kept.name), actor, timezone.now(), settings.COLLECTOR.ingest, office.division_code)
        except CollectorError as fault:
            raise _refusal(fault, kept.name) from None
    counts = {name: getattr(taken, name) for name in ("detections", "duplicates", "documents")}
    return TakenOut(peer=taken.peer.name, created=taken.is_new, refused=list(taken.refused), **counts)


@router.get(
    "/bundles", response={_FAULTS: BundleFault}, summary="A signed bundle of a span, as `exchange export` writes it"
)
def get_bundle(
    request: HttpRequest, since: datetime, until: datetime, division: Annotated[str | None, Query()] = None
) -> HttpResponse:
    office = _office(request)
    code = division or office.division_code
    if not is_code(code) or since.tzinfo is None or until.tzinfo is None:
        raise ApiError(400, "division or times are no such", "give six digits, and times with their zone")
    if not is_within(code, office.division_code):
        raise ApiError(403, f"division {code} lies outside {office.division_code}", "ask for your own or one below")
    if hidden_from(request):
        raise ApiError(403, "this token does not see every field, and a bundle holds them all", "ask for another token")
    now = timezone.now()
    span = Span(code, since, min(until, now))
    try:
        data = make_bundle(own_key(settings.COLLECTOR.data_dir), span, office.name, f"office:{office.name}", now)
    except CollectorError as fault:
        raise _refusal(fault) from None
    headers = {"Content-Disposition": f'attachment; filename="{code}.bundle"', "Cache-Control": "private, no-store"}
    return HttpResponse(data, content_type="application/zip", headers=headers)


@router.get(
    "/received/cases",
    response={200: dict[str, Any], _FAULTS: BundleFault},
    summary="How the cases of other offices stand, by their newest bundles",
)
def received_cases(request: HttpRequest, state: str = "") -> dict[str, Any]:
    rows = cases_there(office_scope(_office(request), Capability.READ), state)
    told = ({"peer": one.peer, "no": one.no, "received_at": one.at, **one.said} for one in rows)
    return {"cases": [without(row, hidden_from(request)) for row in told]}


@router.get(
    "/received/lists",
    response={200: dict[str, Any], _FAULTS: BundleFault},
    summary="The lists that other offices sent",
)
def received_lists(request: HttpRequest) -> dict[str, Any]:
    rows = lists_there(office_scope(_office(request), Capability.READ))
    told = [{"peer": one.peer, "number": one.number, "received_at": one.at, "rows": one.rows} for one in rows]
    return {"lists": told}


def _office(request: HttpRequest) -> Office:
    office: Office = request.auth  # type: ignore[attr-defined]  # set by ninja from OfficeToken
    return office


def _refusal(fault: CollectorError, path: str = "") -> ApiError:
    """A fault of the sender as an answer; where the file lay here is nobody's business."""
    answer = refusal(fault)
    answer.error = answer.error.replace(path or "\0", "bundle")
    return answer
