"""By what can leads be found? Conditions on one session together, and on the lead itself."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from collector.accounts.scope import Scope, within
from collector.cases.models import Lead, LeadSession
from collector.console.scope import Viewer
from collector.console.tables import Options
from collector.faults import CollectorError
from collector.lists.gather import CLAIMS
from collector.lists.history import RELAPSE_AFTER
from collector.lists.of_leads import STATE_OWNED
from collector.lists.week import CHINA, parse_week, week_of
from collector.registry.choices import Nature
from collector.registry.models import Division
from collector.resolve.choices import Status
from collector.text import bilingual

PUBLIC = "public"
"""All natures of public bodies at once."""
_WEEKS_OFFERED = 26
_EVENT = "attribution__event__"


def with_session(rows: QuerySet[Lead], wanted: Q) -> QuerySet[Lead]:
    """Leads with one confirmed or probable session that is all of ``wanted``."""
    return rows.filter(Exists(_sessions().filter(wanted)))


def in_week(text: str) -> Q | None:
    """Running in the week; None for a word that is no week."""
    try:
        week = parse_week(text)
    except CollectorError:
        return None
    return Q(first_seen__lt=week.end, last_seen__gte=week.start)


def on_day(text: str) -> Q | None:
    """Running on the day, in China; None for a word that is no day."""
    start = _day(text)
    return Q(first_seen__lt=start + timedelta(days=1), last_seen__gte=start) if start else None


def with_coin(coin: str) -> Q:
    """Of the coin's ticker."""
    return Q(**{f"{_EVENT}coin": coin.upper()})


def of_dialect(dialect: str) -> Q:
    """In the dialect."""
    return Q(**{f"{_EVENT}dialect": dialect.lower()})


def of_algorithm(algorithm: str) -> Q:
    """With the algorithm."""
    return Q(**{f"{_EVENT}body__algorithm": algorithm.lower()})


def at_pool(text: str) -> Q:
    """At the pool: its operator, name or address."""
    named = Q(**{f"{_EVENT}pool_domain": text.lower()}) | Q(**{f"{_EVENT}body__pool__operator": text})
    try:
        return named | Q(**{f"{_EVENT}pool_ip": str(ipaddress.ip_address(text))})
    except ValueError:
        return named


def of_nature(nature: str) -> Q | None:
    """At a unit of the nature, or at any public body."""
    if nature == PUBLIC:
        return Q(attribution__nature__in=STATE_OWNED)
    return Q(attribution__nature=nature) if nature in Nature.values else None


def in_division(rows: QuerySet[Lead], code: str) -> QuerySet[Lead]:
    """In the division's subtree."""
    return rows.filter(within("division_code", Scope((code,))))


def in_state(rows: QuerySet[Lead], state: str) -> QuerySet[Lead]:
    """By how the session seen last is attributed."""
    if state not in Status.values:
        return rows
    last = LeadSession.objects.filter(lead=OuterRef("pk"), attribution__status=state, last_seen=OuterRef("last_seen"))
    return rows.filter(Exists(last))


def new_since(rows: QuerySet[Lead], text: str) -> QuerySet[Lead]:
    """First seen on the day or later."""
    day = _day(text)
    return rows.filter(first_seen__gte=day) if day else rows


def known_before(rows: QuerySet[Lead], text: str) -> QuerySet[Lead]:
    """First seen before the day."""
    day = _day(text)
    return rows.filter(first_seen__lt=day) if day else rows


def relapsed_in(rows: QuerySet[Lead], text: str) -> QuerySet[Lead]:
    """Seen in the week after a long silence before it."""
    ran = in_week(text)
    if ran is None:
        return rows
    start = parse_week(text).start
    recent = LeadSession.objects.filter(lead=OuterRef("pk"), first_seen__lt=start, last_seen__gte=start - RELAPSE_AFTER)
    old = rows.filter(first_seen__lt=start - RELAPSE_AFTER)
    return with_session(old, ran).exclude(Exists(recent))


def divisions_of(person: Viewer) -> Options:
    """Divisions that the person's leads lie in, by name."""
    rows = Division.objects.filter(within("code", person.reads), valid_to__isnull=True)
    return [(row.code, f"{row.name} {row.code}") for row in rows.order_by("code")[:500]]


def weeks(_person: Viewer) -> Options:
    """The weeks offered, newest first."""
    now = timezone.now()
    return [(str(week), str(week)) for week in (week_of(now - timedelta(weeks=one)) for one in range(_WEEKS_OFFERED))]


def states(_person: Viewer) -> Options:
    """How a lead can be attributed."""
    return [(str(value), str(text)) for value, text in Status.choices]


def natures(_person: Viewer) -> Options:
    """Public bodies together, then every nature."""
    together = (PUBLIC, bilingual("公共机构（合计）", "Public bodies (all)"))
    return [(str(value), str(text)) for value, text in (together, *Nature.choices)]


def _sessions(**wanted: Any) -> QuerySet[LeadSession]:
    claims = {f"{_EVENT}verdict__in": CLAIMS}
    return LeadSession.objects.filter(lead=OuterRef("pk"), **claims, **wanted)


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=CHINA)
    except ValueError:
        return None
