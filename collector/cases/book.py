"""How does a move get into the books? Checked, entered and shown in one transaction, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from collector.cases.choices import Action
from collector.cases.deadlines import due_of
from collector.cases.ledger import append, entries_of, utc
from collector.cases.models import Lead
from collector.cases.state import CaseState, Entry, apply, fold, plain
from collector.cases.tables import Case, CaseQueue
from collector.chain import Algorithm
from collector.faults import CollectorError
from collector.registry.numbers import next_number

MAX_TEXT_CHARS = 4_000


@transaction.atomic
def open_book(lead: Lead, actor: str, now: datetime, body: Mapping[str, Any]) -> Case:
    """The first entry of a new case of ``lead``; ``body`` says what the fold takes over."""
    no = next_number(f"C{timezone.localtime(now).year}-")
    entry = _dated(None, Entry(utc(now), actor, Action.OPEN, {**body, "lead": lead.no}), now)
    state = apply(None, entry)
    event = append(no, entry, state.state.value, algorithm())
    case = Case(no=no)
    _show(case, state, event.subject_seq)
    return case


@transaction.atomic
def enter(no: str, action: Action, actor: str, now: datetime, body: Mapping[str, Any]) -> Case:
    """One more entry of a case; raises ``CollectorError`` when it cannot follow, and then nothing is written.

    Entries of one case come one after the other: the case's row is the lock.
    """
    case = Case.objects.select_for_update().filter(no=no).first()
    if case is None:
        raise CollectorError(
            f"case {no}: there is no such case; see: cases list", f"案件 {no}：不存在；可查 cases list"
        )
    _check_texts(no, body)
    before = fold(entries_of(no))
    entry = _dated(before, Entry(utc(now), actor, action, dict(body)), now)
    after = apply(before, entry)
    event = append(no, entry, after.state.value, algorithm())
    _show(case, after, event.subject_seq)
    return case


def state_of(no: str) -> CaseState:
    """A case as its entries tell it; raises ``CollectorError`` when there is none."""
    if not Case.objects.filter(no=no).exists():
        raise CollectorError(
            f"case {no}: there is no such case; see: cases list", f"案件 {no}：不存在；可查 cases list"
        )
    return fold(entries_of(no))


def algorithm() -> Algorithm:
    """Which digest new entries are chained with."""
    return Algorithm(settings.COLLECTOR.cases.ledger_digest)


def columns(state: CaseState) -> dict[str, Any]:
    """What the columns of ``Case`` say of a state; the lead by its number."""
    copied = ("division_code", "department", "uscc", "grade", "cause", "relapses")
    return {
        **{name: getattr(state, name) for name in copied},
        "state": state.state.value,
        "lead": state.lead,
        "opened_at": _moment(state.opened_at),
        "due_at": _moment(state.due),
        "closed_at": _moment(state.closed_at),
        "folded": plain(state),
    }


def _dated(before: CaseState | None, entry: Entry, now: datetime) -> Entry:
    """The entry with the deadline of the state that it leads to, so that the fold needs no calendar."""
    after = apply(before, entry)
    if entry.body.get("due") or (before is not None and after.state == before.state):
        return entry
    due = due_of(after, now)
    return Entry(entry.at, entry.actor, entry.action, {**entry.body, "due": utc(due)}) if due else entry


def _show(case: Case, state: CaseState, version: int) -> None:
    """Make the row say what the fold says."""
    shown = columns(state) | {"lead": Lead.objects.get(no=state.lead), "version": version}
    for name, value in shown.items():
        setattr(case, name, value)
    case.save()
    wanted = set(state.co_departments)
    kept = set(case.queues.values_list("department", flat=True))
    case.queues.filter(department__in=kept - wanted).delete()
    CaseQueue.objects.bulk_create(CaseQueue(case=case, department=name) for name in sorted(wanted - kept))


def _check_texts(no: str, body: Mapping[str, Any]) -> None:
    for key, value in body.items():
        if isinstance(value, str) and len(value) > MAX_TEXT_CHARS:
            raise CollectorError(
                f"case {no}: {key} is longer than {MAX_TEXT_CHARS} characters; shorten it",
                f"案件 {no}：{key} 超过 {MAX_TEXT_CHARS} 字；请缩短",
            )


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
