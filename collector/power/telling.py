"""How does a suspicious meter become a source of a lead? By an office's word, at the site's unit, once per meter."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from collector.cases.choices import SourceKind
from collector.cases.models import Lead
from collector.cases.naming import Named
from collector.cases.sources import Report, note_source, report
from collector.power.compare import span
from collector.power.judging import Judged
from collector.power.models import MeterWeek
from collector.power.suspects import suspects
from collector.power.weeks import compare_again
from collector.registry.models import Site


@transaction.atomic
def tell_suspects(division_code: str, first: date, last: date) -> list[tuple[Judged, Lead]]:
    """Note every suspect of the days with its unit's lead; a meter whose site nobody knows speaks of nobody."""
    found = [one for one in suspects(division_code, first, last) if one.site]
    return [(one, tell(one.curve.meter_no, one.curve.first, one.curve.last, one.site)) for one in found if one.site]


@transaction.atomic
def tell_weeks(rows: QuerySet[MeterWeek], now: datetime) -> list[Lead]:
    """The same of what was judged already; afterwards the rows know the leads that this made."""
    found = rows.exclude(site=None).select_related("site__organisation")
    leads = [tell(row.meter_no, row.first, row.last, row.site) for row in found if row.site]
    compare_again(rows, now)
    return leads


def tell(meter_no: str, first: date, last: date, site: Site) -> Lead:
    """Note one meter with the lead of its site's unit, made when nobody else saw it; in a transaction."""
    unit, (start, end) = site.organisation, span(first, last)
    who = Named(uscc=unit.uscc or "", unit_name=unit.name, place=site.division_code)
    said = Report(SourceKind.ELECTRICITY, meter_no, end, who, site.division_code, site.address)
    lead = report(said)
    note_source(lead, SourceKind.ELECTRICITY, meter_no, start, end)
    return lead
