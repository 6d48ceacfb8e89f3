"""By which listed name was an address reached? Names learned from DNS answers, kept for their time to live."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sensor.signature import NameHit, SignatureSet

if TYPE_CHECKING:
    from sensor.dissect.dns import Dns

NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class LearnedName:
    """A listed name that answered with an address, valid until ``until_ns``."""

    name: str
    hit: NameHit
    until_ns: int


class LearnedNames:
    """Address → listed name. Bounded; the entry learned longest ago makes room."""

    def __init__(self, signatures: SignatureSet, *, max_entries: int, min_ttl_s: int, max_ttl_s: int) -> None:
        self._signatures = signatures
        self._max = max_entries
        self._ttl_bounds_s = (min_ttl_s, max_ttl_s)
        self._by_address: OrderedDict[str, LearnedName] = OrderedDict()
        self.forgotten = 0

    def use(self, signatures: SignatureSet) -> None:
        """Learn by another set's names from here on; what was learned holds until its end."""
        self._signatures = signatures

    def learn(self, message: Dns, at_ns: int) -> None:
        """Note the addresses that a DNS answer gives for a listed name, aliases included."""
        if not message.is_response:
            return
        for name in (*message.queries, *sorted(message.names)):
            hit = self._signatures.name(name)
            if hit is not None:
                self._note(message, name, hit, at_ns)
                return

    def at(self, ip: str, at_ns: int) -> LearnedName | None:
        """The name that ``ip`` was answered for, if that answer still holds at ``at_ns``."""
        learned = self._by_address.get(ip)
        return learned if learned and at_ns <= learned.until_ns else None

    def _note(self, message: Dns, name: str, hit: NameHit, at_ns: int) -> None:
        low, high = self._ttl_bounds_s
        for ip, ttl in message.addresses():
            until_ns = at_ns + min(max(ttl, low), high) * NS
            self._by_address[ip] = LearnedName(name, hit, until_ns)
            self._by_address.move_to_end(ip)
            if len(self._by_address) > self._max:
                self._by_address.popitem(last=False)
                self.forgotten += 1
