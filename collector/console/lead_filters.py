"""By what can leads be found? Conditions on one session together, and on the lead itself."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from collector.accounts.scope import Scope, within
from collector.cases.models import Lead, LeadSession, LeadWeek
from collector.console.places import places_for
from collector.console.scope import Viewer
from collector.console.tables import Options
from collector.faults import CollectorError
from collector.lists.of_leads import STATE_OWNED
from collector.lists.week import CHINA, parse_week, week_of
from collector.registry.choices import DivisionLevel, Nature
from collector.registry.models import Division
from collector.resolve.choices import Status
from collector.text import bilingual

PUBLIC = "public"
"""All natures of public bodies at once."""
NOWHERE, ALONE = "none", "-alone"
"""In no division, of no known coin or algorithm; after a code: in it, not below it."""
LOCATED = "located"
"""Located by the sources or by a person."""
_WEEKS_OFFERED = 26
_MOST_OFFERED = 500


def with_session(rows: QuerySet[Lead], wanted: Q) -> QuerySet[Lead]:
    """Leads with one confirmed or probable session that is all of ``wanted``."""
    return rows.filter(pk__in=LeadSession.objects.filter(wanted, is_claim=True).values("lead"))


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
    """Of the coin's ticker, or of a coin that nobody knows."""
    return Q(coin="" if coin == NOWHERE else coin.upper())


def of_dialect(dialect: str) -> Q:
    """In the dialect."""
    return Q(dialect=dialect.lower())


def of_algorithm(algorithm: str) -> Q:
    """With the algorithm, or with one that nobody knows."""
    return Q(algorithm="" if algorithm == NOWHERE else algorithm.lower())


def at_pool(text: str) -> Q:
    """At the pool: its operator, name or address."""
    named = Q(pool_domain=text.lower()) | Q(pool_operator=text)
    try:
        return named | Q(pool_ip=str(ipaddress.ip_address(text)))
    except ValueError:
        return named


def heard_by(sensor: str) -> Q:
    """Told by the sensor."""
    return Q(attribution__event__sensor__sensor_id=sensor)


def of_nature(nature: str) -> Q | None:
    """At a unit of the nature, or at any public body."""
    if nature == PUBLIC:
        return Q(nature__in=STATE_OWNED)
    return Q(nature=nature) if nature in Nature.values else None


def in_division(rows: QuerySet[Lead], code: str) -> QuerySet[Lead]:
    """In the division's subtree, in it alone, or in none."""
    return rows.filter(of_division(code))


def of_division(text: str) -> Q:
    """The condition behind a division in the URL."""
    if text == NOWHERE:
        return Q(division_code="")
    if text.endswith(ALONE):
        return Q(division_code=text.removesuffix(ALONE))
    return within("division_code", Scope((text,)))


def tile_of(code: str) -> str:
    """The division of a tile as the URL has it: a city's tile is what is known to the city only."""
    if not code:
        return NOWHERE
    return f"{code}{ALONE}" if code.endswith("00") else code


def in_state(rows: QuerySet[Lead], state: str) -> QuerySet[Lead]:
    """By how the session seen last is attributed."""
    if state == LOCATED:
        return rows.filter(status__in=(Status.AUTO, Status.CONFIRMED))
    return rows.filter(status=state) if state in Status.values else rows


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
    try:
        monday = parse_week(text).monday
    except CollectorError:
        return rows
    return rows.filter(Exists(LeadWeek.objects.filter(lead=OuterRef("pk"), monday=monday, is_relapse=True)))


def divisions_of(person: Viewer) -> Options:
    """Divisions that the person's leads lie in, by name, in the order of their codes."""
    return divisions_in(person.reads, person)


def divisions_in(scope: Scope, person: Viewer) -> Options:
    """The divisions of a scope as the person calls them, in the order of their codes.

    Where they are too many for a choice, counties are left out: what is left holds them.
    """
    if not scope.roots:
        return []
    rows = Division.objects.filter(within("code", scope), valid_to__isnull=True).order_by("code", "valid_from")
    names = dict(rows.values_list("code", "name")[: _MOST_OFFERED + 1])
    if len(names) > _MOST_OFFERED:
        names = dict(rows.exclude(level=DivisionLevel.COUNTY).values_list("code", "name")[:_MOST_OFFERED])
    places = places_for(person, names)
    return [(code, places.name(code)) for code in names]


def weeks(_person: Viewer) -> Options:
    """The weeks offered, newest first."""
    now = timezone.now()
    return [(str(week), str(week)) for week in (week_of(now - timedelta(weeks=one)) for one in range(_WEEKS_OFFERED))]


def states(_person: Viewer) -> Options:
    """How a lead can be attributed."""
    together = (LOCATED, bilingual("已定位（合计）", "Located (all)"))
    return [(str(value), str(text)) for value, text in (together, *Status.choices)]


def natures(_person: Viewer) -> Options:
    """Public bodies together, then every nature."""
    together = (PUBLIC, bilingual("公共机构（合计）", "Public bodies (all)"))
    return [(str(value), str(text)) for value, text in (together, *Nature.choices)]


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=CHINA)
    except ValueError:
        return None
