"""Is a coin read as it is told?"""

from __future__ import annotations

import datetime

import pytest

from sensor.model.errors import SignatureError
from sensor.model.wire import Dialect
from sensor.signature import load

COINS = """\
- ticker: XMR
  name: Monero
  wallets: ['[48][0-9A-Za-z]{94}']
  dialects: [cryptonote]
  algorithms: {unique: [], shared: [RX/0]}
  chain: {blocks: [{height: 1000, at: 2026-01-01T00:00:00Z}], spacing_s: 120, tolerance: 50}
- {ticker: RVN, name: Ravencoin, algorithms: {unique: [KawPow]}}
"""


def test_coin(folder) -> None:
    monero, raven = load(folder(files={"coins.yml": COINS})).coins
    assert (monero.ticker, monero.dialects) == ("XMR", {Dialect.CRYPTONOTE})
    assert (monero.algorithms_shared, raven.algorithms_unique) == ({"rx/0"}, {"kawpow"})
    assert monero.owns_wallet("4" + "a" * 94)
    assert not monero.owns_wallet("4" + "a" * 94 + ".rig")
    later = datetime.datetime(2026, 1, 1, 1, tzinfo=datetime.UTC)
    assert monero.expected_height(later) == pytest.approx(1030)
    assert monero.expected_height(later.replace(year=2025)) is None
    assert (raven.expected_height(later), raven.owns_wallet("x")) == (None, False)


def test_coins_are_part_of_the_fingerprint(folder) -> None:
    one = load(folder(files={"coins.yml": COINS})).fingerprint
    other = load(folder(files={"coins.yml": COINS.replace("RVN", "XNA")})).fingerprint
    swapped = "".join(reversed(COINS.replace("- ticker: XMR", "\0- ticker: XMR").replace("- {t", "\0- {t").split("\0")))
    assert one != other
    assert load(folder(files={"coins.yml": swapped})).fingerprint == one


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("ticker: RVN", "ticker: XMR", "coins.yml:7: [coin] XMR is here twice"),
        ("{94}", "{94}(a+)+", "coins.yml:3: [coin] a repeat inside a repeat"),
        ("spacing_s: 120", "spacing_s: 0", "coins.yml:6: [format]"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00", "coins.yml:6: [format]"),
        ("[cryptonote]", "[monero]", "coins.yml:4: [format]"),
    ],
)
def test_faults(folder, old: str, new: str, what: str) -> None:
    with pytest.raises(SignatureError) as caught:
        load(folder(files={"coins.yml": COINS.replace(old, new)}))
    assert what in str(caught.value)
