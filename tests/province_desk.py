"""What else lies on a province's desk? Tip-offs, meters, self-audits, a bulletin, trace requests and frozen lists."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import province
from django.db import connection
from django.db.models import Max
from many_rows import store

from collector.accounts.models import Office
from collector.bulletin.services import take
from collector.lists.choices import Progress
from collector.lists.models import TipOff
from collector.lists.services import freeze
from collector.lists.week import week_of
from collector.power.models import MeterReading
from collector.power.weeks import judge_days
from collector.registry.models import Organisation, Site
from collector.resolve.models import Attribution
from collector.resolve.options import current_options
from collector.resolve.state import registry_state
from collector.selfaudit.models import AuditState, SelfAudit
from collector.trace.services import Wanted, request_traces
from collector.watch.models import Endpoint, Proposal

OFFICES = (province.PROVINCE, province.CITY, province.COUNTY)
_DAYS = 30
_METER_EVERY, _TIP_EVERY, _AUDIT_EVERY, _POOL_EVERY = 20, 50, 200, 10
_TRACED = timedelta(days=28)


def work(now: datetime, weeks: int = 1) -> None:
    """Lists of the last weeks and a bulletin for every office, and requests for what a city could not locate."""
    for code in OFFICES:
        for back in reversed(range(weeks)):
            freeze(week_of(now - timedelta(weeks=back)), code, now)
        take(week_of(now), code, now)
    request_traces(Wanted(division=province.CITY, since=now - _TRACED))


def pile(leads: int, now: datetime) -> None:
    """So much more as goes with so many leads; after ``province.add`` and once there is an office."""
    # Behind what is there: the tables grow at their ends.
    first = (TipOff.objects.aggregate(last=Max("pk"))["last"] or 0) * _TIP_EVERY + 1
    everybody = range(first, first + leads)
    store(TipOff, (_tip_off(n // _TIP_EVERY, now) for n in everybody if n % _TIP_EVERY == 0))
    store(Endpoint, (_endpoint(n // _POOL_EVERY, now) for n in everybody if n % _POOL_EVERY == 0))
    store(Proposal, (_proposal(n // _POOL_EVERY, now) for n in everybody if n % _POOL_EVERY == 0))
    office = Office.objects.get(name="南湖区网信办")
    store(SelfAudit, (_audit(n // _AUDIT_EVERY, office, now) for n in everybody if n % _AUDIT_EVERY == 0))
    units = list(Organisation.objects.filter(sites=None).order_by("pk")[: leads // _METER_EVERY])
    store(Site, (_site(unit) for unit in units))
    store(MeterReading, _readings(units, now))
    judge_days(((one.meter_no, one.start) for one in _readings(units, now)), now)
    # The registers have grown: what was attributed stands all the same, or every session would be asked for again.
    Attribution.objects.update(basis=registry_state(current_options()))
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _tip_off(number: int, now: datetime) -> TipOff:
    return TipOff(
        pk=number,
        code=f"TP{number:08d}",
        channel="web",
        told_at=now - timedelta(hours=number % 2_000),
        unit_name=f"第{number}号机房",
        address=f"示范路{number}号",
        division_code=province.COUNTY,
        text="夜间噪声大，散热风扇多。",
        progress=Progress.OPEN,
    )


def _endpoint(number: int, now: datetime) -> Endpoint:
    return Endpoint(
        pk=number,
        ip=_pool(number),
        port=3333,
        first_evidence=now - timedelta(days=number % 60 + 1),
        last_evidence=now - timedelta(hours=number % 700),
        strongest="confirmed" if number % 3 else "probable",
        division_code=province.COUNTY,
        names=[f"pool-{number}.example.net"],
        own_names=[f"pool-{number}.example.net"],
        dialects=["stratum-v1"],
        coins=["BTC"],
        hosts=number % 40 + 1,
    )


def _proposal(number: int, now: datetime) -> Proposal:
    return Proposal(
        pk=number,
        kind="address",
        value=_pool(number),
        ports=[3333],
        evidence={"strongest": "confirmed", "hosts": 3, "dialects": ["stratum-v1"], "certificates": []},
        first_evidence=now - timedelta(days=number % 60 + 1),
        last_evidence=now - timedelta(hours=number % 700),
        state="accepted" if number % 4 == 0 else "proposed",
    )


def _pool(number: int) -> str:
    return f"198.{18 + number // 65_536 % 2}.{number // 256 % 256}.{number % 256}"


def _audit(number: int, office: Office, now: datetime) -> SelfAudit:
    return SelfAudit(
        pk=number,
        no=f"A{number:06d}",
        office=office,
        file_name="egress.pcap",
        file_bytes=1_000,
        sha256="0" * 64,
        state=AuditState.FAILED,
        said="the capture is cut short",
        handed_in_at=now,
    )


def _site(unit: Organisation) -> Site:
    meter = f"0573{unit.pk:08d}"
    return Site(pk=unit.pk, organisation=unit, address=unit.address, division_code=unit.division_code, meter_no=meter)


def _readings(units: Iterable[Organisation], now: datetime) -> Iterable[MeterReading]:
    midnight = now.replace(hour=16, minute=0, second=0, microsecond=0)
    for unit in units:
        for back in range(1, _DAYS + 1):
            yield MeterReading(
                pk=unit.pk * 100 + back,
                meter_no=f"0573{unit.pk:08d}",
                start=midnight - timedelta(days=back + 1),
                minutes=1440,
                # Every twenty-fifth has the level load of machines; the others are offices.
                kwh=900.0 + back % 4 if unit.pk % 25 == 0 else 12.0 + (unit.pk * 7 + back * 3) % 40,
            )
