"""Which signatures hold for this message, name or address? The compiled, immutable set."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import orjson

from sensor.model.observation import Observation
from sensor.signature.coins import Coin
from sensor.signature.compile import Signature
from sensor.signature.document import CoinDocument, ProtocolDocument
from sensor.signature.efficiency import EfficiencyDocument
from sensor.signature.match import Match, make_match
from sensor.signature.names import AddressTable, NameHit, NameTable, build_addresses, build_names
from sensor.signature.refusals import RefusalDocument
from sensor.signature.shapes import Shapes
from sensor.signature.words import Direction, Kind, Protocol, Sender

_OBJECTS = (dict, Mapping)
"""The first is what nearly all are; asking an abstract class costs more than the rest of a look-up."""
ESCAPE_ANCHOR = b"\\u00"
"""Reserved literal: JSON whose ASCII letters are written as escapes hides every other anchor."""


@dataclass(frozen=True)
class SignatureSet:
    """Compiled signatures. Immutable and safe to share between threads."""

    signatures: tuple[Signature, ...]
    """Sorted by name."""
    coins: tuple[Coin, ...]
    coin_documents: tuple[CoinDocument, ...] = field(repr=False)
    """What ``coins`` were compiled from."""
    efficiency: EfficiencyDocument | None = None
    """How much energy a hash takes; None where the set does not say."""
    refusals: RefusalDocument | None = None
    """Why a share is refused; None where the set does not say."""

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (64 hex digits) of the content: the same for any order of keys and files, and for any comments."""
        content = [each.document.model_dump(mode="json") for each in self.signatures]
        told = sorted((each.model_dump(mode="json") for each in self.coin_documents), key=lambda each: each["ticker"])
        tables = [table.model_dump(mode="json") for table in (self.efficiency, self.refusals) if table is not None]
        canonical = orjson.dumps([content, told, *tables], option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(canonical).hexdigest()

    @property
    def short_fingerprint(self) -> str:
        """The first 16 digits, for people."""
        return self.fingerprint[:16]

    @cached_property
    def anchors(self) -> tuple[bytes, ...]:
        """Literals of at least 4 bytes, sorted, :data:`ESCAPE_ANCHOR` among them. Every message a ``jsonrpc`` or
        ``http`` signature can match bears one."""
        literals = {literal for signature in self.signatures for literal in signature.anchors}
        return tuple(sorted(literals | {ESCAPE_ANCHOR}))

    @cached_property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """How many bytes client and server send first in what no literal stands in, sorted."""
        documents = (each.document for each in self.signatures if isinstance(each.document, ProtocolDocument))
        return tuple(sorted({pair for one in documents if one.anchor is not None for pair in one.anchor.lengths}))

    @cached_property
    def name_suffixes(self) -> frozenset[str]:
        """Names that match with every name below them; sites are not among them."""
        return frozenset(name for name, hit in self._names.suffixes.items() if hit.counts)

    @cached_property
    def names(self) -> frozenset[str]:
        """Names that match exactly; sites are not among them."""
        return frozenset(name for name, hit in self._names.exact.items() if hit.counts)

    @cached_property
    def addresses(self) -> tuple[tuple[str, frozenset[int]], ...]:
        """(network, ports) of every address indicator that counts; no ports means every port."""
        return tuple(
            (entry.value, frozenset(entry.ports))
            for signature in self.signatures
            if signature.indicators is not None
            and signature.indicators.type == "address"
            and signature.indicators.kind is not Kind.SITE
            for entry in signature.indicators.entries
        )

    def match(self, observation: Observation, sender: Sender | None = None) -> list[Match]:
        """The protocol signatures that hold for a message.

        ``sender`` is the side known to have sent it, None when that is not known; a signature of the other side
        then does not match. Never raises, whatever the message bears.
        """
        fields, narrowing = observation.fields, self._narrowing[sender]
        return [
            make_match(each, observation)
            for protocol in (fields if len(fields) == 1 else [each for each in narrowing if each in fields])
            if protocol in narrowing and isinstance(message := fields[protocol], _OBJECTS)
            for each in narrowing[protocol].narrowed(message)
            if each.holds is None or each.holds(fields)
        ]

    def name(self, host: str) -> NameHit | None:
        """The indicator a host name belongs to: exact before suffix, longest suffix first."""
        return self._names.find(host)

    def address(self, ip: str, port: int) -> NameHit | None:
        """The indicator an address belongs to, narrowest network first; None for text that is no address."""
        return self._addresses.find(ip, port)

    def get(self, name: str) -> Signature | None:
        """The signature called ``name``."""
        return next((each for each in self.signatures if each.name == name), None)

    @cached_property
    def _names(self) -> NameTable:
        return build_names(self.signatures)

    @cached_property
    def _addresses(self) -> AddressTable:
        return build_addresses(self.signatures)

    @cached_property
    def _narrowing(self) -> Mapping[Sender | None, Mapping[str, Shapes]]:
        """By who sent the message, the protocols that have signatures for it."""
        return {sender: dict(self._narrowing_of(sender)) for sender in (None, *Sender)}

    def _narrowing_of(self, sender: Sender | None) -> Iterator[tuple[str, Shapes]]:
        fitting = [each for each in self.signatures if each.rule is not None and _fits(each, sender)]
        for protocol in Protocol:
            if found := [each for each in fitting if each.scope is not None and each.scope.protocol is protocol]:
                yield protocol.value, Shapes(protocol, found)


def build_set(
    signatures: Iterable[Signature],
    coins: tuple[Coin, ...] = (),
    coin_documents: Iterable[CoinDocument] = (),
    efficiency: EfficiencyDocument | None = None,
    refusals: RefusalDocument | None = None,
) -> SignatureSet:
    """The set of compiled signatures; ``coin_documents`` are what ``coins`` were compiled from."""
    ordered = tuple(sorted(signatures, key=lambda each: each.name))
    return SignatureSet(ordered, coins, tuple(coin_documents), efficiency, refusals)


def _fits(signature: Signature, sender: Sender | None) -> bool:
    if sender is None or signature.scope is None or signature.scope.direction is Direction.EITHER:
        return True
    return signature.scope.direction.sender is sender
