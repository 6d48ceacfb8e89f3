"""What happened in a division, week by week? Counted by the database, never by reading every session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from collector.accounts.scope import Scope, within
from collector.cases.models import LeadRate, LeadWeek
from collector.lists.hashrate import Bounds
from collector.lists.week import Week
from collector.resolve.choices import Status


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


@dataclass(frozen=True, slots=True)
class Sums:
    """One week: ``relapsed`` leads had been silent for long before; ``energy`` is what the sessions took, in kWh, from
    their beginning, None where no sensor says."""

    place: Place
    relapsed: int
    energy: Range | None


def by_week(weeks: Sequence[Week], scope: Scope) -> list[WeekFigures]:
    """One question to the database for all ``weeks``."""
    rows = _ran(weeks, scope).values("monday").annotate(active=Count("pk"), new=Count("pk", filter=Q(is_new=True)))
    found = {row["monday"]: (row["active"], row["new"]) for row in rows}
    return [WeekFigures(week, *found.get(week.monday, (0, 0))) for week in weeks]


def of_week(week: Week, scope: Scope) -> Sums:
    """Everything the database adds up over one week: places, relapses and energy. One question."""
    located = Q(status__in=(Status.AUTO, Status.CONFIRMED))
    sums = _ran([week], scope).aggregate(
        located=Count("pk", filter=located),
        conflict=Count("pk", filter=Q(status=Status.CONFLICT)),
        unknown=Count("pk", filter=Q(status=Status.UNKNOWN)),
        relapsed=Count("pk", filter=Q(is_relapse=True)),
        low=Sum("energy_low_kwh"),
        high=Sum("energy_high_kwh"),
    )
    place = Place(sums["located"], sums["conflict"], sums["unknown"])
    is_known = sums["low"] is not None and sums["high"] is not None
    return Sums(place, sums["relapsed"], Range(sums["low"], sums["high"]) if is_known else None)


def rates_of(week: Week, scope: Scope) -> list[Bounds]:
    """The week's hash rate by unit: of each lead the most it had at once, added up. One question."""
    ours = within("division_code", scope, "lead__uscc")
    rows = LeadRate.objects.filter(ours, monday=week.monday).order_by("unit").values_list("unit")
    return [Bounds(*row) for row in rows.annotate(low=Sum("low"), high=Sum("high"))]


def by_division(week: Week, scope: Scope) -> Counter[str]:
    """The week's leads by county code, "" for those without a place."""
    counts: Counter[str] = Counter()
    for code, count in _ran([week], scope).values_list("division_code").annotate(count=Count("pk")):
        counts[code[:6]] += count
    return counts


def leads_of(week: Week, scope: Scope) -> QuerySet[LeadWeek, int]:
    """Keys of the week's leads, county by county."""
    return _ran([week], scope).order_by("division_code", "lead").values_list("lead", flat=True)


def _ran(weeks: Sequence[Week], scope: Scope) -> QuerySet[LeadWeek]:
    return LeadWeek.objects.filter(
        within("division_code", scope, "lead__uscc"), monday__in=[week.monday for week in weeks]
    ).order_by()
