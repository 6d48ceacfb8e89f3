"""Which coins does an account's form allow, and does its checksum hold?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.detect.wallet import wallet_facts
from sensor.signature import Coin, SignatureSet, load
from sensor.simulate.wallets import btc_address, erg_address, evm_address, wart_address, xel_address, xmr_address

EVM = {"CFX", "CLO", "ETC", "ETH", "ETHW", "OCTA", "QUAI"}
PUBLISHED = [
    # (address, the coins it may be of, its checksum): examples of the specifications, addresses that projects publish
    ("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", {"BTC", "BCH", "XEC"}, "good"),
    ("3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", {"BTC", "BCH", "XEC", "LTC"}, "good"),
    ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", {"BTC"}, "good"),
    ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", {"BTC"}, "good"),
    ("bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", {"BCH"}, "good"),
    ("qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", {"BCH"}, "good"),
    ("cfx:aajg4wt2mbmbb44sp6szd783ry0jtad5bea80xdy7p", {"CFX"}, "good"),
    ("CFX:TYPE.USER:AAJG4WT2MBMBB44SP6SZD783RY0JTAD5BEA80XDY7P", {"CFX"}, "good"),
    ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", EVM, "good"),
    ("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", EVM, "none"),
    (
        "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A",
        {"XMR"},
        "good",
    ),
    ("NQ07 0000 0000 0000 0000 0000 0000 0000 0000", {"NIM"}, "good"),
    ("NQ0700000000000000000000000000000000", {"NIM"}, "good"),
]
MADE = [
    (btc_address("w"), {"BTC", "BCH", "XEC"}),
    (erg_address("w"), {"ERG"}),
    (xmr_address("w"), {"XMR"}),
    (xel_address("w"), {"XEL"}),
    (wart_address("w"), {"WART"}),
    (evm_address("w"), EVM),
]
SPOILT = [
    "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jjq",
    "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6q",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
    "4" + "A" * 94,
    "NQ08 0000 0000 0000 0000 0000 0000 0000 0000",
]
OTHERS = ["", "worker", "someone@example.org", "acct.rig", "0x12", ":", "XMR:", "坏" * 40]


@pytest.fixture(scope="module")
def coins() -> tuple[Coin, ...]:
    return load().coins


@pytest.mark.parametrize(("address", "tickers", "checksum"), PUBLISHED + [(*row, "good") for row in MADE])
def test_a_wallet(address: str, tickers: set[str], checksum: str, coins: tuple[Coin, ...]) -> None:
    facts = wallet_facts(address, coins)
    assert (facts.coins, facts.checksum) == (tickers, checksum)


@pytest.mark.parametrize("address", SPOILT)
def test_a_wallet_with_a_bad_checksum_is_no_coins(address: str, coins: tuple[Coin, ...]) -> None:
    facts = wallet_facts(address, coins)
    assert (facts.coins, facts.checksum) == (frozenset(), "bad")


@pytest.mark.parametrize("account", OTHERS)
def test_an_account_that_is_no_wallet(account: str, coins: tuple[Coin, ...]) -> None:
    assert wallet_facts(account, coins) == wallet_facts(None, coins)


def test_a_coin_named_before_the_address(coins: tuple[Coin, ...]) -> None:
    address = btc_address("w")
    assert wallet_facts(f"DOGE:{address}", coins).coins == wallet_facts(address, coins).coins


@pytest.mark.parametrize("address", [row[0] for row in MADE])
def test_every_other_character_breaks_it(address: str, coins: tuple[Coin, ...]) -> None:
    facts = wallet_facts(address, coins)
    for at in range(4, len(address)):
        for other in "2aQ":
            spoilt = address[:at] + other + address[at + 1 :]
            if spoilt != address:
                found = wallet_facts(spoilt, coins)
                # A lower-case letter in the place of an upper-case one may leave an address that bears no checksum.
                assert not (found.coins & facts.coins) or found.checksum == "none"


SIGNATURES: SignatureSet = load()
FORMS = ["4{}", "0x{}", "bc1q{}", "cfx:{}", "NQ07{}", "bitcoincash:q{}", "9{}", "t1{}", "xel:{}", "{}"]


@given(st.sampled_from(FORMS), st.text("0123456789abcdefABCDEFqpzry9x8gf2tvdw0s3jn54khce6mua7lO1", max_size=120))
def test_no_account_raises(form: str, rest: str) -> None:
    facts = wallet_facts(form.format(rest), SIGNATURES.coins)
    assert facts.checksum != "bad" or not facts.coins
