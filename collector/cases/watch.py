"""What happens to cases by itself? New leads become cases, what mines again relapses, what is overdue rises."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from collector.cases.book import enter, state_of
from collector.cases.casework import open_case, regrade, settle
from collector.cases.choices import CLAIMS, Action, Cause, Proof, SourceKind, State
from collector.cases.deadlines import CHINA, due_of
from collector.cases.follow import SYSTEM
from collector.cases.ledger import utc
from collector.cases.models import Lead, LeadSession, LeadSource
from collector.cases.routing import returned_to
from collector.cases.sources import family_of
from collector.cases.tables import Case, CaseEvent
from collector.cases.transitions import ENDED

_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Watched:
    """How many cases were opened, located since, relapsed, and rose for being overdue."""

    opened: int
    located: int
    relapsed: int
    escalated: int


def watch(now: datetime) -> Watched:
    """Bring every case up to ``now``; a second run at the same time changes nothing. Each case is a transaction."""
    opened = [open_case(no, SYSTEM, now) for no in _without_case()]
    located = [no for no in _unlocated() if settle(no, SYSTEM, now)]
    relapsed = [no for no in _closed() if relapse_if_seen(no, now)]
    overdue = Case.objects.filter(due_at__lte=now).exclude(state__in=ENDED).order_by("pk")
    escalated = [no for no in list(overdue.values_list("no", flat=True)) if escalate_if_overdue(no, now)]
    return Watched(len(opened), len(located), len(relapsed), len(escalated))


@transaction.atomic
def relapse_if_seen(no: str, now: datetime) -> bool:
    """Reopen a closed case whose lead was seen mining since: one relapse more, one grade up."""
    case = Case.objects.select_for_update().get(no=no)
    if case.state != State.CLOSED or _is_allowed(case.folded, now):
        return False
    sessions = LeadSession.objects.filter(lead__in=family_of(case.lead), attribution__event__verdict__in=CLAIMS)
    seen = sessions.filter(last_seen__gt=_silent_from(case.folded)).order_by("last_seen").last()
    if seen is None:
        return False
    said = {"seen_at": utc(seen.last_seen), "session": seen.detection_id}
    enter(no, Action.RELAPSE, SYSTEM, now, said)
    regrade(no, SYSTEM, now)
    return True


@transaction.atomic
def escalate_if_overdue(no: str, now: datetime) -> bool:
    """Tell the division above of an overdue case; the clock starts anew, for the next level."""
    case = Case.objects.select_for_update().get(no=no)
    if case.state in ENDED or case.due_at is None or case.due_at > now:
        return False
    state = state_of(no)
    next_due = due_of(state, now)
    said = {
        "level": state.escalation + 1,
        "to": returned_to(state.division_code),
        "overdue_since": utc(case.due_at),
        "due": utc(next_due) if next_due else "",
    }
    enter(no, Action.ESCALATE, SYSTEM, now, said)
    return True


def open_at(moment: datetime) -> set[str]:
    """Numbers of the cases that were open at a moment, by the ledger alone: the stock of any week, reproducible."""
    latest: dict[str, str] = {}
    rows = CaseEvent.objects.filter(at__lte=moment).exclude(state="").order_by("seq")
    for subject, state in rows.values_list("subject", "state").iterator(chunk_size=_CHUNK):
        latest[subject] = state
    return {subject for subject, state in latest.items() if state not in ENDED}


def _without_case() -> Iterable[str]:
    """Leads with a claim of mining, or another source than a sensor, that no case has yet."""
    is_claim = Q(sessions__attribution__event__verdict__in=CLAIMS)
    told = LeadSource.objects.filter(lead=OuterRef("pk")).exclude(kind=SourceKind.SENSOR)
    has_case = Exists(Case.objects.filter(lead=OuterRef("pk")).exclude(state=State.MERGED))
    leads = Lead.objects.filter(is_claim | Exists(told), ~has_case, merged_into__isnull=True)
    return list(leads.order_by("pk").distinct().values_list("no", flat=True))


def _unlocated() -> list[str]:
    """Cases that wait for somebody to be named."""
    waiting = Case.objects.filter(state__in=(State.LEAD, State.UNLOCATABLE))
    return list(waiting.order_by("pk").values_list("no", flat=True))


def _closed() -> list[str]:
    """Closed cases whose lead was seen after their opening; the rest is looked at one by one."""
    closed = Case.objects.filter(state=State.CLOSED, lead__last_seen__gt=F("opened_at"))
    return list(closed.order_by("pk").values_list("no", flat=True))


def _is_allowed(folded: dict[str, Any], now: datetime) -> bool:
    """Whether a false alarm's time on the allow-list still runs."""
    return bool(folded["allowed_until"]) and timezone.localtime(now).date().isoformat() <= folded["allowed_until"]


def _silent_from(folded: dict[str, Any]) -> datetime:
    """From when on mining disproves a closing: the start of proven silence, the end of an allowance, or itself."""
    if folded["allowed_until"]:
        last = date.fromisoformat(folded["allowed_until"])
        return datetime.combine(last + timedelta(days=1), datetime.min.time(), CHINA)
    proof = folded["clearance"] or {}
    is_proven = proof.get("proof") == Proof.PROVEN and folded["cause"] in (Cause.DELIBERATE, Cause.HIJACKED)
    return datetime.fromisoformat(proof["since"] if is_proven else folded["closed_at"])
