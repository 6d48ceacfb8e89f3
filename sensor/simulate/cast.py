"""Who mines in each dialect's scenario, and how is its conversation made? One row per dialect."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from sensor.model.wire import Dialect
from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import Rig, Talk
from sensor.simulate.talks.cryptonote import CryptonoteTalk
from sensor.simulate.talks.ethash import EthereumStratum1Talk, EthereumStratum2Talk, EthProxyTalk
from sensor.simulate.talks.http_work import GetblocktemplateTalk, GetworkTalk
from sensor.simulate.talks.stratum_v1 import StratumV1Talk
from sensor.simulate.talks.zip_301 import Zip301Talk
from sensor.simulate.traffic import Scene, Traffic, mine
from sensor.simulate.wallets import btc_address, evm_address, xmr_address, zec_address

MinerMaker: TypeAlias = Callable[[TcpSession, Rig, random.Random, str], Talk]


@dataclass(frozen=True, slots=True)
class Cast:
    """A dialect's usual rig, the pool's usual port and name, and the talk that plays it."""

    rig: Rig
    port: int
    host: str
    maker: MinerMaker


def perform(dialect: Dialect, scene: Scene, rig: Rig, rng: random.Random) -> Traffic:
    """Play ``rig`` mining in ``dialect`` at ``scene``."""
    maker = CASTS[dialect].maker
    host = scene.host or scene.server.ip
    return mine(scene, dialect, rig, lambda session, chance: maker(session, rig, chance, host), rng)


CASTS: dict[Dialect, Cast] = {
    Dialect.STRATUM_V1: Cast(
        Rig(btc_address("asic"), "rack01", "cgminer/4.11.1", "BTC", 1.1e14, 12, 30, 0.02),
        3333,
        "btc.pool.example.org",
        lambda session, rig, rng, host: StratumV1Talk(session, rig, rng),
    ),
    Dialect.CRYPTONOTE: Cast(
        Rig(
            xmr_address("xmrig"),
            "",
            "XMRig/6.26.0 (Linux x86_64) libuv/1.51.0 gcc/13.2.1",
            "XMR",
            8_500,
            20,
            60,
            0.01,
        ),
        3333,
        "xmr.pool.example.org",
        lambda session, rig, rng, host: CryptonoteTalk(session, rig, rng),
    ),
    Dialect.ETH_PROXY: Cast(
        Rig(evm_address("claymore"), "rig1", "", "ETC", 1.8e8, 25, 13, 0.01, spaced=True),
        4444,
        "etc.pool.example.org",
        lambda session, rig, rng, host: EthProxyTalk(session, rig, rng),
    ),
    Dialect.ETHEREUMSTRATUM_1: Cast(
        Rig(evm_address("nicehash"), "gpu7", "NBMiner/42.3", "ETHW", 3.6e8, 15, 13, 0.01),
        3353,
        "ethw.pool.example.org",
        lambda session, rig, rng, host: EthereumStratum1Talk(session, rig, rng),
    ),
    Dialect.ETHEREUMSTRATUM_2: Cast(
        Rig(evm_address("eip1571"), "gpu8", "ethminer-0.19.0", "ETC", 2.4e8, 15, 13, 0.01),
        4447,
        "etc2.pool.example.org",
        EthereumStratum2Talk,
    ),
    Dialect.ZIP_301: Cast(
        Rig(zec_address("equihash"), "rig4", "EWBF 0.3.4b", "ZEC", 700, 22, 75, 0.01),
        3357,
        "zec.pool.example.org",
        Zip301Talk,
    ),
    Dialect.GETWORK: Cast(
        Rig("demo-user", "usb1", "cgminer 4.11.1", None, 3.3e8, 30, 15),
        8332,
        "getwork.pool.example.org",
        GetworkTalk,
    ),
    Dialect.GETBLOCKTEMPLATE: Cast(
        Rig("demo-user", "usb2", "bfgminer/5.5.0", None, 3.3e8, 30, 30),
        9332,
        "gbt.pool.example.org",
        GetblocktemplateTalk,
    ),
}
