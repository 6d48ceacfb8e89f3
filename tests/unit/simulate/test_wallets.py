"""Are test addresses valid in form and checksum?"""

import re

import pytest
from Crypto.Hash import keccak

from sensor.simulate.wallets import btc_address, evm_address, xmr_address, zec_address

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
