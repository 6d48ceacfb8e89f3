"""What may this person or office see, and do? One table of roles, and one place where it becomes a query."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet

from collector.accounts.choices import OfficeKind, Role
from collector.accounts.models import Membership, Office
from collector.registry.divisions import is_code, subtree_prefix
from collector.registry.models import Division

_MAX_DEPTH = 8


class Capability(enum.Enum):
    """What a membership allows."""

    READ = enum.auto()
    """Leads, lists and bulletins of the office's divisions; for a notified unit its own alone."""
    WRITE = enum.auto()
    """Freeze lists, work on cases."""
    UNMASK = enum.auto()
    """See a person's data in clear, for a reason that is written down."""
    ACCOUNTS = enum.auto()
    """Make and end accounts and tokens."""
    SECURITY = enum.auto()
    """Decide on roles and second factors."""
    AUDIT = enum.auto()
    """Read the audit log."""
    RULES = enum.auto()
    """Set tariffs and duties for the office's divisions; where these hold every sensor, what sensors list as pools."""
    ANSWER = enum.auto()
    """Answer what the office was asked: a carrier's trace requests, a unit's notices."""


_WORK = frozenset({Capability.READ, Capability.WRITE, Capability.UNMASK, Capability.ANSWER})
BY_ROLE: Mapping[Role, frozenset[Capability]] = {
    Role.SYSTEM_ADMIN: frozenset({Capability.ACCOUNTS}),
    Role.SECURITY_ADMIN: frozenset({Capability.SECURITY}),
    Role.AUDIT_ADMIN: frozenset({Capability.AUDIT}),
    Role.MANAGER: _WORK | {Capability.RULES},
    Role.OFFICER: _WORK,
    Role.VIEWER: frozenset({Capability.READ}),
    Role.PENDING: frozenset(),
}
"""The three administrators keep the system and do not read cases; nobody is two of them in one office."""
_ADMINISTRATION = frozenset({Capability.ACCOUNTS, Capability.SECURITY, Capability.AUDIT})
_NARROWED: Mapping[OfficeKind, frozenset[Capability]] = {
    OfficeKind.CARRIER: _ADMINISTRATION | {Capability.ANSWER},
    OfficeKind.UNIT: _ADMINISTRATION | {Capability.READ, Capability.ANSWER},
    OfficeKind.ASSESSOR: _ADMINISTRATION | {Capability.READ},
}
"""What is left of a role in an office of this kind; every other kind leaves all."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Division codes whose subtrees are visible, and units (by USCC) that are visible wherever they are."""

    roots: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.roots or self.units)


def capabilities(role: str, kind: str) -> frozenset[Capability]:
    """What a role allows in an office of a kind; an unknown word allows nothing."""
    if role not in Role.values or kind not in OfficeKind.values:
        return frozenset()
    allowed = BY_ROLE[Role(role)]
    return allowed & _NARROWED.get(OfficeKind(kind), allowed)


def scope_of(user: User | AnonymousUser, capability: Capability, now: datetime) -> Scope:
    """Where the person has ``capability`` now."""
    if not user.is_authenticated:
        return Scope()
    return _joined(row.office for row in _held(user, now) if _allows(row, capability))


def scopes_of(user: User | AnonymousUser, now: datetime) -> dict[Capability, Scope]:
    """Where the person has each capability now; one question to the database for all."""
    rows = list(_held(user, now)) if user.is_authenticated else []
    return {one: _joined(row.office for row in rows if _allows(row, one)) for one in Capability}


def office_scope(office: Office, capability: Capability) -> Scope:
    """Where an office's own token has ``capability``: the same as its most powerful member."""
    return _joined([office] if capability in capabilities(Role.MANAGER, office.kind) else [])


def offices_of(user: User | AnonymousUser, capability: Capability, now: datetime) -> QuerySet[Office]:
    """The offices that the person administers: a government office's own and all below it, any other's own alone."""
    held = [row for row in _held(user, now) if _allows(row, capability)] if user.is_authenticated else []
    alone = Q(pk__in=[row.office_id for row in held])
    return Office.objects.filter(alone | within("division_code", _subtrees(held)))


def divisions_of(user: User | AnonymousUser, capability: Capability, now: datetime) -> Scope:
    """The divisions in which the person's government offices have ``capability``; other offices hold no division."""
    return _subtrees(row for row in _held(user, now) if _allows(row, capability)) if user.is_authenticated else Scope()


def within(field: str, scope: Scope, unit_field: str | None = None) -> Q:
    """The condition that a row's division lies in the scope's subtrees, by digits or by registered parents."""
    found = Q(pk__in=())
    for root in filter(is_code, scope.roots):
        prefix = subtree_prefix(root)
        if not prefix:
            return Q()
        found |= Q(**{f"{field}__startswith": prefix})
        if strays := _strays(prefix):
            found |= Q(**{f"{field}__in": strays})
    units = [unit for unit in scope.units if unit]
    return found | Q(**{f"{unit_field}__in": units}) if unit_field and units else found


def _strays(prefix: str) -> list[str]:
    """Codes below a subtree by their registered parents only: development zones, towns moved to another county."""
    known: set[str] = set()
    above = Q(parent__startswith=prefix)
    for _ in range(_MAX_DEPTH):
        rows = Division.objects.filter(above).exclude(code__startswith=prefix).exclude(code__in=known)
        fresh = set(rows.values_list("code", flat=True))
        if not fresh:
            break
        known |= fresh
        above = Q(parent__in=fresh)
    return sorted(known)


def _held(user: User, now: datetime) -> QuerySet[Membership]:
    held = Membership.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=now), user=user)
    return held.select_related("office")


def _allows(row: Membership, capability: Capability) -> bool:
    return capability in capabilities(row.role, row.office.kind)


def _subtrees(held: Iterable[Membership]) -> Scope:
    return Scope(tuple(sorted({row.office.division_code for row in held if row.office.kind not in _NARROWED})))


def _joined(offices: Iterable[Office]) -> Scope:
    roots, units = set(), set()
    for office in offices:
        if office.kind == OfficeKind.UNIT:
            units.add(office.uscc)
        else:
            roots.add(office.division_code)
    return Scope(tuple(sorted(roots)), tuple(sorted(units - {""})))
