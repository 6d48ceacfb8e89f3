"""How does another office ask whether somebody stands on the lists? With identifiers, or their digests alone."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema

from collector.accounts.api import OfficeToken
from collector.accounts.models import Office
from collector.faults import CollectorError, refusal
from collector.lists.asked import FAULTS, FaultOut
from collector.lists.lookup import MAX_ASKED, look_up


class AskedIn(Schema):
    """Credit codes, meter numbers, or SHA-256 or SM3 of ``salt`` followed by one."""

    identifiers: Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=MAX_ASKED)]
    salt: Annotated[str, Field(max_length=200)] = ""


router = Router(auth=OfficeToken(), tags=["look-ups"])


@router.post("", response={200: dict[str, Any], FAULTS: FaultOut}, summary="Which identifiers stand on the lists?")
def look_up_listed(request: HttpRequest, asked: AskedIn) -> dict[str, Any]:
    office: Office = request.auth  # type: ignore[attr-defined]  # set by ninja from OfficeToken
    who = (f"office:{office.name}", office.name)
    try:
        hits = look_up(asked.identifiers, asked.salt, office.division_code, who, timezone.now())
    except CollectorError as fault:
        raise refusal(fault) from None
    return {"answers": [{"asked": hit.asked, "hit": bool(hit.basis), "basis": list(hit.basis)} for hit in hits]}
