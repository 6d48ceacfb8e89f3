"""How is one coin told from another?"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from sensor.model.wire import Dialect
from sensor.signature.document import Chain, CoinDocument, WalletDocument
from sensor.signature.faults import Faults
from sensor.signature.parse import Parsed
from sensor.signature.regex import full_matcher
from sensor.signature.words import Checksum


@dataclass(frozen=True, slots=True)
class Wallet:
    """One form of a coin's addresses."""

    matches: Callable[[str], bool]
    """Tests an account's text; it matches whole, with case."""
    checksum: Checksum | None = None
    versions: tuple[bytes, ...] = ()
    """Bytes of which one set leads the address; none when any may."""
    prefix: str = ""
    separator: str = "1"


@dataclass(frozen=True, slots=True)
class Coin:
    """What tells a coin: the form of its wallets, its dialects, its algorithms and the clock of its chain."""

    ticker: str
    name: str
    wallets: tuple[Wallet, ...]
    dialects: frozenset[Dialect]
    algorithms_unique: frozenset[str]
    """Lower-case names of algorithms only this coin uses."""
    algorithms_shared: frozenset[str]
    chain: Chain | None

    def owns_wallet(self, account: str) -> bool:
        """Does ``account`` (without worker and other additions) have the form of this coin's wallets?"""
        return any(wallet.matches(account) for wallet in self.wallets)

    def expected_height(self, at: datetime.datetime) -> float | None:
        """The height the chain should have ``at`` a time; None before its first known block and after its end.

        Between two known blocks it is interpolated; after the last the usual spacing is counted on.
        """
        chain = self.chain
        if chain is None or at < chain.blocks[0].at or (chain.until is not None and at > chain.until):
            return None
        later = next((number for number, block in enumerate(chain.blocks) if block.at > at), None)
        start = chain.blocks[-1 if later is None else later - 1]
        spacing_s = chain.spacing_s
        if later is not None:
            after = chain.blocks[later]
            spacing_s = (after.at - start.at).total_seconds() / (after.height - start.height)
        return start.height + (at - start.at).total_seconds() / spacing_s


def compile_coins(parsed: Parsed[list[CoinDocument]], faults: Faults) -> tuple[Coin, ...]:
    """The coins of ``coins.yml`` in their order; a coin with faults is left out."""
    coins: dict[str, Coin] = {}
    for index, document in enumerate(parsed.document):
        if document.ticker in coins:
            faults.add(parsed.fault((index, "ticker"), "coin", f"{document.ticker} is here twice", "merge the two"))
            continue
        coins[document.ticker] = _coin(parsed, index, document, faults)
    return tuple(coins.values())


def _coin(parsed: Parsed[list[CoinDocument]], index: int, document: CoinDocument, faults: Faults) -> Coin:
    wallets = []
    for place, written in enumerate(document.wallets):
        try:
            wallets.append(_wallet(written))
        except ValueError as error:
            faults.add(parsed.fault_from((index, "wallets", place), "coin", error))
    return Coin(
        ticker=document.ticker,
        name=document.name,
        wallets=tuple(wallets),
        dialects=frozenset(document.dialects),
        algorithms_unique=frozenset(name.lower() for name in document.algorithms.unique),
        algorithms_shared=frozenset(name.lower() for name in document.algorithms.shared),
        chain=document.chain,
    )


def _wallet(written: str | WalletDocument) -> Wallet:
    if isinstance(written, str):
        return Wallet(full_matcher(written))
    versions = tuple(map(bytes.fromhex, written.versions))
    return Wallet(full_matcher(written.form), written.checksum, versions, written.prefix or "", written.separator)
