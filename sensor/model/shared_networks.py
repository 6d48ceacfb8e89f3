"""Whose address does everybody share? Networks of content delivery, where an address tells nothing of one customer."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import TypeAlias

from sensor.model.yamlfile import parse_yaml

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
    """The networks shipped with this release: ``shared_networks.yml``."""
    text = resources.files("sensor.model").joinpath("shared_networks.yml").read_text(encoding="utf-8")
    document = parse_yaml(text)
    return SharedNetworks(network for owner in document["owners"] for network in owner["networks"])
