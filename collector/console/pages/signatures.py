"""Which signatures are at work, on which sensors, how old are they, and what have they found?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from collector.accounts.scope import Scope, within
from collector.cases.models import LeadSession
from collector.console.access import need, page, viewer
from collector.console.pages.sensors import MAX_SIGNATURE_AGE, visible
from collector.ingest.models import SensorHealth, SignatureInventory
from collector.text import bilingual
from collector.watch.choices import ProposalState
from collector.watch.models import Proposal

HITS_OF = timedelta(days=30)
_SENSORS_LOOKED_AT = 2_000
_KINDS: Mapping[str, Any] = {
    "": bilingual("不分方言", "of no one dialect"),
    "indicator:pool": bilingual("矿池域名与地址", "Pool names and addresses"),
    "indicator:proxy": bilingual("矿池代理域名与地址", "Proxy names and addresses"),
    "indicator:browser-miner": bilingual("网页挖矿域名", "Names of browser miners"),
    "indicator:donate": bilingual("捐赠地址", "Donation addresses"),
    "indicator:site": bilingual("矿池网站（仅用于识别运营方）", "Pool web sites (name the operator only)"),
}


@dataclass(frozen=True, slots=True)
class LoadedSet:
    """A set and the sensors that have it; ``age_days`` since its newest change, as of the last heartbeat."""

    fingerprint: str
    sensors: tuple[tuple[int, str], ...]
    age_days: int
    heard_at: datetime
    is_old: bool
    is_newest: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What a set holds for one dialect, and what was found with it."""

    name: str
    title: str
    signatures: int
    entries: int
    changed: date
    verified: int | None
    hits: int
    last: datetime | None


@page("GET")
def signatures(request: HttpRequest) -> HttpResponse:
    """The sets at work; ``?set=`` (the beginning of a fingerprint) chooses whose parts are shown."""
    reads = viewer(request).reads
    need(viewer(request).is_office)
    now = timezone.now()
    sets = loaded(reads)
    shown = next((one for one in sets if one.fingerprint.startswith(request.GET.get("set", ""))), None)
    hits = hits_by_dialect(reads, now - HITS_OF)
    context = {
        "sets": sets,
        "shown": shown,
        "parts": parts_of(shown.fingerprint, hits) if shown else [],
        "unnamed": hits.get("", (0, None)),
        "days": HITS_OF.days,
        "max_age": MAX_SIGNATURE_AGE.days,
        "waiting": Proposal.objects.filter(state=ProposalState.PROPOSED).count(),
    }
    return render(request, "console/signatures.html", context)


def loaded(scope: Scope) -> list[LoadedSet]:
    """The sets of the scope's sensors, the newest first."""
    latest = SensorHealth.objects.filter(sensor=OuterRef("pk")).order_by("-t1").values("pk")[:1]
    beats = visible(scope).annotate(beat=Subquery(latest)).values_list("beat", flat=True)[:_SENSORS_LOOKED_AT]
    rows = SensorHealth.objects.filter(pk__in=[one for one in beats if one]).select_related("sensor")
    groups: dict[str, list[SensorHealth]] = {}
    for row in rows.order_by("sensor__sensor_id"):
        groups.setdefault(row.signature_fingerprint, []).append(row)
    newest = max((_changed_at(found) for found in groups.values()), default=None)
    sets = [_set(fingerprint, found, newest) for fingerprint, found in groups.items()]
    return sorted(sets, key=lambda one: (one.age_days, one.fingerprint))


def hits_by_dialect(scope: Scope, since: datetime) -> dict[str, tuple[int, datetime | None]]:
    """How many confirmed or probable sessions of each dialect the scope's leads have, and when last.

    "": whatever was found by name or address alone. Counted where leads are looked for, so that each count leads to
    its leads; sensors see far more statements than there are sessions.
    """
    rows = (
        LeadSession.objects.filter(within("lead__division_code", scope), last_seen__gte=since)
        .filter(Q(is_claim=True) | Q(dialect=""))
        .values("dialect")
        .annotate(hits=Count("pk"), last=Max("last_seen"))
        .order_by()
    )
    return {row["dialect"]: (row["hits"], row["last"]) for row in rows}


def parts_of(fingerprint: str, hits: Mapping[str, tuple[int, datetime | None]]) -> list[Part]:
    """A set's parts, dialects first; none where no sensor told what it holds."""
    known = SignatureInventory.objects.filter(fingerprint=fingerprint).first()
    parts = [_part(row, hits) for row in known.parts] if known else []
    return sorted(parts, key=lambda one: (one.name in _KINDS, -one.hits, one.name))


def _set(fingerprint: str, rows: Sequence[SensorHealth], newest: datetime | None) -> LoadedSet:
    heard = max(rows, key=lambda row: row.t1)
    return LoadedSet(
        fingerprint=fingerprint,
        sensors=tuple((row.sensor_id, row.sensor.sensor_id) for row in rows),
        age_days=heard.signature_age_s // 86_400,
        heard_at=heard.t1,
        is_old=heard.signature_age_s > MAX_SIGNATURE_AGE.total_seconds(),
        # Ages are told in whole seconds, some of them at other moments.
        is_newest=newest is None or newest - _changed_at(rows) < timedelta(minutes=1),
    )


def _changed_at(rows: Sequence[SensorHealth]) -> datetime:
    return max(row.t1 - timedelta(seconds=row.signature_age_s) for row in rows)


def _part(row: Mapping[str, Any], hits: Mapping[str, tuple[int, datetime | None]]) -> Part:
    name = str(row["name"])
    count, last = (0, None) if name in _KINDS else hits.get(name, (0, None))
    changed = date.fromisoformat(row["changed"])
    title = str(_KINDS.get(name, name))
    return Part(name, title, row["signatures"], row["entries"], changed, row["verified"], count, last)
