"""What is shown of one case beside its facts? Its place, its messages, its arithmetic and its sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import Substr
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from collector.accounts.scope import Scope, within
from collector.cases.choices import SourceKind
from collector.cases.models import Lead, LeadSource
from collector.cases.queries import Wanted, cases_for
from collector.cases.sources import agreement_of, family_of
from collector.cases.tables import Case
from collector.console.charts import Tile, shades, tiles
from collector.console.dossier import Dossier, SessionView
from collector.console.heat import calendar
from collector.console.links import cases_link, leads_link
from collector.console.meters import judged_of
from collector.console.scope import Viewer
from collector.lists.divisions import DivisionTree
from collector.lists.registers import TipOff
from collector.lists.week import CHINA, Week, week_of
from collector.registry.choices import DivisionLevel
from collector.registry.divisions import is_code, level_of, parent_of
from collector.registry.models import Division
from collector.text import bilingual

MESSAGES_SHOWN = 100
_WEEKS = 12
_TILES, _SOURCES, _SPANS = 24, 50, 5_000


@dataclass(frozen=True, slots=True)
class Message:
    """One piece of evidence in its session."""

    at: datetime
    session: SessionView
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sum:
    """The estimates of the sessions shown, each row as it adds up; energies in kWh, power in W."""

    rows: tuple[SessionView, ...]
    low_kwh: float
    high_kwh: float
    hours: float


@dataclass(frozen=True, slots=True)
class SourceView:
    """One kind of source that speaks of the lead, and where it can be looked at."""

    kind: str
    reference: str
    href: str
    first: datetime
    last: datetime
    told: str = ""
    """What was found, where that is known in short."""


def around(case: Case, person: Viewer, tree: DivisionTree) -> SafeString:
    """The division beside its neighbours, coloured by open cases; each tile leads to them."""
    codes = _neighbours(case.division_code)
    if not codes:
        return tiles([], "")
    open_ones = cases_for(person.reads, Wanted(is_open=True)).annotate(county=Substr("division_code", 1, 6))
    counts = dict(open_ones.filter(county__in=codes).order_by().values_list("county").annotate(Count("pk")))
    marks = shades([counts.get(code, 0) for code in codes])
    here = case.division_code[:6]
    drawn = [
        Tile(
            label=tree.name(code),
            value=counts.get(code, 0),
            href=cases_link({"division": code, "state": "open"}),
            shade=shade,
            is_here=code == here,
        )
        for code, shade in zip(codes, marks, strict=True)
    ]
    return tiles(drawn, str(bilingual("各区县未销号案件", "Open cases by county")))


def days_of(lead: Lead, now: datetime) -> SafeString:
    """On which days of the last weeks the lead mined."""
    weeks = [week_of(now - timedelta(weeks=back)) for back in range(_WEEKS)][::-1]
    title = str(bilingual("活跃日（会话数）", "Active days (sessions)"))
    counts = _sessions_by_day(lead, weeks)
    return calendar(
        weeks, counts, now.astimezone(CHINA).date(), lambda day: leads_link(day=day, filters={"q": lead.no}), title
    )


def messages_of(file: Dossier) -> list[Message]:
    """The evidence of the sessions shown, newest first."""
    found = [
        Message(at, session, one)
        for session in file.sessions
        for one in session.evidence
        if (at := _moment(one.get("at"))) is not None
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)[:MESSAGES_SHOWN]


def sum_of(file: Dossier) -> Sum | None:
    """The sessions with an estimate; what a proxy carries on is counted at the proxy. None where none bears one."""
    rows = [one for one in file.sessions if one.hashrate or one.event.body.get("energy_kwh")]
    if not rows:
        return None
    own = [one.event.body.get("energy_kwh") for one in rows if not one.event.body.get("counted_in")]
    energies = [one for one in own if one]
    return Sum(
        tuple(rows),
        sum(one["low"] for one in energies),
        sum(one["high"] for one in energies),
        sum(one.get("hours") or 0.0 for one in energies),
    )


def sources_of(lead: Lead, person: Viewer) -> tuple[float, list[SourceView]]:
    """How sure all sources together are (0 to 1), and each; what only an office may look at is linked for it alone."""
    rows = list(LeadSource.objects.filter(lead__in=family_of(lead)).order_by("-last_at")[:_SOURCES])
    codes = [row.reference for row in rows if row.kind == SourceKind.TIP_OFF]
    found = TipOff.objects.filter(within("division_code", Scope(person.reads.roots)), code__in=codes)
    told = dict(found.values_list("code", "pk")) if codes and person.is_office else {}
    meters = judged_of([row.reference for row in rows if row.kind == SourceKind.ELECTRICITY])
    shown = [_source(row, person, told) for row in rows]
    return agreement_of(lead).score, [replace(one, told=meters.get(one.reference, "")) for one in shown]


def _moment(text: object) -> datetime | None:
    """A time of the wire; what names no zone is UTC. None for what is no time."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _source(row: LeadSource, person: Viewer, told: Mapping[str, int]) -> SourceView:
    kind, reference, href = SourceKind(row.kind), row.reference, ""
    if kind is SourceKind.TIP_OFF:
        number = told.get(row.reference)
        reference = str(number) if number else ""
        href = reverse("console:tip-off", args=[number]) if number else ""
    elif kind is SourceKind.ELECTRICITY and person.is_office and row.reference:
        href = reverse("console:meter", args=[row.reference])
    return SourceView(str(kind.label), reference, href, row.first_at, row.last_at)


def _neighbours(code: str) -> Sequence[str]:
    """The counties of the same city as they are registered; the division itself among them."""
    if not is_code(code[:6]):
        return ()
    here = code[:6]
    above = parent_of(here) if level_of(here) is DivisionLevel.COUNTY else here
    below = Division.objects.filter(parent=above, valid_to__isnull=True).order_by("code")
    found = list(dict.fromkeys(below.values_list("code", flat=True)[:_TILES]))
    return found if here in found else [here, *found]


def _sessions_by_day(lead: Lead, weeks: Sequence[Week]) -> dict[date, int]:
    rows = lead.sessions.filter(first_seen__lt=weeks[-1].end, last_seen__gte=weeks[0].start).order_by("-last_seen")
    counts: dict[date, int] = {}
    for first, last in rows.values_list("first_seen", "last_seen")[:_SPANS]:
        day = max(timezone.localtime(first, CHINA).date(), weeks[0].monday)
        while day <= timezone.localtime(last, CHINA).date():
            counts[day] = counts.get(day, 0) + 1
            day += timedelta(days=1)
    return counts
