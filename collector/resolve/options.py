"""Which numbers steer attribution, and how are they set?"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.conf import settings

from sensor.model.errors import ConfigError

BASE_SCORES = MappingProxyType(
    {
        "line-ledger": 0.95,
        "trace": 0.92,
        "aaa": 0.90,
        "cgn": 0.85,
        "nat-rule": 0.85,
        "dhcp": 0.80,
        "filing": 0.70,
        "ipam": 0.60,
        "whois": 0.30,
        "geo": 0.20,
    }
)
"""How far a source is believed before anything speaks against it."""

FAMILIES = MappingProxyType(
    {
        "aaa": "carrier's logs",
        "cgn": "carrier's logs",
        "nat-rule": "carrier's logs",
        "trace": "carrier's logs",
        "whois": "public registers",
        "geo": "public registers",
    }
)
"""Sources that repeat one another: together they count as one. A source not named here stands for itself."""

SESSION_SOURCES = frozenset({"aaa", "cgn", "dhcp"})
"""Sources that log sessions: two closed sessions at once mean a shared address, not a correction."""


@dataclass(frozen=True, slots=True)
class ResolveOptions:
    """Scores lie in 0..1; penalties multiply, caps cut."""

    clock_slack_s: float = 5.0
    """How far clocks of sensor and carrier may differ; the detection's own clock error is added."""
    stale_after_days: int = 90
    """A source imported longer before the detection than this is believed less."""
    strong: float = 0.6
    """Two groups at or above this that name different units make a conflict."""
    name_at: float = 0.5
    """Below this no unit is named: the candidates stay visible as hints."""
    max_records: int = 500
    """Ownership records looked at for one detection; more are counted and left out, shortest prefixes first."""
    edge_factor: float = 0.8
    partial_factor: float = 0.7
    short_prefix_factor: float = 0.6
    stale_factor: float = 0.9
    shared_cap: float = 0.3
    ledger_bit_cost: float = 0.005
    """What each host bit of a leased-line prefix costs."""


def current_options() -> ResolveOptions:
    """The options of this installation: Django setting ``MINEWATCH_RESOLVE`` over the defaults."""
    given: dict[str, Any] = dict(getattr(settings, "MINEWATCH_RESOLVE", {}))
    known = set(ResolveOptions.__dataclass_fields__)
    if unknown := sorted(set(given) - known):
        raise ConfigError(f"resolve.{unknown[0]}: no such option; known are {', '.join(sorted(known))}")
    return ResolveOptions(**given)
