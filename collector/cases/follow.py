"""What becomes of a lead's case when the lead turns out to be another one? It follows, or joins the case there."""

from __future__ import annotations

from datetime import datetime

from collector.cases.book import enter
from collector.cases.choices import Action, State
from collector.cases.models import Lead
from collector.cases.tables import Case

SYSTEM = "system"


def follow(
    former: Lead, lead: Lead, now: datetime, actor: str = SYSTEM, reason: str = "every session was attributed anew"
) -> str:
    """Let the case of ``former`` go on at ``lead``; answers its number, "" when there is none."""
    case = case_of(former)
    if case is None:
        return ""
    other = case_of(lead)
    if other is None:
        enter(case.no, Action.MOVE_LEAD, actor, now, {"lead": lead.no, "reason": reason})
    elif case.state != State.CLOSED:
        enter(case.no, Action.MERGE, actor, now, {"into": other.no, "reason": reason})
    return case.no


def case_of(lead: Lead) -> Case | None:
    """The case of a lead, unless it was merged into another."""
    return lead.cases.exclude(state=State.MERGED).first()
