"""What does a province's collector hold after half a year? Seeded leads, sessions, cases and all that stands around.

Rows go in as they would stand there, many at once; the ledger of cases is made by its own fold and hashes, so that
``verify`` holds. ``add`` may be called again: it goes on where the call before it ended.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from operator import attrgetter

from django.db.models import Max
from many_rows import store
from province_cases import case_of, ledger_of, queue_of

from collector.cases.choices import SourceKind
from collector.cases.models import Lead, LeadRate, LeadSession, LeadSource, LeadWeek
from collector.cases.rates import COLUMNS, Rated, most_of
from collector.cases.tables import Case, CaseEvent, CaseQueue
from collector.cases.told import told_of
from collector.cases.weeks import Ran, columns, weeks_of
from collector.ingest.models import Batch, Detection, Sensor, SensorHealth
from collector.jobs.models import Job, JobState
from collector.registry.addresses import ip_key
from collector.registry.choices import Nature, Source
from collector.registry.models import Division, Organisation, OwnershipRecord
from collector.registry.seed import seed_divisions
from collector.resolve.models import Assertion, Attribution
from collector.resolve.options import current_options
from collector.resolve.services import RESOLVE
from collector.resolve.state import registry_state

PROVINCE, CITY, COUNTY = "330000", "330400", "330402"
SESSIONS = 3
CASE_EVERY = 10
WEEKS = 26
SEED = 7
_PART = 3_000
_MOST_WEEKS = 2 * SESSIONS
_CITIES = {"330100": 13, "330200": 10, "330300": 12, "330400": 7, "330500": 5, "330600": 6, "330700": 9, "331000": 9}
"""Cities and how many counties each has."""
_COINS = ("BTC",) * 40 + ("XMR",) * 30 + ("ETC",) * 14 + ("KAS",) * 8 + ("RVN",) * 4 + ("",) * 4
_RARE_COIN, _RARE_EVERY = "ZEC", 1_000
_STATUS = ("auto",) * 80 + ("confirmed",) * 5 + ("conflict",) * 5 + ("unknown",) * 10
_VERDICT = ("confirmed",) * 85 + ("probable",) * 10 + ("suspected",) * 5
_NATURE = tuple(one.value for one in Nature if one != Nature.IDC)


@dataclass(frozen=True, slots=True)
class Who:
    """Whom a lead is: the same for every one of its sessions."""

    number: int
    code: str
    status: str
    unit: str
    uscc: str
    subscriber: str
    address: str
    ip: str
    coin: str
    account: str

    @property
    def is_registered(self) -> bool:
        """Whether the unit is in the registers."""
        return bool(self.uscc) and self.number % 5 == 0

    @property
    def is_known(self) -> bool:
        """Whether the sources agree on whom it is."""
        return self.status in ("auto", "confirmed")


def found(now: datetime) -> None:
    """The ground: divisions of the whole country, one sensor to a county, its heartbeats of a week."""
    seed_divisions()
    _name_counties()
    codes = list(_counties())
    store(Sensor, (Sensor(pk=n, sensor_id=f"egress-{code}", division_code=code) for n, code in enumerate(codes, 1)))
    Sensor.objects.update(operator="中国电信")
    store(SensorHealth, (_beat(n, back, now) for n in range(1, len(codes) + 1) for back in range(7 * 24)))
    store(Batch, (_batch(n, now) for n in range(1, len(codes) + 1)))
    Job.objects.create(kind=RESOLVE, due_at=now, state=JobState.DONE, ended_at=now)


def add(leads: int, now: datetime) -> None:
    """So many more leads, each with its sessions, every tenth with a case and every fifth with a registered unit."""
    first = (Lead.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    everybody = range(first, first + leads)
    basis = registry_state(current_options())
    for at in range(0, leads, _PART // SESSIONS):
        _add_part([_who(n) for n in everybody[at : at + _PART // SESSIONS]], basis, now)
    _open_cases([n for n in everybody if n % CASE_EVERY == 0], now)


def _add_part(people: Sequence[Who], basis: str, now: datetime) -> None:
    """What belongs together is made once and goes into all of its tables."""
    registered = [who for who in people if who.is_registered]
    store(Organisation, map(_organisation, registered))
    store(OwnershipRecord, (_record(who, now) for who in registered))
    seen = [[_event(who, turn, now) for turn in range(SESSIONS)] for who in people]
    told = [[_attribution(who, event, basis) for event in events] for who, events in zip(people, seen, strict=True)]
    sessions = [[_session(who, one) for one in answers] for who, answers in zip(people, told, strict=True)]
    store(Detection, chain.from_iterable(seen))
    store(Attribution, chain.from_iterable(told))
    store(Assertion, (_assertion(who, now) for who in people))
    store(Lead, map(_lead, people, sessions))
    store(LeadSession, chain.from_iterable(sessions))
    store(LeadWeek, chain.from_iterable(map(_weeks, people, sessions)))
    store(LeadRate, chain.from_iterable(map(_rates, people, sessions)))
    store(LeadSource, map(_source, people, sessions))


def _counties() -> Iterator[str]:
    for city, count in _CITIES.items():
        yield from (f"{city[:4]}{number:02d}" for number in range(2, 2 + count))


_COUNTIES = tuple(_counties())
_OF_THE_CITY = tuple(code for code in _COUNTIES if code.startswith(CITY[:4]))


def _name_counties() -> None:
    """The counties that the seed does not have by these codes; the country's others stay as they are."""
    Division.objects.filter(code__startswith="33").delete()
    rows = [("330000", "浙江省", "province", "")]
    rows += [(code, f"第{code[2:4]}市", "city", PROVINCE) for code in _CITIES]
    rows += [(code, f"第{code[2:]}区", "county", f"{code[:4]}00") for code in _COUNTIES]
    Division.objects.bulk_create(
        Division(code=code, name=name, level=level, parent=parent) for code, name, level, parent in rows
    )


