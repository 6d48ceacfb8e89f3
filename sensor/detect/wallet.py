"""Which coins can an account be a wallet of? Told by its form and its checksum."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sensor.detect.checksum import check
from sensor.model.wire import ChecksumState
from sensor.signature import Coin

MAX_TICKER_CHARS = 10


@dataclass(frozen=True, slots=True)
class WalletFacts:
    """Coins whose wallets have this form, and whether the checksum holds. A wallet with a bad one is no coin's;
    ``checksum`` None: the account has no wallet's form."""

    coins: frozenset[str] = frozenset()
    checksum: ChecksumState | None = None


def wallet_facts(account: str | None, coins: Iterable[Coin]) -> WalletFacts:
    """What the form of an account tells. A checksum that holds outweighs forms that have none."""
    if not account:
        return WalletFacts()
    found: dict[ChecksumState, set[str]] = {}
    for coin in coins:
        for text in _texts(account):
            for wallet in coin.wallets:
                if wallet.matches(text):
                    found.setdefault(check(wallet, text), set()).add(coin.ticker)
    for state in (ChecksumState.GOOD, ChecksumState.NONE):
        if state in found:
            return WalletFacts(frozenset(found[state]), state)
    return WalletFacts(frozenset(), ChecksumState.BAD) if found else WalletFacts()


def names_payout(account: str | None, coins: Iterable[Coin]) -> bool:
    """Does an account name a coin before the address (``DOGE:address``)? It is what is paid, whatever is mined."""
    prefix, colon, _ = (account or "").partition(":")
    if not colon or not prefix.isalnum() or len(prefix) > MAX_TICKER_CHARS:
        return False
    known = tuple(coins)
    is_ticker = prefix.isupper() or prefix.upper() in {coin.ticker for coin in known}
    return is_ticker and not any(coin.owns_wallet(account or "") for coin in known)


def _texts(account: str) -> tuple[str, ...]:
    """The account, and what follows a coin's name before a colon (``DOGE:address``)."""
    prefix, colon, rest = account.partition(":")
    return (account, rest) if colon and prefix.isalnum() and len(prefix) <= MAX_TICKER_CHARS else (account,)
