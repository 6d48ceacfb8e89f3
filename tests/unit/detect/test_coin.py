"""Which coin do the hints leave? Rows of what a session told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sensor.detect.coin import coin_of
from sensor.detect.ethash import epoch_height
from sensor.detect.facts import Facts
from sensor.model.wire import Dialect
from sensor.signature import SignatureSet, load
from sensor.simulate.wallets import xmr_address

XMR_WALLET = xmr_address("a miner")
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
    facts.dialect_votes[Dialect.STRATUM_V1] = 1
    if "algorithm" in told:
        facts.algorithms[told["algorithm"]] = None
    if "height" in told:
        facts.chain_points[told["height"]] = at_ns
    if "name" in told:
        hit = signatures.name(told["name"])
        assert hit is not None
        facts.add_hit(hit, "dns.answer", at_ns)
    assert coin_of(facts, signatures.coins) == ticker


@pytest.mark.parametrize(
    ("seed", "height"),
    [(SEED_159, 159 * 30_000), ("0x" + SEED_159, 159 * 30_000), ("00" * 32, None), ("ab" * 32, None), ("", None)],
)
def test_epoch_of_a_seed(seed: str, height: int | None) -> None:
    assert epoch_height(seed) == height