def _who(number: int) -> Who:
    draw = random.Random(SEED * 1_000_003 + number)
    # Half of everything lies in one city, as it does; the rest is spread.
    counties = _COUNTIES if draw.random() < 0.5 else _OF_THE_CITY
    status, code = draw.choice(_STATUS), draw.choice(counties)
    is_unit, is_registered, is_known = draw.random() < 0.7, draw.random() < 0.8, status in ("auto", "confirmed")
    unit = f"{'星云智海鼎盛宏图'[number % 8]}{number}号科技有限公司" if is_unit and is_known else ""
    return Who(
        number=number,
        code=code,
        status=status,
        unit=unit,
        uscc=f"91{code}MA{number:08d}" if unit and is_registered else "",
        subscriber=f"0573-{number:08d}" if is_known and not unit else "",
        address=f"第{code[2:]}区示范路{number}号{draw.randrange(1, 30)}幢" if is_known else "",
        ip=f"36.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
        coin=_RARE_COIN if number % _RARE_EVERY == 1 else draw.choice(_COINS),
        account=f"{draw.getrandbits(160):040x}",
    )


def _times(number: int, turn: int, now: datetime) -> tuple[datetime, datetime]:
    """One session: the turns lie in order over half a year, the last of every fourth lead in the last days.

    Every twentieth still runs, so that the week has rows at any hour of a Monday.
    """
    draw = random.Random(number * SESSIONS + turn)
    back = (SESSIONS - turn - draw.random()) * WEEKS * 7 / SESSIONS
    if turn == SESSIONS - 1 and number % 4 == 0:
        back = draw.random() * 6
    first = now - timedelta(days=back) - timedelta(hours=6)
    if turn == SESSIONS - 1 and number % 20 == 0:
        return now - timedelta(hours=6), now
    return first, min(now, first + timedelta(hours=1 + 4 * draw.random()))


def _key(number: int, turn: int) -> int:
    return (number - 1) * SESSIONS + turn + 1


