"""Which sessions need a trace, and how do they become requests: one per party, each question once?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, islice

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from collector.ingest.models import Detection
from collector.registry.divisions import subtree_prefix
from collector.registry.numbers import hold, last_of, next_number
from collector.resolve.choices import Status
from collector.resolve.claims import question_of
from collector.resolve.models import Attribution
from collector.resolve.options import ResolveOptions, current_options
from collector.trace.choices import Step
from collector.trace.models import TraceItem, TraceRequest

MAX_ITEMS = 10_000
"""Questions in one request; what is more goes into the next."""
MAX_PORTS = 4
"""Source ports asked for per session: one is enough for a carrier, a few more help where its log has gaps."""
UNKNOWN_CARRIER = "未知运营商"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sessions to ask about. ``division`` 000000: everywhere; ``recipient`` "": every carrier, each its own."""

    step: Step = Step.CARRIER
    recipient: str = ""
    division: str = "000000"
    since: datetime | None = None
    until: datetime | None = None


@transaction.atomic
def request_traces(wanted: Wanted, due: date | None = None, user: User | None = None) -> list[TraceRequest]:
    """Make requests for the sessions that need one and have none; a second call makes none."""
    options = current_options()
    # Two that ask at once would put the same question twice.
    hold("traces")
    sessions = sorted(_sessions(wanted), key=lambda one: (_recipient(one, wanted), one.event.first_seen, one.pk))
    requests = []
    for recipient, of_party in groupby(sessions, key=lambda one: _recipient(one, wanted)):
        questions = (question for session in of_party for question in _questions(session.event, options))
        while chunk := list(islice(questions, MAX_ITEMS)):
            requests.append(_request(wanted.step, recipient, chunk, due, user))
    return requests


def overview(limit: int) -> Sequence[TraceRequest]:
    """The newest requests with ``asked`` and ``answered`` questions."""
    answered = Count("items", filter=~Q(items__user_type=""))
    return list(TraceRequest.objects.annotate(asked=Count("items"), answered=answered).order_by("-pk")[:limit])


def _sessions(wanted: Wanted) -> QuerySet[Attribution]:
    """Nobody or two named for a carrier's question; a unit named for the question to it."""
    asked = TraceItem.objects.filter(detection_id=OuterRef("detection_id"), request__step=wanted.step)
    found = Attribution.objects.filter(~Exists(asked), is_current=True).select_related("event__sensor")
    if wanted.step == Step.CARRIER:
        found = found.filter(status__in=(Status.UNKNOWN, Status.CONFLICT))
        if wanted.recipient:
            found = found.filter(event__sensor__operator=wanted.recipient)
    else:
        is_unit = Q(unit_name=wanted.recipient) | Q(uscc=wanted.recipient)
        found = found.filter(is_unit, status__in=(Status.AUTO, Status.CONFIRMED))
    if prefix := subtree_prefix(wanted.division):
        found = found.filter(event__sensor__division_code__startswith=prefix)
    if wanted.since is not None:
        found = found.filter(event__last_seen__gte=wanted.since)
    return found.filter(event__first_seen__lt=wanted.until) if wanted.until is not None else found


def _recipient(session: Attribution, wanted: Wanted) -> str:
    if wanted.step == Step.UNIT:
        return session.unit_name or wanted.recipient
    return session.event.sensor.operator or UNKNOWN_CARRIER


def _questions(event: Detection, options: ResolveOptions) -> Iterator[TraceItem]:
    question = question_of(event, options)
    transport = event.body.get("transport") or {}
    ports: list[int | None] = [*sorted(question.ports)[:MAX_PORTS]]
    for port in ports or [None]:
        yield TraceItem(
            detection_id=event.detection_id,
            event=event,
            ip=event.miner_ip,
            protocol=str(transport.get("l4") or "tcp")[:8],
            port=port,
            t0=question.first,
            t1=question.last,
            clock_error_ms=round(question.slack.total_seconds() * 1000),
        )


def _request(
    step: Step, recipient: str, items: Sequence[TraceItem], due: date | None, user: User | None
) -> TraceRequest:
    prefix = f"T{timezone.localdate():%Y}-"
    no = next_number(prefix, lambda: last_of(TraceRequest, prefix))
    request = TraceRequest.objects.create(no=no, step=step, recipient=recipient, due=due, user=user)
    for position, item in enumerate(items):
        item.request = request
        item.row_id = hashlib.sha256(f"{request.no} {position} {item.detection_id}".encode()).hexdigest()[:16]
    TraceItem.objects.bulk_create(items, batch_size=500)
    return request
