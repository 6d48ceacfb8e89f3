"""What does a session's row repeat of its attribution and detection? What is asked of very many sessions at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.cases.choices import CLAIMS
from collector.resolve.models import Attribution

_MAX_CHARS, _UNIT_CHARS = 512, 20


def told_of(attribution: Attribution) -> dict[str, Any]:
    """The copied columns of ``LeadSession``. A later answer is a new attribution, and then a new copy."""
    event = attribution.event
    # What a proxy carries on is counted there.
    rate = {} if event.body.get("counted_in") else _part(event.body, "hashrate")
    return {
        "is_claim": event.verdict in CLAIMS,
        "status": attribution.status,
        "nature": attribution.nature,
        "coin": event.coin,
        "dialect": event.dialect,
        "algorithm": _text(event.body, "algorithm").lower(),
        "pool_domain": event.pool_domain.lower(),
        "pool_ip": event.pool_ip,
        "pool_operator": _text(_part(event.body, "pool"), "operator"),
        "energy_low_kwh": _number(_part(event.body, "energy_kwh"), "low"),
        "energy_high_kwh": _number(_part(event.body, "energy_kwh"), "high"),
        "hashrate_unit": _text(rate, "unit")[:_UNIT_CHARS],
        "hashrate_low": _number(rate, "low"),
        "hashrate_high": _number(rate, "high"),
    }


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = document.get(name)
    return part if isinstance(part, Mapping) else {}


def _text(document: Mapping[str, Any], name: str) -> str:
    return str(document.get(name) or "")[:_MAX_CHARS]


def _number(document: Mapping[str, Any], name: str) -> float | None:
    value = document.get(name)
    return float(value) if isinstance(value, int | float) else None
