"""What do the tests of lookups build on? Rows of ownership, questions, and a registry as a run sees it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector.registry.addresses import ip_key, is_inner, network_keys
from collector.registry.models import ImportBatch, OwnershipRecord
from collector.resolve.holding import Question


def at(text: str) -> datetime:
    """``11-17 08:00`` of 2026, UTC."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


@pytest.fixture
def hold(db: None) -> Callable[..., OwnershipRecord]:
    """Make a record: source, block, from, to, other columns by name."""
    batch = ImportBatch.objects.create(no="I000001", kind="aaa", file_name="x.csv", sha256="0" * 64)

    def make(source: str, network: str, since: str, until: str = "", **columns: Any) -> OwnershipRecord:
        block = ipaddress.ip_network(network)
        low, high = network_keys(block)
        columns = {"valid_from": at(since), "valid_to": at(until) if until else None, **columns}
        number = OwnershipRecord.objects.count() + 2
        return OwnershipRecord.objects.create(
            source=source, batch=batch, row_no=number, network=str(block), ip_lo=low, ip_hi=high, **columns
        )

    return make


@pytest.fixture
def ask() -> Callable[..., Question]:
    """A question: address, time, ports; ten seconds long, five of slack."""

    def make(ip: str, when: str, *ports: int) -> Question:
        first = at(when)
        realm = "" if is_inner(ip) else None
        return Question(ip_key(ip), frozenset(ports), first, first + timedelta(seconds=10), timedelta(seconds=5), realm)

    return make
