"""How does a suspicious meter become a source of a lead? By an office's word, at the site's unit, once per meter."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from collector.cases.choices import SourceKind
from collector.cases.models import Lead
from collector.cases.naming import Named
from collector.cases.sources import Report, note_source, report
from collector.power.suspects import Judged, suspects
from collector.registry.imports.cells import SHANGHAI
from collector.registry.models import Site


@transaction.atomic
def tell_suspects(division_code: str, first: date, last: date) -> list[tuple[Judged, Lead]]:
    """Note every suspect of the days with its unit's lead; a meter whose site nobody knows speaks of nobody."""
    return [(judged, tell(judged, judged.site)) for judged in suspects(division_code, first, last) if judged.site]


@transaction.atomic
def tell(judged: Judged, site: Site) -> Lead:
    """Note one meter with the lead of its site's unit, made when nobody else saw it."""
    unit, curve = site.organisation, judged.curve
    start, end = _midnight(curve.first), _midnight(curve.last + timedelta(days=1))
    who = Named(uscc=unit.uscc or "", unit_name=unit.name, place=site.division_code)
    said = Report(SourceKind.ELECTRICITY, curve.meter_no, end, who, site.division_code, site.address)
    lead = report(said)
    note_source(lead, SourceKind.ELECTRICITY, curve.meter_no, start, end)
    return lead


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), SHANGHAI)
