"""Which lead is meant by the province's address and time? The one whose session ran then, at that address and port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from collector.cases.choices import SourceKind
from collector.cases.follow import follow
from collector.cases.models import LeadSession
from collector.cases.naming import Named
from collector.cases.sources import Report, move_source, note_source, report_in
from collector.lists.registers import KeyEntry
from collector.registry.imports.changes import note_created
from collector.registry.models import ImportBatch
from collector.registry.numbers import hold

SLACK = timedelta(minutes=10)
"""Clocks of two systems differ, and a list's time may be that of its report."""
_CHUNK = 200


def tie(entries: Sequence[KeyEntry]) -> int:
    """Set the lead of every entry whose session is known; answers how many. Saves nothing."""
    open_ones = [entry for entry in entries if entry.lead is None or not entry.lead.detections]
    return sum(_tie_some(open_ones[start : start + _CHUNK]) for start in range(0, len(open_ones), _CHUNK))


@transaction.atomic
def tie_open(week: str) -> int:
    """Tie what was not known when a week's list came in: sessions are resolved later than lists arrive."""
    hold("leads")
    waiting = KeyEntry.objects.filter(Q(lead__isnull=True) | Q(lead__detections=0), week__lte=week)
    entries = list(waiting.select_related("lead").order_by("pk"))
    count = tie(entries)
    tied = [entry for entry in entries if _move(entry)]
    KeyEntry.objects.bulk_update(tied, ["lead"], batch_size=_CHUNK)
    return count


def speak(batch: ImportBatch, entry: KeyEntry) -> None:
    """Note the province's word as a source of the entry's lead; of a lead of its own where no session is known yet."""
    kind = SourceKind.PROVINCE_LIST
    if entry.lead is None:
        who = Named(unit_name=entry.unit_name, ip=entry.ip, place=entry.division_code)
        entry.lead = report_in(batch, Report(kind, entry.province_no, entry.seen_at, who, entry.division_code))
        return
    spoken = entry.lead.sources.filter(kind=kind.value, reference=entry.province_no)
    is_new = not spoken.exists()
    note_source(entry.lead, kind, entry.province_no, entry.seen_at, entry.seen_at)
    if is_new:
        note_created(batch, spoken)


def _move(entry: KeyEntry) -> bool:
    """The province's word goes to the lead that was found, and the case of a lead that had nothing else with it."""
    lead = entry.lead
    if lead is None or not lead.detections:
        return False
    for former in move_source(SourceKind.PROVINCE_LIST, entry.province_no, lead):
        if not former.detections and not former.sources.exists():
            follow(former, lead, timezone.now(), reason="the province's address is this lead's")
    note_source(lead, SourceKind.PROVINCE_LIST, entry.province_no, entry.seen_at, entry.seen_at)
    return True


def _tie_some(entries: list[KeyEntry]) -> int:
    by_ip: dict[str, list[LeadSession]] = {}
    for session in _sessions([entry.ip for entry in entries]):
        by_ip.setdefault(session.attribution.event.miner_ip, []).append(session)
    count = 0
    for entry in entries:
        fitting = {session.lead_id: session.lead for session in by_ip.get(entry.ip, ()) if _fits(session, entry)}
        # Two leads behind one address at one time: without the port nobody can say which is meant.
        if len(fitting) == 1:
            (entry.lead,) = fitting.values()
            count += 1
    return count


def _sessions(ips: list[str]) -> Iterator[LeadSession]:
    sessions = LeadSession.objects.filter(attribution__event__miner_ip__in=ips)
    return sessions.select_related("attribution__event", "lead").iterator(chunk_size=_CHUNK)


def _fits(session: LeadSession, entry: KeyEntry) -> bool:
    if entry.port is not None and session.attribution.event.miner_port != entry.port:
        ports = session.attribution.event.body.get("miner", {}).get("ports_seen", [])
        if entry.port not in ports:
            return False
    return session.first_seen - SLACK <= entry.seen_to and entry.seen_at <= session.last_seen + SLACK
