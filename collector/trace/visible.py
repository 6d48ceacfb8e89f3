"""Whose is a question? Of the offices where its sensor stands, and of the asked carrier's branch there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from collector.accounts.choices import OfficeKind
from collector.accounts.models import Membership
from collector.accounts.scope import Capability, Scope, capabilities, scope_of, within
from collector.trace.choices import Step
from collector.trace.models import TraceItem, TraceRequest


@dataclass(frozen=True, slots=True)
class Branch:
    """A carrier's office: it answers for the division it sits in and all below."""

    name: str
    division_code: str


def items_of(scope: Scope, branches: Sequence[Branch]) -> QuerySet[TraceItem]:
    """The questions about what sensors in these divisions saw, and those that these branches are asked."""
    return TraceItem.objects.filter(within("event__sensor__division_code", scope) | _asked_of(branches))


def answerable(user: User, now: datetime) -> QuerySet[TraceItem]:
    """The questions that a person may bring answers to."""
    return items_of(scope_of(user, Capability.WRITE, now), branches_of(answering(user, now)))


def answering(user: User, now: datetime) -> list[Membership]:
    """The person's live memberships in offices that are asked, where the role may answer."""
    live = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    asked = (OfficeKind.CARRIER, OfficeKind.UNIT)
    held = Membership.objects.filter(live, user=user, office__kind__in=asked).select_related("office")
    return [one for one in held if Capability.ANSWER in capabilities(one.role, one.office.kind)]


def branches_of(held: Sequence[Membership]) -> tuple[Branch, ...]:
    """The carriers' branches among memberships, by name."""
    offices = {one.office for one in held if one.office.kind == OfficeKind.CARRIER}
    return tuple(Branch(one.name, one.division_code) for one in sorted(offices, key=lambda one: one.name))


def _asked_of(branches: Sequence[Branch]) -> Q:
    """A request goes to a carrier by its name; its branches carry that name in front: 中国电信嘉兴分公司."""
    found = Q(pk__in=())
    if not branches:
        return found
    asked = TraceRequest.objects.filter(step=Step.CARRIER).exclude(recipient="").order_by()
    names = list(asked.values_list("recipient", flat=True).distinct())
    for branch in branches:
        own = [name for name in names if branch.name.startswith(name)]
        place = within("event__sensor__division_code", Scope((branch.division_code,)))
        found |= Q(request__step=Step.CARRIER, request__recipient__in=own) & place
    return found