def _event(who: Who, turn: int, now: datetime) -> Detection:
    number = who.number
    draw = random.Random(_key(number, turn))
    first, last = _times(number, turn, now)
    seen = first.isoformat()
    pool, port, rate = f"pool{number % 211}.example.org", 3333 + number % 7, 1e12 * (1 + number % 90)
    body = {
        "schema": "minewatch.detection/1",
        "miner": {"ip": who.ip, "port": 40_000 + turn, "ports_seen": [40_000 + turn, 50_000 + number % 999]},
        "pool": {"ip": f"198.51.100.{number % 211}", "port": port, "domain": pool, "operator": None},
        "algorithm": "sha256d",
        "workers": [f"rig{number % 31}"],
        "agents": ["cgminer/4.10.0"],
        "shares": {"submitted": 500, "accepted": 498, "rejected": 2},
        "hashrate": {"unit": "H/s", "method": "shares", "value": rate, "low": 0.9 * rate, "high": 1.2 * rate},
        "energy_kwh": {"low": 20.0, "value": 30.0, "high": 40.0, "hours": 10.0, "basis": "power"},
        "evidence": [
            {"signature": name, "revision": 1, "class": "protocol", "at": seen, "excerpt": f'{{"method":"{name}"}}'}
            for name in ("mining.subscribe", "mining.authorize")
        ],
    }
    return Detection(
        pk=_key(number, turn),
        event_id=f"{_key(number, turn):032x}",
        detection_id=f"{_key(number, turn):032x}",
        state="closed",
        sensor_id=_COUNTIES.index(who.code) + 1,
        batch_id=_COUNTIES.index(who.code) + 1,
        first_seen=first,
        last_seen=last,
        miner_ip=who.ip,
        miner_ip_key=ip_key(who.ip),
        miner_port=40_000 + turn,
        pool_ip=f"198.51.100.{number % 211}",
        pool_port=port,
        pool_domain=pool,
        dialect="stratum-v1",
        coin=who.coin,
        account=who.account,
        verdict=draw.choice(_VERDICT),
        score=95,
        shares_submitted=500,
        shares_accepted=498,
        shares_rejected=2,
        body=body,
        received_at=last,
    )


def _named(who: Who) -> dict[str, str]:
    return {
        "unit_name": who.unit,
        "uscc": who.uscc,
        "subscriber": who.subscriber,
        "address": who.address,
        "division_code": who.code,
    }


def _attribution(who: Who, event: Detection, basis: str) -> Attribution:
    rivals = [{"unit": "甲公司", "account": ""}, {"unit": "乙公司", "account": ""}] if who.status == "conflict" else []
    return Attribution(
        pk=event.pk,
        detection_id=event.detection_id,
        event=event,
        status=who.status,
        confidence=0.95 if who.is_known else 0.0,
        organisation_id=who.number if who.is_registered else None,
        nature=_NATURE[who.number % len(_NATURE)] if who.uscc else "",
        method="line-ledger+filing" if who.is_known else "",
        rivals=rivals,
        basis=basis,
        inputs_digest="0" * 64,
        **_named(who),
    )


def _assertion(who: Who, now: datetime) -> Assertion:
    return Assertion(
        pk=who.number,
        attribution_id=_key(who.number, SESSIONS - 1),
        source=Source.LINE_LEDGER,
        network=f"{who.ip}/32",
        valid_from=now - timedelta(days=400),
        match="exact",
        base=0.9,
        score=0.9,
        chosen=True,
        reasons=[{"code": "base", "zh": "专线台账", "en": "Line ledger"}],
        **_named(who),
    )


def _lead(who: Who, sessions: Sequence[LeadSession]) -> Lead:
    return Lead(
        pk=who.number,
        no=f"L2026-{who.number:06d}",
        key=f"number:{who.number}",
        ip=who.ip,
        first_seen=min(one.first_seen for one in sessions),
        last_seen=max(one.last_seen for one in sessions),
        detections=SESSIONS,
        status=who.status,
        **_named(who),
    )


