"""How is a detection attributed, once and again after every import?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from collector.ingest.models import Detection
from collector.resolve.choices import Status
from collector.resolve.claims import Registry, question_of
from collector.resolve.foreign import foreign_sources
from collector.resolve.fuse import Group, Judgement, fuse
from collector.resolve.holding import Claim, Question, holdings
from collector.resolve.models import Assertion, Attribution
from collector.resolve.options import BASE_SCORES, FAMILIES, ResolveOptions, current_options
from collector.resolve.place import place_of
from collector.resolve.score import Scored, score
from collector.resolve.state import registry_state
from collector.resolve.units import namer_for

RESOLVE = "resolve"
"""The kind of the job that resolves what is pending."""
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Summary:
    """What one run did: sessions that had to be looked at, answers that are new or changed."""

    looked_at: int
    written: int


def resolve(event: Detection, options: ResolveOptions | None = None) -> Attribution:
    """The current attribution of a session, as of the time of ``event``, its latest statement.

    Writes a row that supersedes the former answer only when the inputs changed. An answer that a person
    confirmed stays.
    """
    options = options or current_options()
    return resolve_many([event], registry_for(options), registry_state(options))[0]


def resolve_many(events: Sequence[Detection], registry: Registry, basis: str) -> list[Attribution]:
    """As ``resolve``, for many: what the sources say is asked for all at once. ``basis`` is ``registry_state``."""
    questions = [question_of(event, registry.options) for event in events]
    told = registry.claims(questions)
    asked = zip(events, questions, told, strict=True)
    return [_settle(event, question, claims, registry.options, basis) for event, question, claims in asked]


def registry_for(options: ResolveOptions) -> Registry:
    """The registry as it is now, and the sources outside it that this installation has."""
    return Registry(options, foreign_sources(settings.COLLECTOR.attribution))


def judge(question: Question, claims: list[Claim], options: ResolveOptions) -> Judgement:
    """From records to a judgement, without touching the database."""
    namer = namer_for(claims)
    scored = [score(question, holding, options) for holding in holdings(question, claims, namer)]
    return fuse(scored, namer, options)


def resolve_pending(since: datetime | None = None, options: ResolveOptions | None = None) -> Summary:
    """Attribute every session seen at or after ``since`` (all, when None); a second run writes nothing.

    A session without a new statement is looked at again only when registry or options changed since.
    """
    options = options or current_options()
    started = Attribution.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    basis = registry_state(options)
    registry = registry_for(options)
    looked_at = 0
    for ids in _parts(_pending(basis, since)):
        events = list(latest_events(ids, since))
        resolve_many(events, registry, basis)
        looked_at += len(events)
    return Summary(looked_at, Attribution.objects.filter(pk__gt=started).count())


def latest_events(detection_ids: Sequence[str], since: datetime | None = None) -> Iterator[Detection]:
    """The latest statement, seen at or after ``since``, of each of these sessions."""
    events = _seen(since).filter(detection_id__in=detection_ids).select_related("sensor")
    ordered = events.order_by("detection_id", "last_seen", "pk")
    for _, of_session in groupby(ordered, key=lambda event: event.detection_id):
        *_, latest = of_session
        yield latest


@transaction.atomic
def _settle(
    event: Detection, question: Question, claims: list[Claim], options: ResolveOptions, basis: str
) -> Attribution:
    current = Attribution.objects.filter(detection_id=event.detection_id, is_current=True).first()
    if current is not None and current.status == Status.CONFIRMED:
        return current
    digest = _digest(event, question, claims, options)
    if current is not None and current.inputs_digest == digest:
        Attribution.objects.filter(pk=current.pk).update(basis=basis)
        return current
    return _write(event, judge(question, claims, options), (digest, basis), current)


def _seen(since: datetime | None) -> QuerySet[Detection]:
    return Detection.objects.all() if since is None else Detection.objects.filter(last_seen__gte=since)


def _pending(basis: str, since: datetime | None) -> Iterator[str]:
    """Sessions whose answer does not stand: none, checked against another state, or of an older statement.

    Found by keys alone: statements are many and long, and most were answered long ago. What a person confirmed stands.
    """
    is_of_this = Q(event__last_seen=OuterRef("last_seen"), event_id__gte=OuterRef("pk"))
    is_checked = Q(basis=basis) & (Q(event__last_seen__gt=OuterRef("last_seen")) | is_of_this)
    current = Attribution.objects.filter(detection_id=OuterRef("detection_id"), is_current=True)
    standing = current.filter(is_checked | Q(status=Status.CONFIRMED))
    ids = _seen(since).filter(~Exists(standing)).order_by("detection_id").values_list("detection_id", flat=True)
    return ids.distinct().iterator(chunk_size=_CHUNK)


def _parts(ids: Iterator[str]) -> Iterator[list[str]]:
    while part := list(islice(ids, _CHUNK)):
        yield part


def _digest(event: Detection, question: Question, claims: list[Claim], options: ResolveOptions) -> str:
    chosen = {field.name: getattr(options, field.name) for field in fields(options)}
    stated = [asdict(claim) for claim in claims]
    inputs = [event.sensor.division_code, asdict(question), stated, chosen, dict(BASE_SCORES), dict(FAMILIES)]
    return hashlib.sha256(json.dumps(inputs, default=_plain, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    return value.hex() if isinstance(value, bytes) else str(value)


def _write(event: Detection, judgement: Judgement, inputs: tuple[str, str], former: Attribution | None) -> Attribution:
    if former is not None:
        Attribution.objects.filter(pk=former.pk).update(is_current=False)
    place = place_of(event, judgement)
    attribution = Attribution.objects.create(
        detection_id=event.detection_id,
        event=event,
        supersedes=former,
        status=judgement.status,
        rivals=[_rival(group) for group in judgement.rivals],
        address=place.address,
        division_code=place.division_code,
        inputs_digest=inputs[0],
        basis=inputs[1],
        **_named(judgement.winner),
    )
    chosen = set(judgement.winner.members) if judgement.winner else set()
    members = [one for group in judgement.groups for one in group.members]
    Assertion.objects.bulk_create(_assertion(attribution, one, one in chosen) for one in members)
    return attribution


def _named(winner: Group | None) -> dict[str, Any]:
    if winner is None:
        return {"confidence": 0.0}
    claims = [one.claim for one in winner.members]
    sources = dict.fromkeys(claim.source for claim in claims)
    return {
        "confidence": winner.confidence,
        "method": "+".join(sources),
        "organisation_id": next((claim.organisation_id for claim in claims if claim.organisation_id), None),
        **{name: _first(claims, name) for name in ("unit_name", "uscc", "nature", "subscriber")},
    }


def _first(claims: list[Claim], name: str) -> str:
    return next((str(value) for claim in claims if (value := getattr(claim, name))), "")


def _rival(group: Group) -> dict[str, str]:
    claims = [one.claim for one in group.members]
    unit = _first(claims, "unit_name") or _first(claims, "uscc")
    return {"unit": unit, "account": "" if unit else _first(claims, "subscriber")}


def _assertion(attribution: Attribution, one: Scored, chosen: bool) -> Assertion:
    claim = one.claim
    copied = ("reference", "source", "network", "port_lo", "port_hi", "valid_from", "valid_to")
    named = ("unit_name", "uscc", "subscriber", "address", "division_code")
    return Assertion(
        attribution=attribution,
        record_id=claim.record_id,
        match=one.holding.match,
        base=one.base,
        score=one.score,
        chosen=chosen,
        reasons=[asdict(reason) for reason in one.reasons],
        **{name: getattr(claim, name) for name in (*copied, *named)},
    )
