"""By which listed name was an address reached? Names learned from DNS answers, kept for their time to live.

An address that many names share (content delivery networks) was reached by a listed name only by who was told it so.
Every other one was, by whoever connects there: answers to other hosts may have passed where nobody listens. What a
resolver was told, as far as it shows itself by its way of asking, it tells its clients: that counts for everybody.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sensor.model.shared_networks import SharedNetworks, shipped_networks
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
    """Address, and of shared ones who was told it → listed name. Bounded; the entry learned longest ago makes room."""

    def __init__(
        self,
        signatures: SignatureSet,
        *,
        max_entries: int,
        min_ttl_s: int,
        max_ttl_s: int,
        shared: SharedNetworks | None = None,
    ) -> None:
        self._signatures, self._shared = signatures, shared or shipped_networks()
        self._max = max_entries
        self._ttl_bounds_s = (min_ttl_s, max_ttl_s)
        self._by_address: OrderedDict[tuple[str, str | None], LearnedName] = OrderedDict()
        self.forgotten = 0

    def use(self, signatures: SignatureSet) -> None:
        """Learn by another set's names from here on; what was learned holds until its end."""
        self._signatures = signatures

    def learn(self, message: Dns, asker_ip: str, at_ns: int) -> None:
        """Note the addresses that a DNS answer to ``asker_ip`` gives for a listed name, aliases included."""
        if not message.is_response:
            return
        owners = message.owners(self._signatures.name)
        asked = next((name for name in message.queries if owners.get(name) == name), None)
        for ip, ttl_s, name in message.addresses(owners):
            hit = self._signatures.name(asked or name)
            if hit is not None:
                is_own = message.is_of_client and self._shared.hold(ip)
                self._note((ip, asker_ip if is_own else None), LearnedName(asked or name, hit, self._end(ttl_s, at_ns)))

    def at(self, ip: str, client_ip: str, at_ns: int) -> LearnedName | None:
        """The name that ``ip`` was answered for, if that answer still holds at ``at_ns`` and tells of this client."""
        found = (self._by_address.get((ip, None)), self._by_address.get((ip, client_ip)))
        return next((learned for learned in found if learned and at_ns <= learned.until_ns), None)

    def _end(self, ttl_s: int, at_ns: int) -> int:
        low, high = self._ttl_bounds_s
        return at_ns + min(max(ttl_s, low), high) * NS

    def _note(self, key: tuple[str, str | None], learned: LearnedName) -> None:
        self._by_address[key] = learned
        self._by_address.move_to_end(key)
        if len(self._by_address) > self._max:
            self._by_address.popitem(last=False)
            self.forgotten += 1
