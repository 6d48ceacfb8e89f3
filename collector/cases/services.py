"""How do attributions become leads? Grouped by unit, else subscriber, else address."""

from __future__ import annotations

import ipaddress

from django.db import transaction
from django.db.models import Count, F, Max, Min, Q
from django.utils import timezone

from collector.cases.models import Lead, LeadSession
from collector.resolve.models import Attribution
from collector.resolve.units import normal_name

_CHUNK = 200


def update_leads() -> int:
    """Put every session whose attribution is new or changed with its lead; answers how many were put."""
    count = 0
    while placed := _place_some():
        count += placed
    return count


def lead_key(attribution: Attribution) -> str:
    """What makes two sessions one lead.

    A unit's sites in different counties are different leads: different people check them. A private address says
    nothing beyond the sensor that saw it.
    """
    place = attribution.division_code
    if attribution.uscc:
        return f"unit:{attribution.uscc}@{place}"
    if attribution.subscriber:
        return f"subscriber:{attribution.subscriber}"
    if attribution.unit_name:
        return f"unit:{normal_name(attribution.unit_name)}@{place}"
    event = attribution.event
    is_private = ipaddress.ip_address(event.miner_ip).is_private
    return f"ip:{event.miner_ip}" + (f"@{event.sensor.sensor_id}" if is_private else "")


def _place_some() -> int:
    """One short transaction, so that deliveries of sensors need not wait for long."""
    is_placed = Q(lead_session__attribution_id=F("pk"))
    pending = Attribution.objects.filter(is_current=True).exclude(is_placed).select_related("event__sensor")
    with transaction.atomic():
        chosen = list(pending.order_by("event__first_seen", "event_id")[:_CHUNK])
        touched = {lead_id for attribution in chosen for lead_id in _place(attribution)}
        for lead in Lead.objects.filter(pk__in=touched):
            _refresh(lead)
    return len(chosen)


def _place(attribution: Attribution) -> set[int]:
    """Move one session; answers the leads whose sums changed."""
    event = attribution.event
    lead = _lead_of(attribution)
    former = LeadSession.objects.filter(detection_id=attribution.detection_id).first()
    LeadSession.objects.update_or_create(
        detection_id=attribution.detection_id,
        defaults={
            "lead": lead,
            "attribution": attribution,
            "first_seen": event.first_seen,
            "last_seen": event.last_seen,
        },
    )
    return {lead.pk} | ({former.lead_id} if former else set())


def _lead_of(attribution: Attribution) -> Lead:
    event = attribution.event
    known = Lead.objects.filter(key=lead_key(attribution)).first()
    if known is not None:
        return known
    return Lead.objects.create(
        no=_next_no(timezone.localtime(event.first_seen).year),
        key=lead_key(attribution),
        ip=event.miner_ip,
        first_seen=event.first_seen,
        last_seen=event.last_seen,
    )


def _next_no(year: int) -> str:
    prefix = f"L{year}-"
    last = Lead.objects.filter(no__startswith=prefix).order_by("-no").values_list("no", flat=True).first()
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:06d}"


def _refresh(lead: Lead) -> None:
    sums = lead.sessions.aggregate(first=Min("first_seen"), last=Max("last_seen"), count=Count("pk"))
    lead.detections = sums["count"]
    latest = lead.sessions.select_related("attribution__event").order_by("last_seen", "pk").last()
    if latest is not None:
        attribution = latest.attribution
        lead.first_seen, lead.last_seen, lead.ip = sums["first"], sums["last"], attribution.event.miner_ip
        for name in ("unit_name", "uscc", "subscriber", "address", "division_code"):
            setattr(lead, name, getattr(attribution, name))
    lead.save()
