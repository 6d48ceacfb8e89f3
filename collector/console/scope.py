"""What may a signed-in person see? The leads of their offices' divisions, by role."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User

from collector.accounts.choices import Role
from collector.accounts.models import Membership

READERS = (Role.MANAGER, Role.OFFICER, Role.VIEWER)
"""Administrators keep the system; they do not read cases."""
WRITERS = (Role.MANAGER, Role.OFFICER)


def roots_of(user: User | AnonymousUser, roles: tuple[Role, ...] = READERS) -> list[str]:
    """Division codes whose subtrees the person may see in one of ``roles``; empty: none."""
    if not user.is_authenticated:
        return []
    memberships = Membership.objects.filter(user=user, role__in=roles)
    return sorted(set(memberships.values_list("office__division_code", flat=True)))
