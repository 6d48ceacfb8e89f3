"""Which coin do the hints leave? Rows of what a session told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sensor.detect.coin import coin_of
from sensor.detect.coinbase import height_of
from sensor.detect.ethash import epoch_height
from sensor.detect.facts import Facts
from sensor.dissect.jsonrpc import JsonRpcLines
from sensor.model.flow import Direction
from sensor.model.wire import Dialect
from sensor.signature import SignatureSet, load
from sensor.simulate.wallets import bech32_address, cash_address, xmr_address

XMR_WALLET = xmr_address("a miner")
BTC_WALLET = bech32_address("bc", "a miner", 20, version=0)
EVM_WALLET = "0x" + "ab" * 20
SEED_159 = "88615dc9f6fe84975a471ca044adecdfde8c8fcdde97d2a3416254d590c52d0c"  # handed out on 2017-12-25

ROWS: list[tuple[str, dict[str, Any], str | None]] = [
    ("nothing known", {}, None),
    ("wallet of one coin", {"account": XMR_WALLET}, "XMR"),
    ("wallet with a bad checksum", {"account": XMR_WALLET[:-1] + "1"}, None),
    ("wallet with a bad checksum, algorithm of one coin", {"account": "4" + "A" * 94, "algorithm": "rx/wow"}, "WOW"),
    ("wallet form that many chains share", {"account": EVM_WALLET}, None),
    ("shared wallet form, pool of one coin", {"account": EVM_WALLET, "name": "eth-eu1.nanopool.org"}, "ETH"),
    ("wallet and pool contradict", {"account": XMR_WALLET, "name": "eth-eu1.nanopool.org"}, None),
    ("algorithm of one coin", {"algorithm": "rx/wow"}, "WOW"),
    ("algorithm that several share", {"algorithm": "rx/0"}, None),
    ("shared algorithm on Monero's clock", {"algorithm": "rx/0", "height": 2334400, "at": "2021-04-07"}, "XMR"),
    ("shared algorithm, another clock", {"algorithm": "rx/0", "height": 500000, "at": "2021-04-07"}, None),
    ("a height alone", {"height": 2334400, "at": "2021-04-07"}, None),
    ("a wallet of a coin that is not mined so", {"account": BTC_WALLET, "dialect": Dialect.CRYPTONOTE}, None),
    (
        "the same, on Monero's clock",
        {
            "account": BTC_WALLET,
            "dialect": Dialect.CRYPTONOTE,
            "algorithm": "rx/0",
            "height": 2334400,
            "at": "2021-04-07",
        },
        "XMR",
    ),
    ("the same on graphics cards", {"account": BTC_WALLET, "dialect": Dialect.ETHEREUMSTRATUM_1}, None),
    ("its own dialect", {"account": BTC_WALLET, "dialect": Dialect.STRATUM_V2}, "BTC"),
    ("a coin named before the address", {"account": "XMR:" + XMR_WALLET, "dialect": Dialect.CRYPTONOTE}, None),
    ("the same in small letters", {"account": "xmr:" + XMR_WALLET, "dialect": Dialect.CRYPTONOTE}, None),
    ("a way of mining named before the address", {"account": "solo:" + XMR_WALLET}, "XMR"),
    ("an address that has a prefix", {"account": cash_address("kaspa", "a miner")}, "KAS"),
    ("Ethereum's clock", {"algorithm": "ethash", "height": 12_200_000, "at": "2021-04-08"}, "ETH"),
    ("Ethereum Classic's clock", {"algorithm": "ethash", "height": 12_540_000, "at": "2021-04-08"}, "ETC"),
    ("Ethereum is not mined any more", {"algorithm": "ethash", "height": 17_000_000, "at": "2023-04-08"}, None),
]


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


@pytest.mark.parametrize(("told", "ticker"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_coin(told: dict[str, Any], ticker: str | None, signatures: SignatureSet) -> None:
    at_ns = int(datetime.fromisoformat(told.get("at", "2026-01-01")).replace(tzinfo=UTC).timestamp()) * 10**9
    facts = Facts(at_ns, at_ns, account=told.get("account"))
    facts.dialect = told.get("dialect", Dialect.STRATUM_V1)
    if "algorithm" in told:
        facts.algorithms[told["algorithm"]] = None
    if "height" in told:
        facts.chain_points[told["height"]] = at_ns
    if "name" in told:
        hit = signatures.name(told["name"])
        assert hit is not None
        facts.add_hit(hit, "dns.answer", at_ns)
    assert coin_of(facts, signatures.coins) == ticker


HEAD = "01000000" + "01" + "00" * 32 + "ffffffff" + "4d"
"""A coinbase transaction up to its script, here of 77 bytes."""
NOT_BUILT = [
    ("", None),
    (HEAD, None),
    (HEAD + "03e429", None),
    (HEAD + "05e429080000", None),
    (HEAD + "03000000", None),
    ("zz" * 60, None),
    (HEAD.replace("ffffffff", "00000000") + "03e42908", None),
]


@pytest.mark.parametrize(("half", "height"), [(HEAD + "03e42908094269744d", 535_012), (HEAD + "0164", 100), *NOT_BUILT])
def test_height_in_a_coinbase(half: str, height: int | None) -> None:
    assert height_of(half) == height
    assert height_of(half.upper()) == height


BUILT: list[tuple[str, str, str, str, str | None, str | None]] = [
    # (case, height little-endian, bits, day, account, coin)
    ("a Bitcoin block", "e42908", "1729d72d", "2018-08-03", None, "BTC"),
    ("as hard as a chain that split off", "e42908", "180147ae", "2018-08-03", None, None),
    ("in the other form of the same bits", "e42908", "180029d7", "2018-08-03", None, "BTC"),
    ("its wallet, and a block of another chain", "e42908", "1a0147ae", "2018-08-03", BTC_WALLET, None),
    ("its wallet, before the table begins", "20a107", "1a0147ae", "2017-08-03", BTC_WALLET, "BTC"),
    ("the height of another time", "e42908", "1729d72d", "2021-08-03", None, None),
    ("before the table begins", "20a107", "1729d72d", "2017-08-03", None, None),
    ("paid in another coin", "e42908", "1729d72d", "2018-08-03", XMR_WALLET, "BTC"),
    ("bits that are none", "e42908", "1729d7", "2018-08-03", None, None),
    ("bits without a number", "e42908", "17000000", "2018-08-03", None, None),
]


@pytest.mark.parametrize(
    ("height", "bits", "day", "account", "ticker"), [row[1:] for row in BUILT], ids=[row[0] for row in BUILT]
)
def test_coin_of_the_block_that_a_job_builds(height, bits, day, account, ticker, signatures) -> None:
    assert coin_of(of_a_job(height, bits, day, account, signatures), signatures.coins) == ticker


@pytest.mark.parametrize(("bits", "ticker"), [("1729d72d", "BTC"), ("1a0147ae", None)])
def test_a_pool_of_one_coin_may_have_jobs_of_another(bits: str, ticker: str | None, signatures: SignatureSet) -> None:
    facts = of_a_job("e42908", bits, "2018-08-03", None, signatures)
    hit = signatures.name("us1.bitminter.com")
    assert hit is not None and hit.coin == "BTC"
    facts.add_hit(hit, "http.host", facts.first_ns)
    assert coin_of(facts, signatures.coins) == ticker


def of_a_job(height: str, bits: str, day: str, account: str | None, signatures: SignatureSet) -> Facts:
    at_ns = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 10**9
    said: list[Any] = ["1", "0" * 64, HEAD + "03" + height + "0942", "ffffffff", [], "20000000", bits, "5b646000", True]
    message = json.dumps({"id": None, "method": "mining.notify", "params": said}).encode() + b"\n"
    facts = Facts(at_ns, at_ns, account=account)
    for seen in JsonRpcLines().parse(Direction.RESP, at_ns, message, gap=False):
        for match in signatures.match(seen):
            facts.add_match(match, at_ns, from_miner=False)
    return facts


@pytest.mark.parametrize(
    ("seed", "height"),
    [(SEED_159, 159 * 30_000), ("0x" + SEED_159, 159 * 30_000), ("00" * 32, None), ("ab" * 32, None), ("", None)],
)
def test_epoch_of_a_seed(seed: str, height: int | None) -> None:
    assert epoch_height(seed) == height
