"""What may a signed-in person see and do here? Where each capability holds, and whose trace requests are theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from collector.accounts.choices import OfficeKind
from collector.accounts.scope import Capability, Scope, scope_of, scopes_of
from collector.trace.visible import Branch, answering, branches_of


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person and where each capability holds; a false scope: nowhere."""

    name: str
    scopes: Mapping[Capability, Scope]
    carriers: tuple[Branch, ...] = ()
    """The carriers' offices for which the person answers."""
    units: tuple[int, ...] = ()
    """Keys of the notified units' offices to which the person belongs, and may look at themselves."""

    def scope(self, capability: Capability = Capability.READ) -> Scope:
        """Where the person has ``capability``."""
        return self.scopes[capability]

    @property
    def reads(self) -> Scope:
        """Where leads, lists and units are visible."""
        return self.scopes[Capability.READ]

    @property
    def writes(self) -> Scope:
        """Where lists are frozen and cases worked on."""
        return self.scopes[Capability.WRITE]

    @property
    def imports(self) -> bool:
        """Whether the person may bring files in."""
        return bool(self.writes or self.carriers)

    @property
    def is_office(self) -> bool:
        """Whether whole divisions are the person's to see, not one unit alone."""
        return bool(self.reads.roots)


def viewer_of(user: User) -> Viewer:
    """The person's rights as they are now."""
    now = timezone.now()
    held = answering(user, now)
    units = sorted({one.office_id for one in held if one.office.kind == OfficeKind.UNIT})
    return Viewer(user.get_username(), scopes_of(user, now), branches_of(held), tuple(units))


def roots_of(user: User | AnonymousUser, capability: Capability = Capability.READ) -> list[str]:
    """Division codes in whose subtrees the person has ``capability``; empty: none."""
    return list(scope_of(user, capability, timezone.now()).roots)
