"""Which ownership records speak about an address in a span of time?"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from collector.ingest.models import Detection
from collector.registry.addresses import covering_los
from collector.registry.models import Organisation, OwnershipRecord
from collector.resolve.holding import Claim, Question
from collector.resolve.options import ResolveOptions

log = logging.getLogger(__name__)


def question_of(event: Detection, options: ResolveOptions) -> Question:
    """The question that a detection puts: its address, source ports and time."""
    clock_error_ms = event.body.get("clock_error_ms") or 0.0
    seen = event.body.get("miner", {}).get("ports_seen", [])
    return Question(
        ip_key=bytes(event.miner_ip_key),
        ports=frozenset(port for port in (event.miner_port, *seen) if port),
        first=event.first_seen,
        last=event.last_seen,
        slack=timedelta(seconds=options.clock_slack_s, milliseconds=abs(clock_error_ms)),
    )


def claims_for(event: Detection, question: Question, options: ResolveOptions) -> list[Claim]:
    """Records whose block holds the address and whose interval meets the widened span, longest prefix first."""
    start, end = question.first - question.slack, question.last + question.slack
    records = list(
        _valid_between(start, end)
        .filter(ip_lo__in=covering_los(event.miner_ip), ip_hi__gte=question.ip_key)
        .order_by("-ip_lo", "ip_hi", "-valid_from", "-pk")[: options.max_records + 1]
    )
    if len(records) > options.max_records:
        log.warning("more than %d ownership records for one detection; shortest prefixes left out", options.max_records)
    claims = [_claim(record) for record in records[: options.max_records]]
    return _with_organisations([_named_through_subscriber(claim, start, end) for claim in claims])


def _valid_between(start: datetime, end: datetime) -> QuerySet[OwnershipRecord]:
    alive = Q(valid_to__isnull=True) | Q(valid_to__gte=start)
    return OwnershipRecord.objects.filter(alive, valid_from__lte=end).select_related("batch", "organisation")


def _claim(record: OwnershipRecord) -> Claim:
    batch, organisation = record.batch, record.organisation
    return Claim(
        record_id=record.pk,
        source=record.source,
        reference=f"{batch.no} #{record.row_no}" if batch else "",
        network=record.network,
        ip_lo=bytes(record.ip_lo),
        ip_hi=bytes(record.ip_hi),
        valid_from=record.valid_from,
        valid_to=record.valid_to,
        imported_at=(batch or record).created_at,
        port_lo=record.port_lo,
        port_hi=record.port_hi,
        subscriber=record.subscriber,
        organisation_id=organisation.pk if organisation else None,
        unit_name=record.unit_name or (organisation.name if organisation else ""),
        uscc=record.uscc or (organisation.uscc or "" if organisation else ""),
        nature=organisation.nature if organisation else "",
        address=record.address,
        division_code=record.division_code,
    )


def _named_through_subscriber(claim: Claim, start: datetime, end: datetime) -> Claim:
    """An account without a unit takes the unit of another record of the same account that was valid then."""
    if claim.unit_name or claim.uscc or not claim.subscriber:
        return claim
    named = ~Q(unit_name="") | ~Q(uscc="") | Q(organisation__isnull=False)
    record = (
        _valid_between(start, end).filter(named, subscriber=claim.subscriber).order_by("-valid_from", "-pk").first()
    )
    if record is None:
        return claim
    other = _claim(record)
    return replace(
        claim,
        unit_name=other.unit_name,
        uscc=other.uscc,
        organisation_id=other.organisation_id,
        nature=other.nature,
        address=claim.address or other.address,
        division_code=claim.division_code or other.division_code,
        through_subscriber=True,
    )


def _with_organisations(claims: list[Claim]) -> list[Claim]:
    """Link claims that only bear a USCC to the organisation in the registry."""
    codes = {claim.uscc for claim in claims if claim.uscc and claim.organisation_id is None}
    known = {unit.uscc: unit for unit in Organisation.objects.filter(uscc__in=codes)} if codes else {}
    return [_linked(claim, known.values()) for claim in claims]


def _linked(claim: Claim, known: Iterable[Organisation]) -> Claim:
    unit = next((unit for unit in known if unit.uscc == claim.uscc), None)
    if unit is None or claim.organisation_id is not None:
        return claim
    return replace(claim, organisation_id=unit.pk, nature=unit.nature, unit_name=claim.unit_name or unit.name)
