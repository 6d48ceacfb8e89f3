"""Which kinds of file are there? Those of the registry, and what later apps add when Django starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from collector.faults import CollectorError
from collector.registry.choices import ImportKind
from collector.registry.imports import parameters
from collector.registry.imports.kind import Kind

_MODULES = (
    "aaa",
    "aaa_detail",
    "cgn",
    "cgn_syslog",
    "dhcp_leases",
    "divisions",
    "filing",
    "ipam",
    "kea_legal",
    "line_ledger",
    "nat_rules",
    "netbox",
    "organisations",
    "parks",
    "rdap",
    "rpsl",
    "sites",
)
"""Each says in ``KIND`` what it reads."""


def _of_registry() -> Iterator[Kind[Any]]:
    yield from (import_module(f"collector.registry.imports.{name}").KIND for name in _MODULES)
    yield from parameters.KINDS


_KINDS: dict[ImportKind, Kind[Any]] = {kind.kind: kind for kind in _of_registry()}


def register_kind(kind: Kind[Any]) -> None:
    """Add a kind of import; an app calls it in ``ready()``."""
    _KINDS[kind.kind] = kind


def kind_of(kind: ImportKind) -> Kind[Any]:
    """What is known of a kind of file."""
    found = _KINDS.get(kind)
    if found is None:
        raise CollectorError(f"import {kind.value}: nothing reads it here; kinds: {', '.join(sorted(known_kinds()))}")
    return found


def known_kinds() -> Mapping[ImportKind, Kind[Any]]:
    """Every kind that can be imported."""
    return dict(_KINDS)
