"""How does a lead stand? Its case says so; where it has none, a reply that was in before, and silence since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Max

from collector.cases.choices import State
from collector.cases.models import LeadSession
from collector.cases.tables import Case, CaseEvent
from collector.lists.choices import Truth
from collector.lists.models import ListReply
from collector.lists.week import CHINA

_CHUNK = 500


def closed_before(lead_ids: Iterable[int], moment: datetime) -> frozenset[int]:
    """The leads that were cleared before ``moment``.

    A lead with a case: the case was closed, which takes proven silence. One without: its reply says done (or not true)
    and it was not seen again by then.
    """
    return frozenset(lead_id for part in _parts(sorted(set(lead_ids))) for lead_id in _closed(part, moment))


def _parts(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _closed(lead_ids: list[int], moment: datetime) -> Iterator[int]:
    states = _case_states(lead_ids, moment)
    yield from (lead_id for lead_id, state in states.items() if state == State.CLOSED)
    done = _done([lead_id for lead_id in lead_ids if lead_id not in states], moment)
    sessions = LeadSession.objects.filter(lead_id__in=list(done), first_seen__lt=moment)
    seen = dict(sessions.values_list("lead_id").annotate(last=Max("first_seen")))
    for lead_id, closed_at in done.items():
        if lead_id not in seen or seen[lead_id] < closed_at:
            yield lead_id


def _case_states(lead_ids: list[int], moment: datetime) -> dict[int, str]:
    """The state of each lead's newest case as the ledger told it before ``moment``."""
    cases = Case.objects.filter(lead_id__in=lead_ids).exclude(state=State.MERGED).order_by("pk")
    lead_of = dict(cases.values_list("no", "lead_id"))
    events = CaseEvent.objects.filter(subject__in=list(lead_of), at__lt=moment).exclude(state="")
    return {lead_of[no]: state for no, state in events.order_by("seq").values_list("subject", "state")}


def _done(lead_ids: list[int], moment: datetime) -> dict[int, datetime]:
    """Until when each lead had time: the end of the day it was done on, or the reply that it is not so."""
    replies = ListReply.objects.filter(row__lead_id__in=lead_ids, batch__created_at__lt=moment)
    done: dict[int, datetime] = {}
    for lead_id, truth, done_on, replied_at in replies.values_list(
        "row__lead_id", "truth", "done_on", "batch__created_at"
    ):
        if truth == Truth.OPEN or (done_on is None and truth != Truth.FALSE):
            continue
        if done_on is not None and done_on > moment.astimezone(CHINA).date():
            continue
        end = replied_at
        if done_on is not None:
            end = datetime.combine(done_on + timedelta(days=1), datetime.min.time(), CHINA)
        done[lead_id] = max(end, done.get(lead_id, end))
    return done
