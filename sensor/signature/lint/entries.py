"""Are indicator entries written the one way, and is each worth having?"""

from __future__ import annotations

import ipaddress
import re
from abc import abstractmethod
from collections.abc import Iterator
from functools import cache

from publicsuffixlist import PublicSuffixList

from sensor.model.shared_networks import shipped_networks
from sensor.signature.document import Entry, Indicators
from sensor.signature.lint.base import Place, SignatureLint, Subject

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
SHARED_PARENTS = frozenset(
    {
        *("ddns.net", "dyndns.org", "us.to", "mooo.com", "duckdns.org", "webhop.me", "dscloud.me", "mysrv.cloud"),
        *("now.sh", "github.io", "org.uk", "gitlab.io", "pages.dev", "workers.dev", "herokuapp.com", "vercel.app"),
        *("netlify.app", "azurewebsites.net", "cloudfront.net", "amazonaws.com", "ngrok.io", "no-ip.org", "hopto.org"),
        *("zapto.org", "serveo.net", "trycloudflare.com", "blogspot.com", "wordpress.com", "weebly.com"),
    }
)
"""Parents under which anybody can have a name, beside those of the public suffix list."""


class _EntryLint(SignatureLint):
    """A rule that looks at one entry at a time."""

    def check_one(self, subject: Subject) -> Iterator[Place]:
        """The faults of every entry."""
        if subject.indicator is None:
            return
        indicators = subject.indicator.indicators
        for index, entry in enumerate(indicators.entries):
            if (what := self.fault(indicators, entry)) is not None:
                yield ("indicators", "entries", index), what

    @abstractmethod
    def fault(self, indicators: Indicators, entry: Entry) -> str | None:
        """What is wrong with one entry, or None."""


class EntriesSorted(SignatureLint):
    """Entries stand in the order of their values, so that two lists can be compared line by line."""

    name = "entry-order"
    recommendation = "sort the entries by value"

    def check_one(self, subject: Subject) -> Iterator[Place]:
        """Every entry that stands before a smaller one."""
        entries = subject.indicator.indicators.entries if subject.indicator is not None else ()
        for index in range(1, len(entries)):
            if entries[index].value < entries[index - 1].value:
                yield (
                    ("indicators", "entries", index),
                    f"{entries[index].value} stands after {entries[index - 1].value}",
                )


class EntryIsCanonical(_EntryLint):
    """A value is written as it is compared: names in lower-case ASCII, addresses in their shortest form."""

    name = "entry-form"
    recommendation = "write names in lower case and punycode, addresses in canonical form"

    def fault(self, indicators: Indicators, entry: Entry) -> str | None:
        """The value against its canonical form."""
        if indicators.type == "domain":
            labels = entry.value.split(".")
            if not entry.value.isascii():
                return None
            if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdecimal():
                return f"{entry.value!r} is not a host name as it is compared"
            return None
        return _address_fault(indicators, entry.value)


class EntryIsOwned(_EntryLint):
    """Nobody owns a public suffix, and anybody can have a name below a shared parent."""

    name = "entry-public"
    recommendation = "list the names below it one by one"

    def fault(self, indicators: Indicators, entry: Entry) -> str | None:
        """The value against both lists."""
        if indicators.type != "domain":
            return None
        if entry.value in SHARED_PARENTS:
            return f"{entry.value} is a parent that strangers share"
        if _public_suffixes().is_public(entry.value):
            return f"{entry.value} is a public suffix"
        return None


class AddressIsGlobal(_EntryLint):
    """Private, loopback and reserved addresses belong to nobody in particular."""

    name = "entry-global"
    recommendation = "remove it"

    def fault(self, indicators: Indicators, entry: Entry) -> str | None:
        """The network against the special-purpose registries of IANA."""
        network = _network(entry.value) if indicators.type == "address" else None
        if network is None or (network.is_global and not network.is_multicast):
            return None
        return f"{entry.value} is not a global address"


class AddressIsUnshared(_EntryLint):
    """Behind an address of a content delivery network are thousands of customers: it tells of none of them."""

    name = "entry-shared"
    recommendation = "remove it; list the name instead"

    def fault(self, indicators: Indicators, entry: Entry) -> str | None:
        """The network against those that everybody shares."""
        network = _network(entry.value) if indicators.type == "address" else None
        if network is None or not shipped_networks().touch(network):
            return None
        return f"{entry.value} is in a network that strangers share"


def _address_fault(indicators: Indicators, value: str) -> str | None:
    network = _network(value)
    if network is None:
        return None
    canonical = str(network) if indicators.match == "cidr" else str(network.network_address)
    if value == canonical or (indicators.match == "exact" and "/" in value):
        return None
    return f"{value} is written {canonical} where match is {indicators.match}"


def _network(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The network; None for what does not even load."""
    try:
        return ipaddress.ip_network(value)
    except ValueError:
        return None


@cache
def _public_suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)
