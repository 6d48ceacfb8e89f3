"""Which coin is mined? Told from the dialect, the algorithm, the pool, the wallet's form or the chain's clock.

Every hint is a set of coins that it allows. The coin is the only one that all hints allow; where several are
left, or hints contradict each other, the answer is None: a coin is never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable

from sensor.detect.facts import Facts
from sensor.detect.wallet import names_payout, wallet_facts
from sensor.estimate.algorithms import can_mine
from sensor.model.wire import timestamp
from sensor.signature import Coin


def coin_of(facts: Facts, coins: Iterable[Coin]) -> str | None:
    """The ticker, or None when the hints leave more than one or none."""
    left = possible_coins(facts, coins)
    return next(iter(left)) if len(left) == 1 else None


def possible_coins(facts: Facts, coins: Iterable[Coin]) -> frozenset[str]:
    """The tickers that all hints allow; none when nothing tells, or hints contradict each other."""
    known = tuple(coins)
    if built := _by_coinbase(facts, known):
        # The very block that the jobs build: a wallet may be paid in another coin.
        return built
    telling = [hint for hint in _telling_hints(facts, known) if hint]
    if not telling:
        return frozenset()
    shared = _by_shared_algorithm(facts, known)
    left = frozenset.intersection(*telling) - _not_built(facts, known)
    return left & shared or left


def _telling_hints(facts: Facts, coins: tuple[Coin, ...]) -> list[frozenset[str]]:
    """Hints that may decide by themselves; a shared algorithm may only narrow them down."""
    algorithms = _algorithms(facts)
    return [
        _by_wallet(facts, coins),
        _tickers(coin for coin in coins if coin.algorithms_unique & algorithms),
        _tickers(coin for coin in coins if facts.dialect in coin.dialects),
        _by_pool(facts),
        _by_chain(facts, coins),
    ]


def _by_wallet(facts: Facts, coins: tuple[Coin, ...]) -> frozenset[str]:
    """Coins of the wallet's form, unless it only says what is paid: a coin is named before the address, is not mined in
    this dialect, or the jobs build other blocks than its own."""
    found = wallet_facts(facts.account, coins).coins
    if names_payout(facts.account, coins) or found & _not_built(facts, coins):
        return frozenset()
    return frozenset(ticker for ticker in found if can_mine(ticker, facts.dialect))


def _by_pool(facts: Facts) -> frozenset[str]:
    """Coins that the listed names serve; names that serve any coin say nothing."""
    found = [frozenset(hit.coin.split()) for hit in facts.hits.values() if hit.coin]
    return frozenset.intersection(*found) if found else frozenset()


def _by_shared_algorithm(facts: Facts, coins: tuple[Coin, ...]) -> frozenset[str]:
    algorithms = _algorithms(facts)
    return _tickers(coin for coin in coins if coin.algorithms_shared & algorithms)


def _by_chain(facts: Facts, coins: tuple[Coin, ...]) -> frozenset[str]:
    """Coins of the algorithm whose chain had these heights at these times."""
    shared = _by_shared_algorithm(facts, coins)
    return _tickers(
        coin
        for coin in coins
        if coin.ticker in shared
        and facts.chain_points
        and all(_fits_chain(coin, height, at_ns) for height, at_ns in facts.chain_points.items())
    )


def _by_coinbase(facts: Facts, coins: tuple[Coin, ...]) -> frozenset[str]:
    """Coins whose chain alone had blocks of these heights at these times that were as hard."""
    points = facts.coinbase_points.items()
    return _tickers(coin for coin in coins if points and all(_builds(coin, *point) for point in points))


def _not_built(facts: Facts, coins: tuple[Coin, ...]) -> frozenset[str]:
    """Coins whose blocks some jobs do not build, at times of which their chain is known."""
    return _tickers(
        coin
        for coin in coins
        for height, point in facts.coinbase_points.items()
        if coin.expected_height(timestamp(point[0])) is not None
        and _is_telling(coin)
        and not _builds(coin, height, point)
    )


def _is_telling(coin: Coin) -> bool:
    return coin.chain is not None and coin.chain.bits_below is not None


def _builds(coin: Coin, height: int, point: tuple[int, int]) -> bool:
    at_ns, bits = point
    if coin.chain is None or coin.chain.bits_below is None or not _fits_chain(coin, height, at_ns):
        return False
    return 0 < _target(bits) < _target(int(coin.chain.bits_below, 16))


def _target(bits: int) -> int:
    """What a block's hash has to stay below: 24 bits, shifted left by as many bytes as the upper 8 say, less 3."""
    return (bits & 0xFFFFFF) << 8 * max((bits >> 24) - 3, 0)


def _fits_chain(coin: Coin, height: int, at_ns: int) -> bool:
    expected = coin.expected_height(timestamp(at_ns))
    return coin.chain is not None and expected is not None and abs(height - expected) <= coin.chain.tolerance


def _algorithms(facts: Facts) -> frozenset[str]:
    return frozenset(name.lower() for name in facts.algorithms)


def _tickers(coins: Iterable[Coin]) -> frozenset[str]:
    return frozenset(coin.ticker for coin in coins)
