"""Who says so? Independent sources of one lead, and where they agree or stand alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from collector.accounts.scope import Scope, within
from collector.cases.choices import SourceKind
from collector.cases.models import Lead, LeadSource
from collector.cases.naming import Named, lead_key
from collector.registry.imports.changes import note_created
from collector.registry.models import ImportBatch
from collector.registry.numbers import hold, last_of, next_number

WEIGHTS: Mapping[SourceKind, float] = {
    SourceKind.SENSOR: 0.80,
    SourceKind.STATE_LIST: 0.70,
    SourceKind.PROVINCE_LIST: 0.70,
    SourceKind.ELECTRICITY: 0.40,
    SourceKind.TIP_OFF: 0.30,
    SourceKind.EQUIPMENT: 0.0,
}
"""How much one source alone says of mining; who makes or sells miners has a case, and need not mine."""
FAMILIES: Mapping[SourceKind, str] = {
    SourceKind.SENSOR: "own",
    SourceKind.STATE_LIST: "upper",
    SourceKind.PROVINCE_LIST: "upper",
    SourceKind.ELECTRICITY: "power",
    SourceKind.TIP_OFF: "public",
    SourceKind.EQUIPMENT: "trade",
}
"""Sources of one family repeat each other (a province passes on the state's list): they count once."""
MAX_MERGED = 1_000


@dataclass(frozen=True, slots=True)
class Report:
    """What another source than the sensors says: at least an address, a unit or a subscriber."""

    kind: SourceKind
    reference: str
    at: datetime
    who: Named
    division_code: str = ""
    address: str = ""
    key: str = ""
    """The lead's key where nobody is named: a caller may know a place alone."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Which kinds of source speak of a lead."""

    lead: Lead
    kinds: tuple[str, ...]
    score: float


@transaction.atomic
def report(said: Report) -> Lead:
    """Note a source with the lead it speaks of, made when nobody else saw it. Saying it twice changes nothing."""
    hold("leads")
    lead = lead_named(said.key or lead_key(said.who), said.who, said.at, said.at)
    if not lead.detections and not lead.sources.exists():
        lead.division_code, lead.address = said.division_code, said.address
        lead.save(update_fields=["division_code", "address"])
    note_source(lead, said.kind, said.reference, said.at, said.at)
    return lead


def note_source(lead: Lead, kind: SourceKind, reference: str, first: datetime, last: datetime) -> None:
    """Widen what a source says of a lead to ``first`` … ``last``."""
    row, is_new = LeadSource.objects.get_or_create(
        lead=lead, kind=kind.value, reference=reference, defaults={"first_at": first, "last_at": last}
    )
    if not is_new and (first < row.first_at or last > row.last_at):
        row.first_at, row.last_at = min(first, row.first_at), max(last, row.last_at)
        row.save(update_fields=["first_at", "last_at"])


@transaction.atomic
def report_in(batch: ImportBatch, said: Report) -> Lead:
    """As ``report``, from a file: what is new is noted, so that undoing the file takes it away again."""
    hold("leads")
    last_lead = Lead.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    spoken = LeadSource.objects.filter(kind=said.kind.value, reference=said.reference)
    known = set(spoken.values_list("pk", flat=True))
    lead = report(said)
    if lead.pk > last_lead:
        note_created(batch, [lead])
    note_created(batch, lead.sources.filter(kind=said.kind.value, reference=said.reference).exclude(pk__in=known))
    return lead


def move_source(kind: SourceKind, reference: str, lead: Lead) -> list[Lead]:
    """Let one source speak of ``lead`` alone; answers the leads that it spoke of before. Inside a transaction."""
    rows = list(
        LeadSource.objects.filter(kind=kind.value, reference=reference).exclude(lead=lead).select_related("lead")
    )
    for row in rows:
        note_source(lead, kind, reference, row.first_at, row.last_at)
        row.delete()
    return [row.lead for row in rows]


def move_sources(former: Lead, lead: Lead) -> None:
    """Let what others said of a lead count for the one that all its sessions went to."""
    for row in former.sources.exclude(kind=SourceKind.SENSOR):
        note_source(lead, SourceKind(row.kind), row.reference, row.first_at, row.last_at)
        row.delete()


def lead_named(key: str, who: Named, first: datetime, last: datetime) -> Lead:
    """The lead of a key, made when new. Inside a transaction that holds ``leads``."""
    known = Lead.objects.filter(key=key).first()
    if known is not None:
        return known
    prefix = f"L{timezone.localtime(first).year}-"
    return Lead.objects.create(
        no=next_number(prefix, lambda: last_of(Lead, prefix)),
        key=key,
        ip=who.ip or None,
        unit_name=who.unit_name,
        uscc=who.uscc,
        subscriber=who.subscriber,
        division_code=who.place,
        first_seen=first,
        last_seen=last,
    )


def agreement(scope: Scope, only_by: SourceKind | None = None, limit: int = 1_000) -> list[Agreement]:
    """Leads within a scope with their sources, the surest first; ``only_by``: seen by that kind alone."""
    leads = Lead.objects.filter(within("division_code", scope, "uscc"), merged_into__isnull=True)
    rows = (row for row in _agreements(leads) if only_by is None or row.kinds == (only_by.value,))
    return sorted(islice(rows, limit), key=lambda row: (-row.score, row.lead.no))


def agreement_of(lead: Lead) -> Agreement:
    """The sources of one lead and of those merged into it."""
    kinds = tuple(sorted(set(LeadSource.objects.filter(lead__in=family_of(lead)).values_list("kind", flat=True))))
    return Agreement(lead, kinds, score_of(kinds))


def independent_families(lead: Lead) -> set[str]:
    """Families of sources that speak of a lead."""
    return {FAMILIES[SourceKind(kind)] for kind in agreement_of(lead).kinds}


def score_of(kinds: Iterable[str]) -> float:
    """Noisy-or over independent families, 0..1: each says something alone, together they say more."""
    best: dict[str, float] = {}
    for kind in map(SourceKind, kinds):
        best[FAMILIES[kind]] = max(best.get(FAMILIES[kind], 0.0), WEIGHTS[kind])
    return round(1 - math.prod(1 - weight for weight in best.values()), 4)


def head_of(lead: Lead) -> Lead:
    """The lead that this one was merged into in the end; itself when it was not."""
    for _ in range(MAX_MERGED):
        if lead.merged_into is None:
            break
        lead = lead.merged_into
    return lead


def family_of(lead: Lead) -> list[Lead]:
    """A lead and all that were merged into it."""
    found = [lead]
    for one in found:
        if len(found) < MAX_MERGED:
            found.extend(one.merged.all())
    return found


def _agreements(leads: QuerySet[Lead]) -> Iterator[Agreement]:
    with_sources = leads.prefetch_related(Prefetch("sources"), Prefetch("merged"))
    for lead in with_sources.order_by("no").iterator(chunk_size=500):
        if lead.merged.all():
            yield agreement_of(lead)
            continue
        kinds = tuple(sorted({source.kind for source in lead.sources.all()}))
        yield Agreement(lead, kinds, score_of(kinds))
