"""Are the sensors alive, complete, on time and up to date?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncHour
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from collector.accounts.scope import Scope, within
from collector.console.access import need, page, viewer
from collector.console.charts import Bar, bars
from collector.console.links import leads_link
from collector.console.places import places_of
from collector.ingest.models import Detection, Sensor, SensorHealth
from collector.text import bilingual

SILENT_AFTER = timedelta(minutes=15)
MAX_LOSS = 0.001
"""Share of packets lost above which a sensor's silence proves nothing."""
MAX_SIGNATURE_AGE = timedelta(days=14)
MAX_CLOCK_ERROR_MS = 100.0
_SENSORS_SHOWN = 500
_HOURS_SHOWN = 72
_BEATS_SHOWN = 50


class State(Enum):
    """How a sensor is, worst first."""

    NEVER = bilingual("从未上报", "Never heard of")
    SILENT = bilingual("失联", "Silent")
    LOSING = bilingual("丢包", "Losing packets")
    OLD = bilingual("特征过期", "Old signatures")
    CLOCK = bilingual("时钟不准或未知", "Clock off or unknown")
    WELL = bilingual("正常", "Well")


@dataclass(frozen=True, slots=True)
class SensorView:
    """A sensor and its last heartbeat."""

    sensor: Sensor
    health: SensorHealth | None
    state: State
    loss: str
    signature_days: int | None


@page("GET")
def sensors(request: HttpRequest) -> HttpResponse:
    """Every sensor of the person's divisions; a unit's own for the unit."""
    person = viewer(request)
    need(person.is_office or person.units)
    views = views_of(visible(person.reads, person.units), timezone.now())
    places = places_of(person, [view.sensor.division_code for view in views])
    return render(request, "console/sensors.html", {"views": views, "places": places})


@page("GET")
def sensor(request: HttpRequest, number: int) -> HttpResponse:
    """One sensor: what it saw and lost hour by hour, and its last heartbeats."""
    person = viewer(request)
    seen = visible(person.reads, person.units)
    found = seen.filter(pk=number).first()
    if found is None:
        raise Http404
    now = timezone.now()
    sums = Detection.objects.filter(sensor=found).aggregate(count=Count("pk"), last=Max("received_at"))
    context = {
        "view": views_of(seen.filter(pk=number), now)[0],
        "places": places_of(person, [found.division_code]),
        "chart": _hours(found, now),
        "beats": found.health.order_by("-t1")[:_BEATS_SHOWN],
        "detections": sums["count"],
        "last": sums["last"],
        "leads": leads_link(filters={"sensor": found.sensor_id}) if person.is_office else "",
    }
    return render(request, "console/sensor.html", context)


def visible(scope: Scope, units: Sequence[int] = ()) -> QuerySet[Sensor]:
    """The sensors of these divisions, and those of these units (keys of their offices)."""
    return Sensor.objects.filter(within("division_code", scope) | Q(office__in=units))


def views_of(rows: QuerySet[Sensor], now: datetime) -> list[SensorView]:
    """Sensors with their state, by name."""
    latest = SensorHealth.objects.filter(sensor=OuterRef("pk")).order_by("-t1").values("pk")[:1]
    found = list(rows.annotate(beat=Subquery(latest)).order_by("sensor_id")[:_SENSORS_SHOWN])
    beats = SensorHealth.objects.in_bulk([getattr(one, "beat", None) for one in found if getattr(one, "beat", None)])
    return [_view(one, beats.get(getattr(one, "beat", None)), now) for one in found]


def state_of(health: SensorHealth | None, now: datetime) -> State:
    """The worst that is known of a sensor."""
    if health is None:
        return State.NEVER
    faults = (
        (State.SILENT, now - health.t1 > SILENT_AFTER),
        (State.LOSING, _loss(health) > MAX_LOSS),
        (State.OLD, health.signature_age_s > MAX_SIGNATURE_AGE.total_seconds()),
        (State.CLOCK, health.clock_error_ms is None or abs(health.clock_error_ms) > MAX_CLOCK_ERROR_MS),
    )
    return next((state for state, holds in faults if holds), State.WELL)


def _view(sensor: Sensor, health: SensorHealth | None, now: datetime) -> SensorView:
    days = None if health is None else health.signature_age_s // 86_400
    loss = "" if health is None else f"{_loss(health):.3%}"
    return SensorView(sensor, health, state_of(health, now), loss, days)


def _loss(health: SensorHealth) -> float:
    lost = health.kernel_drops + health.shed
    return lost / (health.packets + lost) if lost else 0.0


def _hours(sensor: Sensor, now: datetime) -> Any:
    """Packets seen, and their share lost, hour by hour."""
    since = now - timedelta(hours=_HOURS_SHOWN)
    rows = (
        sensor.health.filter(t1__gte=since)
        .annotate(hour=TruncHour("t1"))
        .values("hour")
        .annotate(packets=Sum("packets"), lost=Sum("kernel_drops") + Sum("shed"))
        .order_by("hour")
    )
    said = bilingual("{} 个包，丢失 {}", "{} packets, {} lost")
    return bars(
        [
            Bar(
                label=timezone.localtime(row["hour"]).strftime("%m-%d %H:00"),
                value=row["packets"],
                tone="doubt" if row["lost"] > MAX_LOSS * (row["packets"] + row["lost"]) else "",
                told=str(said).format(row["packets"], row["lost"]),
            )
            for row in rows
        ],
        str(bilingual("每小时收包", "Packets per hour")),
    )
