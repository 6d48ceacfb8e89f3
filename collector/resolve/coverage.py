"""Was a park really watched? How much of it sensors covered, for how long, and how many of its addresses mined.

Zero hits prove something only where a healthy sensor watched all the time.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from collector.accounts.scope import Scope, within
from collector.ingest.choices import DetectionVerdict
from collector.ingest.models import Detection, SensorHealth
from collector.registry.addresses import Network, network_keys
from collector.registry.imports.cells import SHANGHAI
from collector.registry.models import Park, ParkPrefix

MAX_BEATS = 200_000
"""Heartbeats looked at for one report; with one a minute that is a week of twenty sensors."""


@dataclass(frozen=True, slots=True)
class PrefixCoverage:
    """One block of a park in a span of time."""

    network: str
    watched_s: float
    """Seconds in which one sensor at least covered the whole block and dropped nothing."""
    span_s: float
    hits: int
    """Addresses of the block with a detection that is more than a suspicion."""

    @property
    def share(self) -> float:
        """0..1 of the span."""
        return self.watched_s / self.span_s if self.span_s else 0.0


def sweep(scope: Scope, start: datetime, end: datetime) -> Iterator[tuple[Park, PrefixCoverage]]:
    """Every block of every park of a scope, park by park: what was not watched is told like the rest."""
    for park in Park.objects.filter(within("division_code", scope)).order_by("division_code", "name"):
        for block in park_coverage(park, start, end):
            yield park, block


def days(first: date, last: date) -> tuple[datetime, datetime]:
    """The span of days in China, ``last`` included."""
    midnight = datetime.min.time()
    return datetime.combine(first, midnight, SHANGHAI), datetime.combine(last + timedelta(days=1), midnight, SHANGHAI)


def park_coverage(park: Park, start: datetime, end: datetime) -> list[PrefixCoverage]:
    """Every block of the park that is valid at ``end``, in the order of addresses."""
    prefixes = [prefix for prefix in park.prefixes.order_by("ip_lo") if _is_valid(prefix, end)]
    beats = list(
        SensorHealth.objects.filter(t1__gt=start, t0__lt=end)
        .order_by("t0")
        .values_list("t0", "t1", "kernel_drops", "shed", "body__covered_networks")[:MAX_BEATS]
    )
    spans = [(t0, t1, _networks(covered)) for t0, t1, drops, shed, covered in beats if not (drops or shed)]
    return [_of_prefix(prefix, spans, start, end) for prefix in prefixes]


def _is_valid(prefix: ParkPrefix, moment: datetime) -> bool:
    day = moment.date()
    return prefix.valid_from <= day and (prefix.valid_to is None or day < prefix.valid_to)


def _networks(texts: object) -> list[Network]:
    found = []
    for text in texts if isinstance(texts, list) else []:
        try:
            found.append(ipaddress.ip_network(str(text)))
        except ValueError:
            continue
    return found


def _of_prefix(
    prefix: ParkPrefix, spans: Sequence[tuple[datetime, datetime, list[Network]]], start: datetime, end: datetime
) -> PrefixCoverage:
    block = ipaddress.ip_network(prefix.network)
    watched = _union((max(t0, start), min(t1, end)) for t0, t1, covered in spans if _holds(covered, block))
    hits = (
        Detection.objects.filter(
            miner_ip_key__gte=bytes(prefix.ip_lo), miner_ip_key__lte=bytes(prefix.ip_hi), last_seen__gte=start
        )
        .filter(first_seen__lt=end)
        .exclude(verdict=DetectionVerdict.SUSPECTED)
    )
    count = hits.values("miner_ip_key").distinct().count()
    return PrefixCoverage(prefix.network, watched.total_seconds(), (end - start).total_seconds(), count)


def _holds(covered: Iterable[Network], block: Network) -> bool:
    low, high = network_keys(block)
    return any(first <= low and high <= last for first, last in map(network_keys, covered))


def _union(spans: Iterable[tuple[datetime, datetime]]) -> timedelta:
    """Time in any of the spans, which come in the order of their starts."""
    total, reached = timedelta(0), None
    for start, end in spans:
        begins = start if reached is None else max(start, reached)
        if end > begins:
            total += end - begins
        reached = end if reached is None else max(reached, end)
    return total
