"""Do the sources agree on one unit, and how sure does that make us?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from collector.resolve.choices import Status
from collector.resolve.options import FAMILIES, ResolveOptions
from collector.resolve.score import Scored
from collector.resolve.units import Namer, names_unit


@dataclass(frozen=True, slots=True)
class Group:
    """Everything that names one unit (or one subscriber), strongest first."""

    identity: str
    members: tuple[Scored, ...]
    confidence: float
    """Noisy-or over independent families of sources: each counts once, with its best member."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the sources say together. ``winner`` is set only when the status is ``auto``."""

    status: Status
    winner: Group | None
    groups: tuple[Group, ...]
    """Strongest first; the hints that name nobody are the group with identity ``""``."""
    rivals: tuple[Group, ...] = ()
    """The groups that contradict each other; empty without a conflict."""


def fuse(scored: Sequence[Scored], namer: Namer, options: ResolveOptions) -> Judgement:
    """One unit, a conflict between units, or nobody."""
    groups = _groups(scored, namer)
    named = [group for group in groups if group.identity]
    rivals = _rivals(named, options.strong)
    if len(rivals) > 1:
        return Judgement(Status.CONFLICT, None, groups, tuple(rivals))
    if named and named[0].confidence >= options.name_at:
        return Judgement(Status.AUTO, named[0], groups)
    return Judgement(Status.UNKNOWN, None, groups)


def _groups(scored: Sequence[Scored], namer: Namer) -> tuple[Group, ...]:
    members: dict[str, list[Scored]] = {}
    for one in scored:
        members.setdefault(namer(one.claim), []).append(one)
    groups = [_group(identity, of_group) for identity, of_group in members.items()]
    return tuple(sorted(groups, key=lambda group: (-group.confidence, group.identity)))


def _group(identity: str, members: list[Scored]) -> Group:
    ordered = sorted(members, key=_strength)
    best: dict[str, float] = {}
    for one in ordered:
        best.setdefault(FAMILIES.get(one.claim.source, one.claim.source), one.score)
    doubt = math.prod(1.0 - value for value in best.values())
    return Group(identity, tuple(ordered), round(1.0 - doubt, 4))


def _strength(one: Scored) -> tuple[float, str, int, str]:
    return -one.score, one.claim.source, one.claim.record_id or 0, one.claim.reference


def _rivals(named: Sequence[Group], strong: float) -> list[Group]:
    """Strong groups of which at least two cannot both be right.

    A subscriber's account without a unit contradicts another account, but not a unit.
    """
    at_strength = [group for group in named if group.confidence >= strong]
    units = [group for group in at_strength if names_unit(group.identity)]
    accounts = [group for group in at_strength if not names_unit(group.identity)]
    return next((side for side in (units, accounts) if len(side) > 1), [])
