"""What did an office ask for, and may it have that? A week and a division, its own or one below."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Schema

from collector.accounts.models import Office
from collector.faults import ApiError, CollectorError, refusal
from collector.lists.divisions import DivisionTree
from collector.lists.week import Week, parse_week

FAULTS = frozenset({400, 401, 403, 404})
Division = Annotated[str | None, Query(description="Division code; the office's own when left out")]


class FaultOut(Schema):
    """What is wrong, and what to do."""

    error: str
    hint: str


def asked(request: HttpRequest, week: str, division: str | None) -> tuple[Week, str]:
    """What was asked for, if the office may have it; raises ``ApiError``."""
    office: Office = request.auth  # type: ignore[attr-defined]  # set by ninja from OfficeToken
    code = division or office.division_code
    try:
        chosen = parse_week(week)
        tree = DivisionTree(chosen.monday)
        tree.check(code)
    except CollectorError as fault:
        raise refusal(fault) from None
    if not tree.within(code, office.division_code):
        raise ApiError(403, f"division {code} lies outside {office.division_code}", "ask for your own or one below")
    return chosen, code
