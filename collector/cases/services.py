"""How do attributions become leads? Grouped by unit, else subscriber, else address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, Max, Min, Q
from django.utils import timezone

from collector.cases.choices import SourceKind
from collector.cases.follow import follow
from collector.cases.models import Lead, LeadSession
from collector.cases.naming import lead_key, named
from collector.cases.rates import note_rates
from collector.cases.sources import head_of, lead_named, move_sources, note_source
from collector.cases.told import told_of
from collector.cases.weeks import note_weeks
from collector.registry.numbers import hold
from collector.resolve.models import Attribution

_CHUNK = 200


def update_leads(now: datetime | None = None) -> int:
    """Put every session whose attribution is new or changed with its lead; answers how many were put."""
    count = 0
    while placed := _place_some(now or timezone.now()):
        count += placed
    return count


def refresh(lead: Lead, since: datetime | None = None) -> None:
    """Reckon a lead's sums, name, weeks and rates anew from its sessions; nothing before ``since`` has changed."""
    is_claim = Q(is_claim=True)
    claims = {"said": Min("first_seen", filter=is_claim), "said_last": Max("last_seen", filter=is_claim)}
    sums = lead.sessions.aggregate(first=Min("first_seen"), last=Max("last_seen"), count=Count("pk"), **claims)
    lead.detections = sums["count"]
    latest = lead.sessions.select_related("attribution__event").order_by("last_seen", "pk").last()
    if latest is not None:
        attribution = latest.attribution
        lead.first_seen, lead.last_seen, lead.ip = sums["first"], sums["last"], attribution.event.miner_ip
        for name in ("unit_name", "uscc", "subscriber", "address", "division_code", "status"):
            setattr(lead, name, getattr(attribution, name))
    _note_sensor(lead, sums["said"], sums["said_last"])
    lead.save()
    note_weeks(lead, since)
    note_rates(lead, since)


def _note_sensor(lead: Lead, first: datetime | None, last: datetime | None) -> None:
    """Own sensors speak of a lead as far as they claim mining; a mere suspicion is no source."""
    if first is not None and last is not None:
        note_source(lead, SourceKind.SENSOR, "", first, last)
    else:
        lead.sources.filter(kind=SourceKind.SENSOR).delete()


def _place_some(now: datetime) -> int:
    """One short transaction, so that deliveries of sensors need not wait for long."""
    is_placed = Q(lead_session__attribution_id=F("pk"))
    pending = Attribution.objects.filter(is_current=True).exclude(is_placed)
    with transaction.atomic():
        hold("leads")
        ordered = pending.select_related("event__sensor", "organisation").order_by("event__first_seen", "event_id")
        chosen = list(ordered[:_CHUNK])
        since = _changed_since(chosen)
        moves = [_place(attribution) for attribution in chosen]
        touched = {lead_id for former, lead_id in moves} | {former for former, _ in moves if former}
        leads = {lead.pk: lead for lead in Lead.objects.filter(pk__in=touched)}
        for lead in leads.values():
            refresh(lead, since)
        for former, lead_id in dict.fromkeys(moves):
            if former and former != lead_id and not leads[former].detections:
                move_sources(leads[former], leads[lead_id])
                follow(leads[former], leads[lead_id], now)
    return len(chosen)


def _changed_since(chosen: Sequence[Attribution]) -> datetime | None:
    """The earliest moment that placing these can change anything at: of what they say now, or said before."""
    ids = [attribution.detection_id for attribution in chosen]
    before = LeadSession.objects.filter(detection_id__in=ids).aggregate(first=Min("first_seen"))["first"]
    moments = [attribution.event.first_seen for attribution in chosen]
    return min([*moments, before] if before else moments, default=None)


def _place(attribution: Attribution) -> tuple[int | None, int]:
    """Put one session; answers the leads it was with and is with now. What a person put elsewhere stays there."""
    event, who = attribution.event, named(attribution)
    home = lead_named(lead_key(who), who, event.first_seen, event.last_seen)
    former = LeadSession.objects.filter(detection_id=attribution.detection_id).first()
    if former and former.is_pinned:
        lead, home = former.lead, former.home or former.lead
    else:
        lead = head_of(home)
    LeadSession.objects.update_or_create(
        detection_id=attribution.detection_id,
        defaults={
            "lead": lead,
            "home": home if home != lead else None,
            "attribution": attribution,
            "first_seen": event.first_seen,
            "last_seen": event.last_seen,
            **told_of(attribution),
        },
    )
    return former.lead_id if former else None, lead.pk
