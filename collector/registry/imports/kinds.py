"""Which kinds of file are there? Those of the registry, and what later apps add when Django starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.faults import CollectorError
from collector.registry.choices import ImportKind
from collector.registry.imports import (
    aaa,
    aaa_detail,
    cgn,
    cgn_syslog,
    dhcp_leases,
    divisions,
    filing,
    ipam,
    kea_legal,
    line_ledger,
    nat_rules,
    netbox,
    organisations,
    rdap,
    rpsl,
)
from collector.registry.imports.kind import Kind

_MODULES = (
    aaa,
    aaa_detail,
    cgn,
    cgn_syslog,
    dhcp_leases,
    divisions,
    filing,
    ipam,
    kea_legal,
    line_ledger,
    nat_rules,
    netbox,
    organisations,
    rdap,
    rpsl,
)
_KINDS: dict[ImportKind, Kind[Any]] = {module.KIND.kind: module.KIND for module in _MODULES}


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
