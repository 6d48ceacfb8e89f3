"""Was anything of a case altered by hand? The ledger's chains, the view of it, and the files of evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection

from collector.cases import guard
from collector.cases.book import columns
from collector.cases.choices import Action
from collector.cases.evidence import faults_of
from collector.cases.ledger import HEAD_PK, entry_of
from collector.cases.state import CaseState, NotAllowedError, apply
from collector.cases.tables import Case, CaseEvent, LedgerHead
from collector.chain import GENESIS, Break, Link, Verdict, breaks

_CHUNK = 1_000


def verify_ledger() -> Verdict:
    """Every entry by its hash, in the whole chain and in its subject's; the end; and the guard of the table."""
    head = LedgerHead.objects.filter(pk=HEAD_PK).first() or LedgerHead()
    found = list(breaks(_links(), head=(head.seq, head.hash)))
    found += _subject_breaks()
    if not guard.is_installed(connection):
        found.append(Break(0, "the database no longer refuses changes of the ledger: its triggers are gone"))
    return Verdict(CaseEvent.objects.count(), head.hash, tuple(found))


def verify_cases() -> Verdict:
    """Every case against the fold of its entries."""
    states, found = _folded()
    shown = {case.no: case for case in Case.objects.select_related("lead").prefetch_related("queues")}
    found += [Break(0, f"case {no}: has entries but no row") for no in sorted(states.keys() - shown.keys())]
    for no, case in sorted(shown.items()):
        wrong = _differences(case, *states[no]) if no in states else ["everything: it has no entries"]
        if wrong:
            found.append(Break(case.pk, f"case {no}: altered in {', '.join(wrong)}"))
    return Verdict(len(shown), "", tuple(found))


def verify_evidence() -> Verdict:
    """Every file of evidence against the digests in its entry."""
    folder = evidence_folder()
    rows = CaseEvent.objects.filter(action=Action.EVIDENCE).order_by("seq")
    found = [
        Break(row.seq, f"case {row.subject}: {fault}")
        for row in rows.iterator(chunk_size=_CHUNK)
        for fault in faults_of(folder, entry_of(row).body)
    ]
    return Verdict(rows.count(), "", tuple(found))


def evidence_folder() -> Path:
    """Where files of evidence lie."""
    return Path(settings.COLLECTOR.data_dir) / "evidence"


def _links() -> Iterator[Link]:
    return (event.link() for event in CaseEvent.objects.order_by("seq").iterator(chunk_size=_CHUNK))


def _subject_breaks() -> list[Break]:
    last: dict[str, tuple[int, str]] = {}
    found = []
    for event in CaseEvent.objects.order_by("seq").iterator(chunk_size=_CHUNK):
        seq, previous = last.get(event.subject, (0, GENESIS))
        if (event.subject_seq, event.subject_previous) != (seq + 1, previous):
            found.append(Break(event.seq, f"{event.subject}: does not follow from its entry before"))
        last[event.subject] = (event.subject_seq, event.hash)
    return found


def _folded() -> tuple[dict[str, tuple[CaseState, int]], list[Break]]:
    """Every case's state and number of entries; what cannot follow is told and left out."""
    states: dict[str, tuple[CaseState, int]] = {}
    found = []
    for event in CaseEvent.objects.exclude(state="").order_by("seq").iterator(chunk_size=_CHUNK):
        before = states.get(event.subject)
        try:
            after = apply(before[0] if before else None, entry_of(event))
        except (NotAllowedError, ValueError) as fault:
            found.append(Break(event.seq, f"{event.subject}: cannot be folded: {fault}"))
            continue
        if after.state != event.state:
            found.append(Break(event.seq, f"{event.subject}: says state {event.state}, the fold {after.state}"))
        states[event.subject] = (after, event.subject_seq)
    return states, found


def _differences(case: Case, state: CaseState, version: int) -> list[str]:
    wanted = columns(state) | {"version": version}
    shown = {name: getattr(case, name) for name in wanted} | {"lead": case.lead.no}
    wrong = [name for name, value in wanted.items() if shown[name] != value]
    queues = {queue.department for queue in case.queues.all()}
    return wrong + (["queues"] if queues != set(state.co_departments) else [])
