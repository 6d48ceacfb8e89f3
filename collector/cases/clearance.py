"""Is a lead silent, and was anybody listening? Silence proves something only where a healthy sensor looked."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from collector.cases.book import enter, state_of
from collector.cases.casework import refer_hijacked
from collector.cases.choices import CLAIMS, Action, Cause, Proof
from collector.cases.ledger import utc
from collector.cases.models import Lead, LeadSession
from collector.cases.sources import family_of
from collector.cases.tables import Case
from collector.ingest.models import Detection, Sensor, SensorHealth
from collector.settings.cases import CasesOptions

MAX_ADDRESSES = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that speaks against a proof. ``code`` is stable; the words are for people."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Clearance:
    """What a check found for the time ``since`` … ``until``; no findings: proven."""

    proof: Proof
    since: datetime
    until: datetime
    sensors: tuple[str, ...]
    findings: tuple[Finding, ...]


def check(lead: Lead, now: datetime, options: CasesOptions) -> Clearance:
    """Whether the lead was silent for the days asked for, under the eyes of every sensor that knew it."""
    since = now - timedelta(days=options.silent_days)
    seen = list(_seen(lead, since))
    addresses, sensors = _places(lead)
    if any(finding.code == "mining" for finding in seen):
        return Clearance(Proof.ACTIVE, since, now, _names(sensors), tuple(seen))
    listening = [fault for sensor in sensors for fault in _deafness(sensor, addresses, (since, now), options)]
    if not sensors:
        listening.append(Finding("no-sensor", "没有探针观测过该线索", "no sensor has ever seen this lead"))
    findings = (*seen, *_unplaced(addresses, since), *listening)
    return Clearance(Proof.UNVERIFIABLE if findings else Proof.PROVEN, since, now, _names(sensors), findings)


@transaction.atomic
def clear(no: str, actor: str, now: datetime, options: CasesOptions) -> Case:
    """Check a case's lead and enter what was found; the case stays where it is.

    What no sensor ever saw (a tip-off, a suspicious meter) cannot fall silent: there, sealed evidence counts.
    """
    state = state_of(no)
    found = check(Lead.objects.get(no=state.lead), now, options)
    if not found.sensors and state.evidence:
        found = replace(found, proof=Proof.ON_SITE)
    return enter(no, Action.CLEARANCE, actor, now, _body(found))


@transaction.atomic
def close(no: str, cause: Cause, actor: str, now: datetime, options: CasesOptions) -> tuple[Case, bool]:
    """Check, and close if silence is proven; else only enter the check. Answers the case, and whether it closed."""
    case = clear(no, actor, now, options)
    if case.folded["clearance"]["proof"] not in (Proof.PROVEN, Proof.ON_SITE):
        return case, False
    if case.cause != cause:
        case = enter(no, Action.SET_CAUSE, actor, now, {"cause": cause.value})
    refer_hijacked(case, actor, now)
    return enter(no, Action.CLOSE, actor, now, {"cause": cause.value}), True


def _body(found: Clearance) -> dict[str, Any]:
    return {
        "proof": found.proof.value,
        "since": utc(found.since),
        "until": utc(found.until),
        "sensors": list(found.sensors),
        "findings": [{"code": one.code, "zh": one.zh, "en": one.en} for one in found.findings],
    }


def _seen(lead: Lead, since: datetime) -> Iterator[Finding]:
    sessions = LeadSession.objects.filter(lead__in=family_of(lead), last_seen__gte=since)
    latest = sessions.filter(attribution__event__verdict__in=CLAIMS).order_by("last_seen").last()
    if latest is not None:
        at = utc(latest.last_seen)
        yield Finding("mining", f"{at} 仍有挖矿通信", f"mining was seen at {at}")
    if count := sessions.exclude(attribution__event__verdict__in=CLAIMS).count():
        yield Finding("suspected", f"期间有 {count} 个疑似会话", f"{count} suspected sessions in this time")


def _unplaced(addresses: Sequence[str], since: datetime) -> Iterator[Finding]:
    """Detections at the lead's addresses that nobody has attributed yet might be its own."""
    fresh = Detection.objects.filter(miner_ip__in=addresses, last_seen__gte=since)
    placed = LeadSession.objects.filter(detection_id__in=fresh.values("detection_id")).values("detection_id")
    count = fresh.exclude(detection_id__in=placed).values("detection_id").distinct().count()
    if count:
        yield Finding("unplaced", f"{count} 个会话尚未归属", f"{count} sessions at its addresses wait for attribution")


