"""Which cases does the province of ``province.py`` have? Entries as persons make them, chained as the ledger does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from collector.cases.book import columns
from collector.cases.choices import Action, Cause, Department, Grade, Proof
from collector.cases.ledger import HEAD_PK, entry_of, utc
from collector.cases.models import Lead
from collector.cases.state import Entry, apply, fold
from collector.cases.tables import Case, CaseEvent, CaseQueue, LedgerHead
from collector.chain import GENESIS, canonical, link_hash

_ROAD: tuple[tuple[Action, dict[str, Any]], ...] = (
    (Action.GRADE, {"reasons": []}),
    (Action.LOCATE, {"reason": "归属更新 attribution"}),
    (Action.DISPATCH, {"basis": "duty matrix"}),
    (Action.RECEIVE, {}),
    (Action.CHECK, {}),
    (Action.CONFIRM, {}),
    (Action.SET_CAUSE, {}),
    (Action.MEASURE, {"kind": "network-cut", "quantity": 2, "unit": "台", "note": ""}),
    (Action.RECTIFY, {}),
    (Action.SUBMIT, {}),
    (Action.CLEARANCE, {"proof": Proof.PROVEN.value}),
    (Action.CLOSE, {}),
)
"""A case's whole way; each case of the province has come some part of it."""


def ledger_of(leads: Sequence[Lead], now: datetime) -> Iterator[tuple[str, Lead, list[CaseEvent]]]:
    """Number, lead and entries of a case for each lead; the ledger's head stands at the last of them."""
    head = LedgerHead.objects.filter(pk=HEAD_PK).first() or LedgerHead(pk=HEAD_PK)
    for lead in leads:
        no = f"C2026-{lead.pk:06d}"
        events = []
        for entry, state in _entries(lead, now):
            event = _event(no, entry, state, events[-1] if events else None, head)
            head.seq, head.hash = event.seq, event.hash
            events.append(event)
        yield no, lead, events
    head.save()


def case_of(no: str, lead: Lead, events: Sequence[CaseEvent]) -> Case:
    """The case's row: the fold of its entries."""
    state = fold(entry_of(event) for event in events)
    shown = columns(state) | {"lead": lead, "version": len(events)}
    return Case(pk=lead.pk, no=no, **shown)


def queue_of(case: Case) -> list[CaseQueue]:
    """The departments that take part."""
    return [CaseQueue(pk=case.pk, case=case, department=name) for name in case.folded["co_departments"]]


def _entries(lead: Lead, now: datetime) -> Iterator[tuple[Entry, str]]:
    number, departments = lead.pk // 10, Department.values
    opened = now - timedelta(days=number % 150 + 20)
    said = {
        Action.GRADE: {"grade": Grade.values[number % 3]},
        Action.LOCATE: {"unit_name": lead.unit_name, "uscc": lead.uscc, "division_code": lead.division_code},
        Action.DISPATCH: {
            "department": departments[number % len(departments)],
            "co_departments": [Department.PUBLIC_SECURITY.value] if number % 7 == 0 else [],
        },
        Action.SET_CAUSE: {"cause": Cause.HIJACKED.value},
        Action.CLOSE: {"cause": Cause.DELIBERATE.value},
    }
    first = {"lead": lead.no, "division_code": lead.division_code}
    road = [(Action.OPEN, first), *((one, body | said.get(one, {})) for one, body in _ROAD)]
    state = None
    for step, (action, body) in enumerate(road[: 2 + number % len(road)]):
        at = opened + timedelta(days=step)
        body = {key: value for key, value in body.items() if value != ""} | {"due": utc(at + timedelta(days=7))}
        entry = Entry(utc(at), f"officer{number % 40}", action, body)
        state = apply(state, entry)
        yield entry, state.state.value


def _event(no: str, entry: Entry, state: str, former: CaseEvent | None, head: LedgerHead) -> CaseEvent:
    event = CaseEvent(
        seq=head.seq + 1,
        subject=no,
        subject_seq=former.subject_seq + 1 if former else 1,
        at=datetime.fromisoformat(entry.at),
        actor=entry.actor,
        action=entry.action.value,
        state=state,
        body=canonical(json.loads(json.dumps(entry.body))).decode(),
        subject_previous=former.hash if former else GENESIS,
        previous=head.hash,
    )
    event.hash = link_hash(event.seq, event.content(), event.previous, event.algorithm)
    return event
