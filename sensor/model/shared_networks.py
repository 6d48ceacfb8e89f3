"""Whose address does everybody share? Networks of content delivery, where an address tells nothing of one customer."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TypeAlias

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class SharedNetworks:
    """Networks that no indicator names an address of."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._by_length: dict[tuple[int, int], frozenset[int]] = {}
        self._networks = tuple(map(ipaddress.ip_network, networks))
        found: dict[tuple[int, int], set[int]] = {}
        for network in self._networks:
            shift = network.max_prefixlen - network.prefixlen
            found.setdefault((network.version, shift), set()).add(int(network.network_address) >> shift)
        self._by_length = {key: frozenset(values) for key, values in found.items()}

    def hold(self, ip: str) -> bool:
        """Is the address in one of them?"""
        address = ipaddress.ip_address(ip)
        number, version = int(address), address.version
        return any(number >> shift in table for (of, shift), table in self._by_length.items() if of == version)

    def touch(self, network: Network) -> bool:
        """Has the network an address in common with one of them?"""
        if network.prefixlen == network.max_prefixlen:
            return self.hold(str(network.network_address))
        return any(network.version == one.version and network.overlaps(one) for one in self._networks)


@cache
def shipped_networks() -> SharedNetworks:
    """The networks shipped with this release: ``shared_networks.txt``, one on a line, none where a line begins by #."""
    lines = Path(__file__).with_name("shared_networks.txt").read_text(encoding="utf-8").splitlines()
    return SharedNetworks(line for line in lines if line and line[0] != "#")
