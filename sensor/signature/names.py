"""Which indicator does a host name or an address belong to?"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from socket import AF_INET, inet_pton

from sensor.signature.compile import Signature
from sensor.signature.document import Entry
from sensor.signature.words import Kind

MAX_HOST_CHARS = 253
"""Longest name that is looked up (RFC 1035 section 2.3.4, in its text form)."""
_SEPARATORS = re.compile(r"[.-]")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class NameHit:
    """An indicator entry that a name or an address belongs to."""

    signature: Signature
    entry: Entry
    kind: Kind
    coin: str | None
    """The coin the entry names or, failing that, the labels of the name below it tell; several tickers where it
    cannot be told, separated by a space."""

    @property
    def counts(self) -> bool:
        """False for the web site of an operator: it tells a name, it is no evidence."""
        return self.kind is not Kind.SITE


@dataclass(frozen=True)
class NameTable:
    """Host names, those that match exactly and those that match with every name below them."""

    exact: Mapping[str, NameHit] = field(default_factory=dict)
    suffixes: Mapping[str, NameHit] = field(default_factory=dict)

    def find(self, host: str) -> NameHit | None:
        """The entry of the longest name that matches; an exact one goes before a suffix."""
        if len(host) > MAX_HOST_CHARS + 1:
            return None
        name = whole = fold(host)
        if name in self.exact:
            return self.exact[name]
        while name:
            if name in self.suffixes:
                return _with_coin(self.suffixes[name], whole.removesuffix(name))
            name = name.partition(".")[2]
        return None


@dataclass(frozen=True)
class AddressTable:
    """Addresses and networks; the longest prefix goes first."""

    networks: Mapping[tuple[int, int], Mapping[int, tuple[NameHit, ...]]] = field(default_factory=dict)
    """(IP version, prefix length), longest prefix first → network as a number → its entries."""

    def find(self, ip: str, port: int) -> NameHit | None:
        """The entry of the narrowest network that holds ``ip`` and lists ``port`` or no port at all."""
        try:
            address = _unmapped(ipaddress.ip_address(ip))
        except ValueError:
            return None
        for (version, length), table in self.networks.items():
            if version == address.version:
                key = int(address) >> (address.max_prefixlen - length)
                for hit in table.get(key, ()):
                    if not hit.entry.ports or port in hit.entry.ports:
                        return hit
        return None


def fold(host: str) -> str:
    """Lower case, without the trailing dot of an absolute name."""
    return host.lower().removesuffix(".")


def build_names(signatures: Iterable[Signature]) -> NameTable:
    """The table of all domain indicators; of two with the same value the one of the first signature stays."""
    exact: dict[str, NameHit] = {}
    suffixes: dict[str, NameHit] = {}
    for match, hit in _hits(signatures, "domain"):
        table = suffixes if match == "suffix" else exact
        table.setdefault(fold(hit.entry.value), hit)
    return NameTable(exact, suffixes)


def build_addresses(signatures: Iterable[Signature]) -> AddressTable:
    """The table of all address indicators."""
    found: dict[tuple[int, int], dict[int, list[NameHit]]] = {}
    for _, hit in _hits(signatures, "address"):
        version, length, key = _network(hit.entry.value)
        found.setdefault((version, length), {}).setdefault(key, []).append(hit)
    ordered = sorted(found.items(), key=lambda row: row[0][1], reverse=True)
    return AddressTable({key: {at: tuple(hits) for at, hits in table.items()} for key, table in ordered})


def _network(value: str) -> tuple[int, int, int]:
    """IP version, prefix length, and the prefix as a number."""
    with suppress(OSError):
        # What nearly every entry is, twenty times as fast.
        return 4, 32, int.from_bytes(inet_pton(AF_INET, value))
    network = ipaddress.ip_network(value)
    key = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
    return network.version, network.prefixlen, key


def _hits(signatures: Iterable[Signature], type_: str) -> Iterator[tuple[str, NameHit]]:
    """Evidence goes before context, so that a pool's name in both lists counts."""
    listed = [(each, each.indicators) for each in signatures if each.indicators is not None]
    for signature, indicators in sorted(listed, key=lambda row: (row[1].kind is Kind.SITE, row[0].name)):
        if indicators.type == type_:
            for entry in indicators.entries:
                yield indicators.match, NameHit(signature, entry, indicators.kind, entry.coin)


def _with_coin(hit: NameHit, below: str) -> NameHit:
    """``hit`` with the coin that the labels ``below`` its entry agree on."""
    labels = hit.signature.indicators.coin_labels if hit.signature.indicators is not None else {}
    if hit.coin is not None or not labels:
        return hit
    told = {labels[word] for word in _SEPARATORS.split(below) if word in labels}
    return replace(hit, coin=told.pop()) if len(told) == 1 else hit


def _unmapped(address: _Address) -> _Address:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return address if mapped is None else mapped
