"""Who mines in each dialect's scenario, and how is its conversation made? One row per dialect."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from sensor.model.wire import Dialect
from sensor.simulate.session import TcpSession
from sensor.simulate.talks.alephium_node import AlephiumNodeTalk
from sensor.simulate.talks.base import Rig, Talk
from sensor.simulate.talks.browser import BrowserMinerTalk
from sensor.simulate.talks.btcagent import BtcAgentTalk
from sensor.simulate.talks.bytom import BytomTalk
from sensor.simulate.talks.cryptonote import CryptonoteTalk, P2PoolTalk
from sensor.simulate.talks.documents import CkbSparkTalk, NimiqTalk
from sensor.simulate.talks.ethash import EthereumStratum1Talk, EthereumStratum2Talk, EthProxyTalk
from sensor.simulate.talks.form import FormTalk
from sensor.simulate.talks.forms import FORMS
from sensor.simulate.talks.http_work import EthGetworkTalk, GetblocktemplateTalk, GetworkTalk, MoneroDaemonTalk
from sensor.simulate.talks.own_frames import BeamTalk, GrinTalk, IronFishTalk, ZmpTalk
from sensor.simulate.talks.stratum_v1 import StratumV1Talk
from sensor.simulate.talks.stratum_v2 import StratumV2NoiseTalk, StratumV2Talk
from sensor.simulate.talks.zip_301 import Zip301Talk
from sensor.simulate.traffic import Scene, Traffic, mine
from sensor.simulate.wallets import (
    alph_address,
    bech32_address,
    btc_address,
    cash_address,
    ckb_address,
    erg_address,
    evm_address,
    key_address,
    nim_address,
    rvn_address,
    sia_address,
    wart_address,
    xel_address,
    xmr_address,
    zec_address,
)
from sensor.simulate.wraps import websocket
from sensor.simulate.wraps.base import WrapMaker

XMRIG = "XMRig/6.26.0 (Linux x86_64) libuv/1.51.0 gcc/13.2.1"

MinerMaker: TypeAlias = Callable[[TcpSession, Rig, random.Random, str], Talk]


@dataclass(frozen=True, slots=True)
class Cast:
    """A dialect, its usual rig, the pool's usual port and name, and the talk that plays it."""

    dialect: Dialect
    rig: Rig
    port: int
    host: str
    maker: MinerMaker
    wraps: tuple[WrapMaker, ...] = ()
    """What its software always puts around the conversation."""


def perform(name: str, scene: Scene, rig: Rig, rng: random.Random) -> Traffic:
    """Play ``rig`` mining as the cast of that name does, at ``scene``."""
    cast = CASTS[name]
    host = scene.host or scene.server.ip
    scene = replace(scene, wraps=(*scene.wraps, *cast.wraps))
    return mine(scene, cast.dialect, rig, lambda session, chance: cast.maker(session, rig, chance, host), rng)


def _form(name: str) -> MinerMaker:
    return lambda session, rig, rng, host: FormTalk(FORMS[name], session, rig, rng, host)


