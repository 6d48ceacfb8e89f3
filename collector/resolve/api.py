"""How does an office ask whether its parks were swept without a gap?"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from collector.accounts.api import OfficeToken
from collector.accounts.models import Office
from collector.accounts.scope import Capability, office_scope
from collector.faults import ApiError
from collector.resolve.coverage import days, sweep

MAX_DAYS = 31


class ParkFault(Schema):
    """What is wrong, and what to do."""

    error: str
    hint: str


router = Router(auth=OfficeToken(), tags=["parks"])


@router.get(
    "",
    response={200: dict[str, Any], frozenset({400, 401, 403}): ParkFault},
    summary="How long each block of each park was watched, and how many of its addresses mined",
)
def park_sweep(request: HttpRequest, first: date, last: date) -> dict[str, Any]:
    if not 0 <= (last - first).days < MAX_DAYS:
        raise ApiError(400, "the days are out of order or too many", f"give at most {MAX_DAYS} days in order")
    office: Office = request.auth  # type: ignore[attr-defined]  # set by ninja from OfficeToken
    rows = sweep(office_scope(office, Capability.READ), *days(first, last))
    told = (
        {"park": park.name, "network": one.network, "watched_share": round(one.share, 4), "hits": one.hits}
        for park, one in rows
    )
    return {"blocks": list(told)}
