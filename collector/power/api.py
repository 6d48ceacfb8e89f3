"""Which meters look like mining in an office's divisions?"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from collector.accounts.api import OfficeToken, hidden_from, without
from collector.accounts.models import Office
from collector.accounts.scope import Capability
from collector.faults import ApiError
from collector.power.report import SuspectOut, row_of
from collector.power.suspects import suspects
from collector.power.telling import tell_suspects
from collector.registry.divisions import is_code, is_within

MAX_DAYS = 92
Division = Annotated[str | None, Query(description="Division code; the office's own when left out")]


class PowerFault(Schema):
    """What is wrong, and what to do."""

    error: str
    hint: str


class ToldOut(Schema):
    """A meter, and the lead that it is a source of now."""

    meter_no: str
    lead: str


router = Router(auth=OfficeToken(), tags=["electricity"])


@router.get(
    "/suspects",
    response={200: list[SuspectOut], frozenset({400, 401, 403}): PowerFault},
    summary="Meters whose load curve speaks for mining, with every reason",
)
def power_suspects(request: HttpRequest, first: date, last: date, division: Division = None) -> list[dict[str, Any]]:
    code = _asked(request, first, last, division)
    hidden = hidden_from(request)
    blank: dict[str, Any] = SuspectOut.model_construct().model_dump()
    return [blank | without(row_of(one), hidden) for one in suspects(code, first, last)]


@router.post(
    "/suspects",
    auth=OfficeToken(Capability.WRITE),
    response={200: list[ToldOut], frozenset({400, 401, 403}): PowerFault},
    summary="Note the suspects with their units' leads, as one source among others",
)
def tell_power_suspects(request: HttpRequest, first: date, last: date, division: Division = None) -> list[ToldOut]:
    code = _asked(request, first, last, division)
    return [ToldOut(meter_no=judged.curve.meter_no, lead=lead.no) for judged, lead in tell_suspects(code, first, last)]


def _asked(request: HttpRequest, first: date, last: date, division: str | None) -> str:
    """The division meant, if the office may ask about it."""
    office: Office = request.auth  # type: ignore[attr-defined]  # set by ninja from OfficeToken
    code = division or office.division_code
    if not is_code(code) or not 0 <= (last - first).days < MAX_DAYS:
        raise ApiError(400, "division or days are out of range", f"six digits, and at most {MAX_DAYS} days in order")
    if not is_within(code, office.division_code):
        raise ApiError(403, f"division {code} lies outside {office.division_code}", "ask for your own or one below")
    return code