CASTS: dict[str, Cast] = {
    Dialect.STRATUM_V1: Cast(
        Dialect.STRATUM_V1,
        Rig(btc_address("asic"), "rack01", "cgminer/4.11.1", "BTC", 1.1e14, 12, 30, 0.02),
        3333,
        "btc.pool.example.org",
        lambda session, rig, rng, host: StratumV1Talk(session, rig, rng),
    ),
    Dialect.CRYPTONOTE: Cast(
        Dialect.CRYPTONOTE,
        Rig(xmr_address("xmrig"), "", XMRIG, "XMR", 8_500, 20, 60, 0.01),
        3333,
        "xmr.pool.example.org",
        lambda session, rig, rng, host: CryptonoteTalk(session, rig, rng),
    ),
    Dialect.ETH_PROXY: Cast(
        Dialect.ETH_PROXY,
        Rig(evm_address("claymore"), "rig1", "", "ETC", 1.8e8, 25, 13, 0.01, spaced=True),
        4444,
        "etc.pool.example.org",
        EthProxyTalk,
    ),
    Dialect.ETHEREUMSTRATUM_1: Cast(
        Dialect.ETHEREUMSTRATUM_1,
        Rig(evm_address("nicehash"), "gpu7", "NBMiner/42.3", "ETHW", 3.6e8, 15, 13, 0.01),
        3353,
        "ethw.pool.example.org",
        EthereumStratum1Talk,
    ),
    Dialect.ETHEREUMSTRATUM_2: Cast(
        Dialect.ETHEREUMSTRATUM_2,
        Rig(evm_address("eip1571"), "gpu8", "ethminer-0.19.0", "ETC", 2.4e8, 15, 13, 0.01),
        4447,
        "etc2.pool.example.org",
        EthereumStratum2Talk,
    ),
    Dialect.ZIP_301: Cast(
        Dialect.ZIP_301,
        Rig(zec_address("equihash"), "rig4", "EWBF 0.3.4b", "ZEC", 700, 22, 75, 0.01),
        3357,
        "zec.pool.example.org",
        Zip301Talk,
    ),
    Dialect.GETWORK: Cast(
        Dialect.GETWORK,
        Rig("demo-user", "usb1", "cgminer 4.11.1", None, 3.3e8, 30, 15),
        8332,
        "getwork.pool.example.org",
        GetworkTalk,
    ),
    Dialect.GETBLOCKTEMPLATE: Cast(
        Dialect.GETBLOCKTEMPLATE,
        Rig("demo-user", "usb2", "bfgminer/5.5.0", None, 3.3e8, 30, 30),
        9332,
        "gbt.pool.example.org",
        GetblocktemplateTalk,
    ),
    Dialect.PROGPOW: Cast(
        Dialect.PROGPOW,
        Rig(rvn_address("kawpow"), "rig5", "kawpowminer/1.2.4", "RVN", 4.2e7, 18, 60, 0.01),
        8888,
        "rvn.pool.example.org",
        _form("progpow"),
    ),
    Dialect.ETH_STRATUM: Cast(
        Dialect.ETH_STRATUM,
        Rig(evm_address("mode0"), "gpu9", "", "ETC", 2.2e8, 18, 13, 0.01),
        4445,
        "etc3.pool.example.org",
        _form("eth-stratum"),
    ),
    Dialect.ZMP: Cast(
        Dialect.ZMP,
        Rig(bech32_address("zil", "zmp", 20), "rig6", "GMiner/3.44", "ZIL", 3.3e8, 20, 15, 0.01),
        9486,
        "zil.pool.example.org",
        ZmpTalk,
    ),
    Dialect.GRIN: Cast(
        Dialect.GRIN,
        Rig(bech32_address("grin", "cuckatoo"), "rig1", "grin-miner", "GRIN", 3, 25, 60, 0.01),
        3416,
        "grin.pool.example.org",
        GrinTalk,
    ),
    Dialect.BEAM: Cast(
        Dialect.BEAM,
        Rig(key_address("beam") + "1f", "rig2", "", "BEAM", 42, 20, 60, 0.02),
        5555,
        "beam.pool.example.org",
        BeamTalk,
    ),
    Dialect.CONFLUX: Cast(
        Dialect.CONFLUX,
        Rig(cash_address("cfx", "octopus", 20), "rig3", "", "CFX", 7.8e7, 18, 5, 0.01),
        32525,
        "cfx.pool.example.org",
        _form("conflux"),
    ),
    Dialect.KASPA: Cast(
        Dialect.KASPA,
        Rig(cash_address("kaspa", "asic"), "ks5", "SRBMiner-MULTI/2.5", "KAS", 1.2e13, 12, 2, 0.01),
        5555,
        "kas.pool.example.org",
        _form("kaspa"),
    ),
    "kaspa-large-job": Cast(
        Dialect.KASPA,
        Rig(cash_address("kaspa", "big"), "ks3", "iceriverminer", "KAS", 6e12, 15, 2, 0.01),
        5556,
        "kas2.pool.example.org",
        _form("kaspa-large-job"),
    ),
    Dialect.ALEPHIUM: Cast(
        Dialect.ALEPHIUM,
        Rig(alph_address("al"), "al1", "", "ALPH", 4e12, 15, 16, 0.01),
        20032,
        "alph.pool.example.org",
        _form("alephium"),
    ),
    "alephium-proposed": Cast(
        Dialect.ALEPHIUM,
        Rig(alph_address("gpu"), "al2", "lolMiner/1.85", "ALPH", 2e9, 15, 16, 0.01),
        20033,
        "alph2.pool.example.org",
        _form("alephium-proposed"),
    ),
    Dialect.ERGO: Cast(
        Dialect.ERGO,
        Rig(erg_address("autolykos"), "rig7", "TeamRedMiner/0.10.21", "ERG", 2.2e8, 18, 60, 0.01),
        3056,
        "erg.pool.example.org",
        _form("ergo"),
    ),
    Dialect.IRON_FISH: Cast(
        Dialect.IRON_FISH,
        Rig(key_address("fish"), "rig8", "BzMiner-v17", "IRON", 4e7, 18, 60, 0.02),
        9034,
        "iron.pool.example.org",
        IronFishTalk,
    ),
    Dialect.ALEO: Cast(
        Dialect.ALEO,
        Rig(bech32_address("aleo", "prover", modified=True), "p1", "aleo-prover", "ALEO", 900, 15, 20, 0.01),
        4420,
        "aleo.pool.example.org",
        _form("aleo"),
    ),
    Dialect.XELIS: Cast(
        Dialect.XELIS,
        Rig(xel_address("xel"), "cpu1", "tnn-miner/0.4.4", "XEL", 12_000, 15, 15, 0.01),
        7777,
        "xel.pool.example.org",
        _form("xelis"),
    ),
    Dialect.DECRED: Cast(
        Dialect.DECRED,
        Rig("demo-farm", "dcr1", "decred-gominer/v2.0.0", "DCR", 3e9, 20, 60, 0.01),
        5550,
        "dcr.pool.example.org",
        _form("decred"),
    ),
    Dialect.HANDSHAKE: Cast(
        Dialect.HANDSHAKE,
        Rig(bech32_address("hs", "hns", 20, version=0), "hs1", "cgminer/4.11.1", "HNS", 4e12, 18, 60, 0.01),
        3008,
        "hns.pool.example.org",
        _form("handshake"),
    ),
    Dialect.KADENA: Cast(
        Dialect.KADENA,
        Rig("k:" + key_address("kda"), "kd6", "kdaminer-v1.0.0", "KDA", 2.9e13, 15, 30, 0.01),
        1917,
        "kda.pool.example.org",
        _form("kadena"),
    ),
    Dialect.CKB: Cast(
        Dialect.CKB,
        Rig(ckb_address("eaglesong"), "k7", "ckbminer-v1.0.0", "CKB", 5e13, 15, 12, 0.01),
        8114,
        "ckb.pool.example.org",
        _form("ckb"),
    ),
    Dialect.NEXA: Cast(
        Dialect.NEXA,
        Rig(cash_address("nexa", "nexa", 24, version=152), "rig9", "BzMiner-v11.1.0", "NEXA", 9e7, 18, 60, 0.01),
        8866,
        "nexa.pool.example.org",
        _form("nexa"),
    ),
    Dialect.WARTHOG: Cast(
        Dialect.WARTHOG,
        Rig(wart_address("wart"), "rig10", "JanusMiner", "WART", 4e8, 18, 20, 0.01),
        7113,
        "wart.pool.example.org",
        _form("warthog"),
    ),
    Dialect.STRATUM_V2: Cast(
        Dialect.STRATUM_V2,
        Rig("demo-farm", "axe1", "bitaxe/v2.9.0", "BTC", 1.2e12, 12, 30, 0.05),
        34254,
        "v2.pool.example.org",
        StratumV2Talk,
    ),
    "stratum-v2-noise": Cast(
        Dialect.STRATUM_V2,
        Rig("demo-farm", "axe2", "bitaxe/v2.9.0", "BTC", 1.2e12, 12, 30, 0.05),
        34255,
        "v2n.pool.example.org",
        StratumV2NoiseTalk,
    ),
    Dialect.BTCAGENT: Cast(
        Dialect.BTCAGENT,
        Rig("demo-farm", "rack", "btccom-agent/2.0.0-mu", None, 2**49 / 8, 8, 30, 0.05),
        1800,
        "agent.pool.example.org",
        BtcAgentTalk,
    ),
    Dialect.NIMIQ: Cast(
        Dialect.NIMIQ,
        Rig(nim_address("nano"), "laptop", "", "NIM", 9_000, 15, 60, 0),
        8444,
        "nim.pool.example.org",
        NimiqTalk,
        (websocket.text,),
    ),
    "ckb-spark": Cast(
        Dialect.CKB,
        Rig(ckb_address("spark"), "k8", "NBMiner/42.3", "CKB", 2e9, 15, 12, 0.01),
        8115,
        "ckb2.pool.example.org",
        CkbSparkTalk,
    ),
    "p2pool": Cast(
        Dialect.CRYPTONOTE,
        Rig(xmr_address("p2pool"), "", XMRIG, "XMR", 15_000, 20, 10, 0.01),
        3335,
        "p2pool.example.org",
        P2PoolTalk,
    ),
    Dialect.BYTOM: Cast(
        Dialect.BYTOM,
        Rig("demo-farm", "b3", "bmminer/2.0.0", "BTM", 780, 20, 90, 0.02),
        9119,
        "btm.pool.example.org",
        lambda session, rig, rng, host: BytomTalk(session, rig, rng, host, named=True),
    ),
    "bytom-listed": Cast(
        Dialect.BYTOM,
        Rig(bech32_address("bm", "tensority", 20, version=0), "b3-2", "bmminer/2.0.0", "BTM", 780, 20, 90, 0.02),
        9220,
        "btm2.pool.example.org",
        lambda session, rig, rng, host: BytomTalk(session, rig, rng, host, named=False),
    ),
    Dialect.SIA: Cast(
        Dialect.SIA,
        Rig(sia_address("sc1"), "sc1", "", "SC", 8e12, 15, 60, 0.01),
        3363,
        "sc.pool.example.org",
        _form("sia"),
    ),
    "alephium-node": Cast(
        Dialect.ALEPHIUM,
        Rig("", "", "", "ALPH", 2e10, 40, 16, 0.05),
        10973,
        "alephium.example.org",
        AlephiumNodeTalk,
    ),
    "nicehash": Cast(
        Dialect.STRATUM_V1,
        Rig("demo-buyer", "order7", "NiceHash/1.0.0", None, 5e15, 10, 30, 0.01),
        3334,
        "rented.pool.example.org",
        _form("nicehash"),
    ),
    Dialect.BROWSER_MINER: Cast(
        Dialect.BROWSER_MINER,
        Rig("Qf3kZ8mN1pRs6tUv9wXy2aBc4dEf7gHi", "", "", None, 45, 10, 60),
        80,
        "ws.miner.example.org",
        BrowserMinerTalk,
        (websocket.text,),
    ),
    "monero-daemon": Cast(
        Dialect.GETBLOCKTEMPLATE,
        Rig(xmr_address("solo"), "", XMRIG, "XMR", 8_500, 90, 15),
        18081,
        "monerod.example.org",
        MoneroDaemonTalk,
    ),
    "eth-getwork": Cast(
        Dialect.ETH_PROXY,
        Rig("", "", "", None, 2.4e8, 40, 5, 0.01),
        8545,
        "geth.example.org",
        EthGetworkTalk,
    ),
}
"""Every cast by the name of its scenario: the dialect's, or that of a variant."""
