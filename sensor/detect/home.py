"""Is an address one of ours, whose mining is to be told of?"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

MAX_KNOWN_IPS = 65_536
"""Addresses of which it is remembered whether they are ours."""
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


def ours(home: Iterable[str], probers: Iterable[str]) -> Callable[[str], bool]:
    """Answers for an address: in one of the ``home`` networks (every one is where none is named), and in none of
    ``probers``, from which servers are verified. Networks are CIDR text."""
    at_home, verifying = _networks(home), _networks(probers)

    @lru_cache(MAX_KNOWN_IPS)
    def is_ours(ip: str) -> bool:
        address = ipaddress.ip_address(ip)
        is_home = not at_home or any(address in network for network in at_home)
        return is_home and not any(address in network for network in verifying)

    return is_ours


def _networks(texts: Iterable[str]) -> Sequence[_Network]:
    return [ipaddress.ip_network(text, strict=False) for text in texts]
