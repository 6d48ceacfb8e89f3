"""When is a meter's week judged, and by what? When readings come or go, and when rules, sites or leads have changed.

Pages read what stands here (``MeterWeek``). A judgement is made as a whole, so that making it twice changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from collector.cases.models import Lead
from collector.power.choices import Feature
from collector.power.compare import Comparison
from collector.power.features import Curve, Interval, finest
from collector.power.judging import AT_ONCE, Judged, compared, curves, judged, readings, rules_on, sites_of
from collector.power.models import MeterReading, MeterWeek
from collector.power.reasons import Reason, Rule, digest_of
from collector.power.windows import columns, first_day, last_day, weeks_with
from collector.registry.imports.cells import SHANGHAI
from collector.registry.models import Site
from collector.registry.numbers import hold

LOOKED_AFTER = 4
"""The newest weeks whose sites and leads are followed; what older ones say is as of when it was said."""
_KEY = ("meter_no", "monday")
_WRITTEN = tuple(one.name for one in MeterWeek._meta.concrete_fields if one.name not in ("id", "created_at", *_KEY))
_COMPARED = ("leads", "verdict", "low_kwh", "high_kwh")


def judge_days(touched: Iterable[tuple[str, datetime]], now: datetime) -> int:
    """Judge the weeks that these meters' readings at these moments count for; answers how many there are now."""
    weeks: dict[date, set[str]] = defaultdict(set)
    for meter_no, start in touched:
        for monday in weeks_with(start.astimezone(SHANGHAI).date()):
            weeks[monday].add(meter_no)
    return sum(_judge_week(monday, weeks[monday], now) for monday in sorted(weeks))


def judge_everything(now: datetime) -> int:
    """Judge every week of every meter with readings; answers how many there are."""
    read = MeterReading.objects.order_by("meter_no")
    meter_nos, count = read.values_list("meter_no", flat=True).distinct().iterator(), 0
    while part := list(islice(meter_nos, AT_ONCE)):
        starts = MeterReading.objects.filter(meter_no__in=part).values_list("meter_no", "start")
        count += judge_days(starts.iterator(), now)
    return count


def judge_stale(now: datetime) -> str:
    """Judge what other rules or another site count for by now, and hold the newest weeks against the leads again."""
    by_rules = sum(_judge_week(monday, _numbers(rows), now) for monday, rows in _under_other_rules())
    newest = list(_mondays()[:LOOKED_AFTER])
    moved = sum(_judge_week(monday, _numbers(_elsewhere(monday)), now) for monday in newest)
    again = sum(compare_again(MeterWeek.objects.filter(monday=monday), now) for monday in newest)
    return f"{by_rules} judged by new rules, {moved} at another site, {again} held against new leads"


def compare_again(rows: QuerySet[MeterWeek], now: datetime) -> int:
    """Ask anew which leads are there and what their estimate says; answers how many answers are new."""
    count, waiting = 0, rows.order_by("pk").iterator()
    while part := list(islice(waiting, AT_ONCE)):
        found = compared([_curve(row) for row in part], sites_of([row.meter_no for row in part]))
        changed = [row for row, (leads, said) in zip(part, found, strict=True) if _compare(row, leads, said, now)]
        MeterWeek.objects.bulk_update(changed, [*_COMPARED, "judged_at"])
        count += len(changed)
    return count


def readings_of(row: MeterWeek) -> list[Interval]:
    """The readings that a row was judged by, in their order."""
    rows = readings(first_day(row.monday), last_day(row.monday)).filter(meter_no=row.meter_no).order_by("start")
    return finest([Interval(*told) for told in rows.values_list("start", "minutes", "kwh")])


def reasons_in(row: MeterWeek) -> tuple[Reason, ...]:
    """The rules that a row was judged by, each with its value."""
    return tuple(Reason(Feature(name), value, least, most) for name, value, least, most in row.reasons)


def _judge_week(monday: date, meter_nos: Iterable[str], now: datetime) -> int:
    rules, waiting, count = rules_on(last_day(monday)), iter(sorted(meter_nos)), 0
    while part := list(islice(waiting, AT_ONCE)):
        with transaction.atomic():
            # Two files at once: whichever judges later has the readings of both.
            hold("meter-weeks")
            count += _judge_part(monday, part, rules, now)
    return count


def _judge_part(monday: date, part: Sequence[str], rules: Sequence[Rule], now: datetime) -> int:
    # Without a reading in the week itself there is nothing to say of it.
    found = [one for one in curves(part, first_day(monday), last_day(monday)) if one.last >= monday]
    rows = [_row(monday, one, columns(one.curve, rules), now) for one in judged(found, rules)]
    before = MeterWeek.objects.filter(monday=monday, meter_no__in=part)
    before.exclude(meter_no__in=[one.meter_no for one in found]).delete()
    MeterWeek.objects.bulk_create(rows, AT_ONCE, update_conflicts=True, unique_fields=_KEY, update_fields=_WRITTEN)
    return len(rows)


def _row(monday: date, one: Judged, said: dict[str, object], now: datetime) -> MeterWeek:
    code = one.site.division_code if one.site else ""
    row = MeterWeek(meter_no=one.curve.meter_no, monday=monday, site=one.site, division_code=code, **said)
    _compare(row, one.leads, one.comparison, now)
    row.judged_at = now
    return row


def _compare(row: MeterWeek, leads: Sequence[Lead], said: Comparison, now: datetime) -> bool:
    """Put down what is thought now; answers whether that is new."""
    told = ([lead.pk for lead in leads], said.verdict.value, said.low_kwh, said.high_kwh)
    if told == tuple(getattr(row, name) for name in _COMPARED):
        return False
    for name, value in zip((*_COMPARED, "judged_at"), (*told, now), strict=True):
        setattr(row, name, value)
    return True


def _curve(row: MeterWeek) -> Curve:
    features = {Feature(name): value for name, value in row.features.items()}
    return Curve(row.meter_no, row.first, row.last, row.kwh, features)


def _mondays() -> QuerySet[MeterWeek, date]:
    return MeterWeek.objects.order_by("-monday").values_list("monday", flat=True).distinct()


def _under_other_rules() -> Iterator[tuple[date, QuerySet[MeterWeek]]]:
    for monday in list(_mondays()):
        rows = MeterWeek.objects.filter(monday=monday).exclude(rules=digest_of(rules_on(last_day(monday))))
        if rows.exists():
            yield monday, rows


def _elsewhere(monday: date) -> QuerySet[MeterWeek]:
    """Rows of a week whose meter stands elsewhere by now, at no site, or at one where there was none."""
    last = Site.objects.filter(meter_no=OuterRef("meter_no")).order_by("-pk")
    rows = MeterWeek.objects.filter(monday=monday).annotate(
        was=Coalesce("site_id", 0),
        now=Coalesce(Subquery(last.values("pk")[:1]), 0),
        place=Coalesce("site__division_code", Value("")),
    )
    return rows.exclude(was=F("now"), division_code=F("place"))


def _numbers(rows: QuerySet[MeterWeek]) -> list[str]:
    return list(rows.values_list("meter_no", flat=True))
