"""Is an address one that strangers share? Then no pool is ever listed by it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from publicsuffixlist import PublicSuffixList

from sensor.model.flow import is_address
from sensor.model.shared_networks import shipped_networks

MAX_OWNERS = 3
"""Registered domains on one address; with more it is a hoster's or a front's."""
_SUFFIXES = PublicSuffixList()


def shared_reason(ip: str, names: Iterable[str]) -> str:
    """Why the address is not listed; empty where it may be."""
    if not ipaddress.ip_address(ip).is_global:
        return "no public address"
    if shipped_networks().hold(ip):
        return "content delivery network"
    owners = registered(names)
    if len(owners) > MAX_OWNERS:
        return f"names of {len(owners)} owners"
    return ""


def registered(names: Iterable[str]) -> set[str]:
    """The domains that somebody registered, of names that are no addresses."""
    return {owner for name in names if not is_address(name) and (owner := _SUFFIXES.privatesuffix(name))}
