"""What happened in a division, week by week? Counted by the database, never by reading every session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, FloatField, Q, Sum
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast

from collector.accounts.scope import Scope, within
from collector.cases.models import Lead, LeadSession
from collector.lists.gather import CLAIMS
from collector.lists.history import RELAPSE_AFTER
from collector.lists.week import Week
from collector.resolve.choices import Status

_AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """Leads with a confirmed or probable session in the week."""

    week: Week
    active: int
    new: int

    @property
    def known(self) -> int:
        """Those that were there before."""
        return self.active - self.new


@dataclass(frozen=True, slots=True)
class Place:
    """How the week's leads are located."""

    located: int
    conflict: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Range:
    """A sum of lower and of upper bounds; None where nothing is known."""

    low: float
    high: float


def by_week(weeks: Sequence[Week], scope: Scope) -> list[WeekFigures]:
    """One question to the database for all ``weeks``."""
    wanted: dict[str, Any] = {}
    for place, week in enumerate(weeks):
        ran = Q(first_seen__lt=week.end, last_seen__gte=week.start)
        wanted[f"active{place}"] = Count("lead", distinct=True, filter=ran)
        wanted[f"new{place}"] = Count("lead", distinct=True, filter=ran & Q(lead__first_seen__gte=week.start))
    if not weeks:
        return []
    first, last = min(weeks, key=str), max(weeks, key=str)
    sums = _claims(scope).filter(first_seen__lt=last.end, last_seen__gte=first.start).aggregate(**wanted)
    return [WeekFigures(week, sums[f"active{place}"], sums[f"new{place}"]) for place, week in enumerate(weeks)]


def places(week: Week, scope: Scope) -> Place:
    """How the week's leads are located: by the current answer of their sessions in it."""
    by_status = {
        row["attribution__status"]: row["leads"]
        for row in _of_week(week, scope)
        .order_by()
        .values("attribution__status")
        .annotate(leads=Count("lead", distinct=True))
    }
    located = by_status.get(Status.AUTO, 0) + by_status.get(Status.CONFIRMED, 0)
    return Place(located, by_status.get(Status.CONFLICT, 0), by_status.get(Status.UNKNOWN, 0))


def energy_kwh(week: Week, scope: Scope) -> Range | None:
    """Energy of the week's sessions as the sensors put it, from their beginning; None where none did."""
    low, high = (KeyTextTransform(edge, KeyTransform("energy_kwh", _BODY)) for edge in ("low", "high"))
    sums = _of_week(week, scope).aggregate(low=Sum(Cast(low, FloatField())), high=Sum(Cast(high, FloatField())))
    return None if sums["low"] is None or sums["high"] is None else Range(sums["low"], sums["high"])


def relapsed(week: Week, scope: Scope) -> int:
    """The week's leads that had been silent for long before it."""
    ran = set(_of_week(week, scope).values_list("lead", flat=True).distinct())
    old = Lead.objects.filter(pk__in=ran, first_seen__lt=week.start - RELAPSE_AFTER).values_list("pk", flat=True)
    recent = LeadSession.objects.filter(
        lead__in=list(old), first_seen__lt=week.start, last_seen__gte=week.start - RELAPSE_AFTER
    )
    return len(set(old) - set(recent.values_list("lead", flat=True)))


def by_division(week: Week, scope: Scope) -> Counter[str]:
    """The week's leads by county code, "" for those without a place."""
    rows = (
        _of_week(week, scope).order_by().values(code=F("lead__division_code")).annotate(n=Count("lead", distinct=True))
    )
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["code"][:6]] += row["n"]
    return counts


_BODY = "attribution__event__body"


def _claims(scope: Scope) -> Any:
    return LeadSession.objects.filter(
        within("lead__division_code", scope, "lead__uscc"), attribution__event__verdict__in=CLAIMS
    )


def _of_week(week: Week, scope: Scope) -> Any:
    return _claims(scope).filter(first_seen__lt=week.end, last_seen__gte=week.start)
