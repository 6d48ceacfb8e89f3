"""Which addresses did DNS answers give for listed names, and until when?"""

from __future__ import annotations

import heapq
import ipaddress

from sensor.dissect.dns import Dns
from sensor.engine.api import Limits
from sensor.engine.portable.indicators import NameIndex

_SECOND_NS = 1_000_000_000


class LearnedAddresses:
    """Addresses by packed bytes. At most ``limits.max_learned``: the one that ends first is forgotten."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._known: dict[bytes, tuple[int, str]] = {}
        self._ends: list[tuple[int, bytes]] = []

    def __len__(self) -> int:
        return len(self._known)

    def find(self, address: bytes, now_ns: int) -> str | None:
        """The name that was asked for when ``address`` was answered, if that still holds at ``now_ns``."""
        found = self._known.get(address)
        return found[1] if found and now_ns < found[0] else None

    def learn(self, message: Dns, names: NameIndex, now_ns: int) -> bool:
        """Take in the addresses of listed names; True when the message bears a listed name at all."""
        listed = message.owners(names.find)
        if message.is_response:
            for ip, ttl_s, name in message.addresses(listed):
                self._put(ipaddress.ip_address(ip).packed, ttl_s, name, now_ns)
        return bool(listed)

    def _put(self, address: bytes, ttl_s: int, name: str, now_ns: int) -> None:
        ttl_s = min(max(ttl_s, self._limits.min_learned_ttl_s), self._limits.max_learned_ttl_s)
        ends_ns = now_ns + ttl_s * _SECOND_NS
        known = self._known.get(address)
        if known and known[0] >= ends_ns:
            return
        self._known[address] = ends_ns, name
        heapq.heappush(self._ends, (ends_ns, address))
        while len(self._known) > self._limits.max_learned:
            self._forget_first()
        # Every refresh leaves a stale row in the heap: rebuild before those outnumber the addresses.
        if len(self._ends) > 2 * len(self._known) + 16:
            self._ends = [(ends, packed) for packed, (ends, _) in self._known.items()]
            heapq.heapify(self._ends)

    def _forget_first(self) -> None:
        ends_ns, address = heapq.heappop(self._ends)
        known = self._known.get(address)
        if known and known[0] == ends_ns:
            del self._known[address]