def _places(lead: Lead) -> tuple[list[str], list[Sensor]]:
    """The addresses it was seen at last, and every sensor that saw it."""
    events = Detection.objects.filter(attributions__lead_session__lead__in=family_of(lead))
    recent = events.order_by("-last_seen", "-pk").values_list("miner_ip", flat=True)
    addresses = list(dict.fromkeys(recent[: MAX_ADDRESSES * 5]))[:MAX_ADDRESSES]
    return addresses, list(Sensor.objects.filter(pk__in=events.values("sensor")).order_by("sensor_id"))


def _names(sensors: Iterable[Sensor]) -> tuple[str, ...]:
    return tuple(sensor.sensor_id for sensor in sensors)


@dataclass(slots=True)
class _Watch:
    """What a run over a sensor's heartbeats adds up to."""

    reached: datetime
    gap: timedelta = timedelta()
    packets: int = 0
    lost: int = 0
    is_blind: bool = False
    is_old: bool = False
    uncovered: str = ""


def _deafness(
    sensor: Sensor, addresses: Sequence[str], span: tuple[datetime, datetime], options: CasesOptions
) -> Iterator[Finding]:
    """Why a sensor's silence proves nothing."""
    name, watch = sensor.sensor_id, _watched(sensor, addresses, span, options)
    if watch.gap.total_seconds() > options.max_gap_s:
        hours = round(watch.gap.total_seconds() / 3600, 1)
        yield Finding("gap", f"探针 {name} 有 {hours} 小时无心跳", f"sensor {name} was not heard for {hours} hours")
    if watch.uncovered:
        yield Finding(
            "not-covered",
            f"探针 {name} 未覆盖 {watch.uncovered}",
            f"sensor {name} did not watch {watch.uncovered} all the time",
        )
    if watch.packets == 0:
        yield Finding("no-traffic", f"探针 {name} 未收到任何报文", f"sensor {name} saw no packet at all")
    elif watch.lost > options.max_loss_share * (watch.packets + watch.lost):
        share = f"{watch.lost / (watch.packets + watch.lost):.2%}"
        yield Finding("loss", f"探针 {name} 丢失 {share}", f"sensor {name} lost {share}")
    if watch.is_blind:
        yield Finding("source-down", f"探针 {name} 有采集口停顿", f"a source of sensor {name} was not being read")
    if watch.is_old:
        yield Finding("old-signatures", f"探针 {name} 特征库过旧", f"the signatures of sensor {name} were too old")


def _watched(
    sensor: Sensor, addresses: Sequence[str], span: tuple[datetime, datetime], options: CasesOptions
) -> _Watch:
    since, until = span
    beats = SensorHealth.objects.filter(sensor=sensor, t1__gt=since, t0__lt=until).order_by("t0", "pk")
    columns = ("t0", "t1", "packets", "kernel_drops", "shed", "signature_age_s", "body__covered_networks")
    watch = _Watch(reached=since)
    covered: dict[tuple[str, ...], str] = {}
    for t0, t1, packets, drops, shed, age_s, networks, sources in beats.values_list(*columns, "body__sources").iterator(
        chunk_size=2_000
    ):
        watch.gap = max(watch.gap, t0 - watch.reached)
        watch.reached = max(watch.reached, t1)
        watch.packets += packets
        watch.lost += drops + shed
        watch.is_old |= age_s > options.max_signature_age_days * 86_400
        watch.is_blind |= any(source.get("state") != "reading" for source in sources or ())
        key = tuple(networks or ())
        if key not in covered:
            covered[key] = _uncovered(key, addresses)
        watch.uncovered = watch.uncovered or covered[key]
    watch.gap = max(watch.gap, until - watch.reached)
    return watch


def _uncovered(networks: tuple[str, ...], addresses: Sequence[str]) -> str:
    """The first address outside the networks that a sensor watches; none given: it watches any."""
    if not networks:
        return ""
    blocks = [ipaddress.ip_network(network, strict=False) for network in networks]
    outside = (text for text in addresses if not any(ipaddress.ip_address(text) in block for block in blocks))
    return next(outside, "")