def _session(who: Who, answer: Attribution) -> LeadSession:
    event = answer.event
    told = told_of(answer) | {"first_seen": event.first_seen, "last_seen": event.last_seen}
    place = {"lead_id": who.number, "attribution": answer}
    return LeadSession(pk=answer.pk, detection_id=answer.detection_id, **place, **told)


def _weeks(who: Who, sessions: Sequence[LeadSession]) -> Iterator[LeadWeek]:
    names = ("first_seen", "last_seen", "is_claim", "status", "energy_low_kwh", "energy_high_kwh")
    ran = sorted((Ran(*(getattr(one, name) for name in names)) for one in sessions), key=lambda one: one.last_seen)
    first = min(one.first_seen for one in ran)
    for turn, (monday, sums) in enumerate(weeks_of(ran).items()):
        told = {"monday": monday, "division_code": who.code} | columns(first, monday, sums)
        yield LeadWeek(pk=who.number * _MOST_WEEKS + turn, lead_id=who.number, **told)


def _rates(who: Who, sessions: Sequence[LeadSession]) -> Iterator[LeadRate]:
    told = (Rated(*(attrgetter(name.replace("__", "."))(one) for name in COLUMNS)) for one in sessions if one.is_claim)
    for turn, one in enumerate(most_of(told)):
        place = {"lead_id": who.number, "division_code": who.code}
        row = {"monday": one.monday, "unit": one.unit, "low": one.low, "high": one.high}
        yield LeadRate(pk=who.number * _MOST_WEEKS + turn, **place, **row)


def _source(who: Who, sessions: Sequence[LeadSession]) -> LeadSource:
    first, last = min(one.first_seen for one in sessions), max(one.last_seen for one in sessions)
    return LeadSource(pk=who.number, lead_id=who.number, kind=SourceKind.SENSOR, first_at=first, last_at=last)


def _organisation(who: Who) -> Organisation:
    kind = {"nature": _NATURE[who.number % len(_NATURE)], "division_code": who.code}
    return Organisation(pk=who.number, name=who.unit, uscc=who.uscc, address=who.address, **kind)


def _record(who: Who, now: datetime) -> OwnershipRecord:
    number, key = who.number, ip_key(who.ip)
    return OwnershipRecord(
        pk=number,
        source=Source.LINE_LEDGER,
        row_no=number,
        network=f"{who.ip}/32",
        ip_lo=key,
        ip_hi=key,
        span_bits=0,
        valid_from=now - timedelta(days=400),
        organisation_id=number,
        **_named(who),
    )


def _beat(sensor: int, back: int, now: datetime) -> SensorHealth:
    end = now - timedelta(hours=back, minutes=sensor % 7)
    return SensorHealth(
        heartbeat_id=f"{sensor * 1_000 + back:032x}",
        sensor_id=sensor,
        t0=end - timedelta(hours=1),
        t1=end,
        packets=10**9,
        bytes=10**12,
        kernel_drops=0 if sensor % 5 else 10**7,
        shed=0,
        signature_fingerprint="0" * 64,
        signature_age_s=86_400,
        clock_error_ms=1.0,
        spool_depth=0,
        body={},
        received_at=end,
        pk=sensor * 1_000 + back,
    )


def _batch(sensor: int, now: datetime) -> Batch:
    counts = {"rows": 1, "accepted": 1, "duplicates": 0, "rejected": 0}
    return Batch(pk=sensor, sensor_id=sensor, received_at=now, sha256="0" * 64, **counts)


def _open_cases(numbers: Sequence[int], now: datetime) -> None:
    """Each with as many entries as its number says, chained as the ledger chains them."""
    leads = Lead.objects.in_bulk(numbers)
    events: list[CaseEvent] = []
    rows: list[Case] = []
    for no, lead, entries in ledger_of([leads[number] for number in numbers], now):
        events += entries
        rows.append(case_of(no, lead, entries))
    store(CaseEvent, events)
    store(Case, rows)
    store(CaseQueue, (queue for row in rows for queue in queue_of(row)))
