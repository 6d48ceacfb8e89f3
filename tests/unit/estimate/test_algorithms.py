"""Which algorithm is told by what."""

from __future__ import annotations

import pytest

from sensor.estimate.algorithms import ALGORITHMS, algorithm_of
from sensor.model.wire import Dialect

V1 = Dialect.STRATUM_V1
ROWS = [
    ("named", ["rx/0"], (), Dialect.CRYPTONOTE, 2026, "randomx"),
    ("named, of a family", ["rx/arq"], (), Dialect.CRYPTONOTE, 2026, "randomx"),
    ("named exactly before its family", ["rx/2"], (), Dialect.CRYPTONOTE, 2026, "randomx-v2"),
    ("capitals", ["KawPow"], (), V1, 2026, "kawpow"),
    ("the first name that is known", ["new/1", "cn/r"], (), None, 2019, "cryptonight"),
    ("by coin", [], ("LTC",), V1, 2026, "scrypt"),
    ("by coins of one algorithm", [], ("BTC", "BCH"), V1, 2026, "sha256d"),
    ("coins that differ", [], ("BTC", "LTC"), V1, 2026, None),
    ("a coin of many algorithms", [], ("DGB",), V1, 2026, None),
    ("Stratum V1 alone", [], (), V1, 2026, None),
    ("Monero before RandomX", [], ("XMR",), Dialect.CRYPTONOTE, 2018, "cryptonight"),
    ("Monero in the year of the change", [], ("XMR",), Dialect.CRYPTONOTE, 2019, "cryptonight family"),
    ("Monero since RandomX", [], ("XMR",), Dialect.CRYPTONOTE, 2024, "randomx"),
    ("by dialect", [], (), Dialect.ZIP_301, 2026, "equihash family"),
    ("by dialect", [], (), Dialect.ALEPHIUM, 2026, "blake3-alph"),
    ("nothing", [], (), None, 2026, None),
]


@pytest.mark.parametrize("row", ROWS, ids=[f"{number} {row[0]}" for number, row in enumerate(ROWS)])
def test_algorithm(row) -> None:
    _, names, coins, dialect, year, expected = row
    found = algorithm_of(names, coins, dialect, year)
    assert (found and found.name) == expected


UNITS = [
    ("sha256d", 2**32, "H/s"),
    ("scrypt", 2**16, "H/s"),
    ("ghostrider", 2**16, "H/s"),
    ("verthash", 2**24, "H/s"),
    ("kheavyhash", 2**32, "H/s"),
    ("blake3-alph", 2**34, "H/s"),
    ("xelishash", 1, "H/s"),
    ("cuckatoo32", 42 / 16384, "G/s"),
    ("equihash-200-9", None, "Sol/s"),
]


@pytest.mark.parametrize(("name", "work", "unit"), UNITS)
def test_unit_of_difficulty(name, work, unit) -> None:
    found = algorithm_of([name], (), None, 2026)
    assert found is not None and (found.difficulty_work, found.unit) == (work, unit)


def test_no_name_and_no_coin_is_here_twice() -> None:
    names = [name for row in ALGORITHMS for name in (row.name, *row.aliases)]
    coins = [coin for row in ALGORITHMS for coin in row.coins]
    assert len(names) == len(set(names)) and len(coins) == len(set(coins))
