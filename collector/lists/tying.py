"""Which lead is meant by the province's address and time? The one whose session ran then, at that address and port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from collector.cases.models import LeadSession
from collector.lists.registers import KeyEntry

SLACK = timedelta(minutes=10)
"""Clocks of two systems differ, and a list's time may be that of its report."""
_CHUNK = 200


def tie(entries: Sequence[KeyEntry]) -> int:
    """Set the lead of every entry that has none and whose session is known; answers how many. Saves nothing."""
    open_ones = [entry for entry in entries if entry.lead_id is None]
    return sum(_tie_some(open_ones[start : start + _CHUNK]) for start in range(0, len(open_ones), _CHUNK))


def tie_open(week: str) -> int:
    """Tie what was not known when a week's list came in: sessions are resolved later than lists arrive."""
    entries = list(KeyEntry.objects.filter(week__lte=week, lead__isnull=True).order_by("pk"))
    count = tie(entries)
    KeyEntry.objects.bulk_update([entry for entry in entries if entry.lead_id], ["lead"], batch_size=_CHUNK)
    return count


def _tie_some(entries: list[KeyEntry]) -> int:
    by_ip: dict[str, list[LeadSession]] = {}
    for session in _sessions([entry.ip for entry in entries]):
        by_ip.setdefault(session.attribution.event.miner_ip, []).append(session)
    count = 0
    for entry in entries:
        fitting = [session for session in by_ip.get(entry.ip, ()) if _fits(session, entry)]
        leads = {session.lead_id for session in fitting}
        # Two leads behind one address at one time: without the port nobody can say which is meant.
        if len(leads) == 1:
            entry.lead_id = leads.pop()
            count += 1
    return count


def _sessions(ips: list[str]) -> Iterator[LeadSession]:
    sessions = LeadSession.objects.filter(attribution__event__miner_ip__in=ips)
    return sessions.select_related("attribution__event").iterator(chunk_size=_CHUNK)


def _fits(session: LeadSession, entry: KeyEntry) -> bool:
    if entry.port is not None and session.attribution.event.miner_port != entry.port:
        ports = session.attribution.event.body.get("miner", {}).get("ports_seen", [])
        if entry.port not in ports:
            return False
    return session.first_seen - SLACK <= entry.seen_to and entry.seen_at <= session.last_seen + SLACK
