"""Is this name or this endpoint listed in the program?"""

from __future__ import annotations

import ipaddress
from collections import defaultdict

from sensor.engine.api import AddressEntry, Program
from sensor.model.errors import EngineError

MAX_NAME_BYTES = 255
"""Longest DNS name (RFC 1035 §2.3.4); a longer one is not looked up."""

_Ports = frozenset[int]
_Rows = tuple[tuple[_Ports, str], ...]


class NameIndex:
    """Listed names: exact ones, and suffixes that hold on a label boundary."""

    def __init__(self, program: Program) -> None:
        self._names = program.names
        self._suffixes = program.name_suffixes
        self.empty = not (self._names or self._suffixes)

    def find(self, name: str) -> str | None:
        """``name`` in lower case without its final dot if it is listed, else None."""
        if self.empty or len(name) > MAX_NAME_BYTES:
            return None
        folded = name.lower().rstrip(".")
        return folded if folded in self._names or self._has_suffix(folded) else None

    def _has_suffix(self, name: str) -> bool:
        while name:
            if name in self._suffixes:
                return True
            name = name.partition(".")[2]
        return False


class AddressIndex:
    """Listed networks, looked up by packed endpoint (address bytes, then two of the port).

    One dictionary per prefix length that occurs, longest first: a look-up costs as many probes as there are
    distinct lengths, however many entries there are.
    """

    def __init__(self, entries: tuple[AddressEntry, ...]) -> None:
        tables: dict[tuple[int, int], dict[int, list[tuple[_Ports, str]]]] = defaultdict(lambda: defaultdict(list))
        for entry in entries:
            network = _network(entry)
            shift = network.max_prefixlen - network.prefixlen
            rows = tables[network.max_prefixlen // 8 + 2, shift]
            rows[int(network.network_address) >> shift].append((entry.ports, entry.network))
        self._by_size: dict[int, list[tuple[int, dict[int, _Rows]]]] = {6: [], 18: []}
        for (size, shift), found in sorted(tables.items()):
            self._by_size[size].append((shift, {key: tuple(rows) for key, rows in found.items()}))
        self.empty = not entries

    def find(self, endpoint: bytes) -> str | None:
        """The narrowest listed network (as the program writes it) that holds the endpoint, else None."""
        address = int.from_bytes(endpoint[:-2], "big")
        port = int.from_bytes(endpoint[-2:], "big")
        for shift, table in self._by_size[len(endpoint)]:
            for ports, network in table.get(address >> shift, ()):
                if not ports or port in ports:
                    return network
        return None


def _network(entry: AddressEntry) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(entry.network)
    except ValueError as error:
        raise EngineError(f"program address {entry.network!r}: {error}; write it as a network in CIDR form") from error
