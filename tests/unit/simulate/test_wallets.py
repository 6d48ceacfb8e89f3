"""Are test addresses valid in form and checksum?"""

import re

import pytest
from Crypto.Hash import keccak

from sensor.signature import load
from sensor.simulate.cast import CASTS
from sensor.simulate.wallets import (
    bech32_address,
    btc_address,
    cash_address,
    erg_address,
    evm_address,
    xmr_address,
    zec_address,
)

LABELS = ["a", "rack 1", "矿", *(str(number) for number in range(20))]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(
    ("make", "form"),
    [
        (btc_address, r"1[1-9A-HJ-NP-Za-km-z]{25,33}"),
        (zec_address, r"t1[1-9A-HJ-NP-Za-km-z]{33}"),
        (xmr_address, r"4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}"),
        (evm_address, r"0x[0-9a-fA-F]{40}"),
    ],
)
def test_addresses_have_their_coins_form(make, form, label):
    assert re.fullmatch(form, make(label))
    assert make(label) != make(label + "'")


@pytest.mark.parametrize("label", LABELS)
def test_bitcoin_addresses_pass_an_independent_checksum(label):
    bitcoin = pytest.importorskip("stdnum.bitcoin")
    assert bitcoin.validate(btc_address(label)) == btc_address(label)


def test_eip55_of_a_published_example(monkeypatch):
    monkeypatch.setattr(
        "sensor.simulate.wallets._digest", lambda *_: bytes.fromhex("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed")
    )
    assert evm_address("") == "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


PUBLISHED = [
    # (the maker, the body, the address that BIP 173, BIP 350, the CashAddr and the CIP-37 specifications give for it)
    (
        lambda: bech32_address("bc", "", 20, version=0),
        "751e76e8199196d454941c45d1b3a323f1433bd6",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    ),
    (
        lambda: bech32_address("bc", "", version=1, modified=True),
        "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    ),
    (
        lambda: cash_address("bitcoincash", "", 20),
        "76a04053bda0a88bda5177b86a15c3b29f559873",
        "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
    ),
    (
        lambda: cash_address("cfx", "", 20),
        "106d49f8505410eb4e671d51f7d96d2c87807b09",
        "cfx:aajg4wt2mbmbb44sp6szd783ry0jtad5bea80xdy7p",
    ),
]


@pytest.mark.parametrize(("make", "body", "address"), PUBLISHED, ids=[row[2][:8] for row in PUBLISHED])
def test_published_examples_of_checksums(make, body, address, monkeypatch):
    monkeypatch.setattr("sensor.simulate.wallets._digest", lambda *_: bytes.fromhex(body))
    assert make() == address


@pytest.mark.parametrize("label", LABELS)
def test_ergo_addresses_begin_as_those_of_the_main_network_do(label):
    assert re.fullmatch(r"9[1-9A-HJ-NP-Za-km-z]{50}", erg_address(label))


@pytest.mark.parametrize("name", [name for name, cast in CASTS.items() if cast.rig.coin and len(cast.rig.account) > 20])
def test_the_wallet_of_a_cast_is_one_of_its_coin(name):
    rig = CASTS[name].rig
    known = {coin.ticker: coin for coin in load().coins}
    assert known[rig.coin].owns_wallet(rig.account)


def test_cryptonote_base58_of_the_published_genesis_form():
    # The Monero project's donation address of 2014: its checksum must come out of its own body.
    from sensor.simulate.wallets import _cryptonote_base58

    address = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"
    body = b"".join(_decode_block(address[at : at + 11]) for at in range(0, 95, 11))
    assert keccak.new(digest_bits=256, data=body[:-4]).digest()[:4] == body[-4:]
    assert _cryptonote_base58(body) == address


def _decode_block(block):
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number = 0
    for character in block:
        number = number * 58 + alphabet.index(character)
    return number.to_bytes(8 if len(block) == 11 else 5, "big")
