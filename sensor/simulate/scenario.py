"""Which scenarios are there, and how is one built? The registry, in one table."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sensor.model.errors import ConfigError
from sensor.model.flow import Endpoint
from sensor.model.wire import Dialect
from sensor.simulate import day, farm
from sensor.simulate.benign import BENIGN, Benign
from sensor.simulate.billing import BILLING
from sensor.simulate.cast import CASTS, perform
from sensor.simulate.frames import Row
from sensor.simulate.names import Lookup, lookup_rows
from sensor.simulate.traffic import Scene, TalkMaker, Traffic, chat

DEFAULT_START_NS = 1_794_931_200 * 10**9
"""2026-11-17T16:00:00Z, when a start is not named: midnight in Shanghai, a Wednesday."""
_CLIENT, _SERVER_IP = Endpoint("192.0.2.10", 49_152), "198.51.100.7"
_NOISE_NAMES = ("www", "mail", "ntp", "updates", "cdn", "static", "api", "login", "wpad", "printer")

Maker: TypeAlias = Callable[[Scene, random.Random], Traffic]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row of the table. ``who`` says whose software or which people speak so."""

    name: str
    who: str
    what_en: str
    what_zh: str
    mining: bool
    duration_s: float
    port: int
    host: str | None
    make: Maker


def build(name: str, seed: int = 1, start_ns: int = DEFAULT_START_NS, **params: Any) -> Iterator[Row]:
    """The frames of scenario ``name`` in the order of time; the same arguments give the same bytes.

    ``params`` replace fields of the :class:`~sensor.simulate.traffic.Scene`: ``duration_s``, ``client``, ``server``,
    ``host``, ``shapes``, ``wraps``, ``dress``, ``carriers`` and so on. Raises ConfigError for an unknown name or field.
    """
    yield from compose(name, seed, start_ns, **params).rows


def compose(name: str, seed: int = 1, start_ns: int = DEFAULT_START_NS, **params: Any) -> Traffic:
    """As :func:`build`, with the truth about what was planted."""
    scenario = SCENARIOS.get(name)
    if scenario is None:
        raise ConfigError(f"unknown scenario {name!r}: use one of {', '.join(SCENARIOS)}")
    server = Endpoint(_SERVER_IP, scenario.port)
    scene = Scene(start_ns, scenario.duration_s, _CLIENT, server, scenario.host)
    unknown = sorted(set(params) - set(Scene.__dataclass_fields__))
    if unknown:
        raise ConfigError(f"scenario {name!r} has no parameter {', '.join(unknown)}: see Scene for those it has")
    # Scenario names salt the seed, so that two scenarios of one seed do not share sequence numbers.
    return scenario.make(replace(scene, **params), random.Random(f"{name}/{seed}"))  # noqa: S311 - not for secrets


def _mining(name: str, who: str, what_en: str, what_zh: str) -> Scenario:
    cast = CASTS[name]

    def make(scene: Scene, rng: random.Random) -> Traffic:
        return perform(name, scene, cast.rig, rng)

    return Scenario(str(name), who, what_en, what_zh, True, 600, cast.port, cast.host, make)


def _benign(row: Benign) -> Scenario:
    def make(scene: Scene, rng: random.Random) -> Traffic:
        maker: TalkMaker = lambda session, chance: row.talk(session, chance, scene.host or scene.server.ip)  # noqa: E731
        return chat(replace(scene, wraps=(*scene.wraps, *row.wraps)), maker, rng)

    return Scenario(row.name, row.who, row.what_en, row.what_zh, False, 300, row.port, row.host, make)


def _dns_noise(scene: Scene, rng: random.Random) -> Traffic:
    rows: list[Row] = []
    at_ns = scene.start_ns
    while at_ns < scene.end_ns:
        name = f"{rng.choice(_NOISE_NAMES)}.{rng.choice(('example.com', 'example.net'))}"
        found = Lookup(name, None if rng.random() < 0.1 else f"198.51.100.{rng.randrange(100, 250)}")
        rows += lookup_rows(scene.client.ip, scene.resolver_ip, found, at_ns, rng)
        at_ns += round(rng.expovariate(1 / 3) * 1e9)
    return Traffic(sorted(rows, key=lambda row: row[0]), [])


def _day(scene: Scene, rng: random.Random) -> Traffic:
    return day.egress_day(scene.start_ns, scene.duration_s, rng, _dns_noise)


_TABLE = [
    _mining(
        Dialect.STRATUM_V1,
        "cgminer on an ASIC, any Bitcoin-family pool",
        "configure, subscribe, authorize, jobs, shares of six parameters",
        "ASIC 矿机与比特币类矿池：配置、订阅、授权、任务、六参数提交",
    ),
    _mining(
        Dialect.CRYPTONOTE,
        "XMRig 6 on a server's CPU, a Monero pool",
        "login with the algorithm list, job pushes, shares, keepalived",
        "XMRig 与门罗币矿池：登录、任务推送、提交、保活",
    ),
    _mining(
        Dialect.ETH_PROXY,
        "Claymore-like GPU rig",
        "eth_submitLogin, eth_getWork every 10 s, hash rate every 20 s",
        "类 Claymore 显卡矿机：登录、十秒轮询、上报算力",
    ),
    _mining(
        Dialect.ETHEREUMSTRATUM_1,
        "NBMiner-like GPU rig",
        "EthereumStratum/1.0.0: four-parameter jobs, three-parameter shares",
        "EthereumStratum/1.0.0：四参数任务、三参数提交",
    ),
    _mining(
        Dialect.ETHEREUMSTRATUM_2,
        "ethminer in stratum3 mode",
        "EIP-1571: mining.hello, mining.set, self-reported hash rate",
        "EIP-1571：mining.hello、mining.set、自报算力",
    ),
    _mining(
        Dialect.ZIP_301,
        "EWBF-like Equihash rig",
        "subscribe with host and port, solutions of 2.9 kB",
        "Equihash 矿机：订阅带主机端口，2.9 kB 解提交",
    ),
    _mining(
        Dialect.GETWORK,
        "cgminer in HTTP mode",
        "getwork polls with X-Mining-Extensions, solved data handed in",
        "HTTP getwork 轮询与提交",
    ),
    _mining(
        Dialect.GETBLOCKTEMPLATE,
        "bfgminer in HTTP mode",
        "getblocktemplate long polls, submitblock",
        "HTTP getblocktemplate 长轮询与 submitblock",
    ),
    _mining(
        Dialect.PROGPOW,
        "kawpowminer on a GPU rig",
        "KawPow jobs of seven parameters, a target, self-reported hash rate",
        "KawPow：七参数任务、目标值、自报算力",
    ),
    _mining(
        Dialect.ETH_STRATUM,
        "ethminer in its mode 0",
        "Ethash jobs of five parameters",
        "以太坊系 Stratum 模式 0：五参数任务",
    ),
    _mining(
        Dialect.ZMP,
        "GPU rig, a Zilliqa pool",
        "work windows as bare results, nonces as shares",
        "Zilliqa：裸 result 任务、仅含随机数的提交",
    ),
    _mining(
        Dialect.GRIN,
        "grin-miner, a Grin or MWC pool",
        "getjobtemplate, cycles of 42 edges, answers that repeat the method",
        "Grin/MWC：42 边环解，应答重复方法名",
    ),
    _mining(
        Dialect.BEAM,
        "a Beam rig",
        "members beside the method, packed difficulty, answers named result",
        "Beam：成员与方法并列，压缩难度，result 应答",
    ),
    _mining(
        Dialect.CONFLUX,
        "Octopus rig, a Conflux pool",
        "jobs with height and boundary, shares with the hash",
        "Conflux：含高度与边界的任务",
    ),
    _mining(
        Dialect.KASPA,
        "GPU rig, a Kaspa bridge",
        "jobs of four integers every other second",
        "Kaspa：四个 64 位整数的任务，每两秒一个",
    ),
    _mining(
        "kaspa-large-job",
        "IceRiver ASIC, a Kaspa bridge",
        "the same with jobs of one long text",
        "Kaspa 大任务格式：一段长十六进制文本",
    ),
    _mining(
        Dialect.ALEPHIUM,
        "ASIC, the official Alephium pool",
        "the pool speaks first; jobs for several chains at once",
        "Alephium 官方矿池：服务器先发，一次多链任务",
    ),
    _mining(
        "alephium-proposed",
        "GPU rig, another Alephium pool",
        "mining.hello, AlephiumStratum/1.0.0",
        "AlephiumStratum/1.0.0 格式",
    ),
    _mining(
        Dialect.ERGO,
        "GPU rig, an Ergo pool",
        "jobs of nine slots with a long decimal target",
        "Ergo：九槽任务，长十进制目标",
    ),
    _mining(
        Dialect.IRON_FISH,
        "GPU rig, an Iron Fish pool",
        "bodies instead of parameters",
        "Iron Fish：body 代替 params",
    ),
    _mining(
        Dialect.ALEO,
        "aleo-prover",
        "epoch challenges, commitment and proof as the share",
        "Aleo：纪元挑战，提交承诺与证明",
    ),
    _mining(
        Dialect.XELIS,
        "CPU miner, a Xelis pool",
        "jobs that name the algorithm",
        "Xelis：任务中带算法名",
    ),
    _mining(
        Dialect.DECRED,
        "decred-gominer, a Decred pool",
        "jobs that hold most of the header",
        "Decred：任务含大部分区块头",
    ),
    _mining(
        Dialect.HANDSHAKE,
        "ASIC, a Handshake pool",
        "jobs of five hashes, shares with a mask",
        "Handshake：五个哈希的任务，带掩码的提交",
    ),
    _mining(
        Dialect.KADENA,
        "ASIC, a Kadena pool",
        "jobs of one header of 286 bytes",
        "Kadena：286 字节区块头任务",
    ),
    _mining(
        Dialect.CKB,
        "ASIC, a Nervos CKB pool",
        "jobs with height and parent, nonces of 12 bytes",
        "Nervos CKB：含高度与父块的任务，12 字节随机数",
    ),
    _mining(
        Dialect.NEXA,
        "GPU rig, a Nexa pool",
        "jobs of commitment, height and target",
        "Nexa：承诺、高度与目标",
    ),
    _mining(
        Dialect.WARTHOG,
        "JanusMiner, a Warthog pool",
        "shares without an account",
        "Warthog：提交不含账户",
    ),
    _mining(
        "nicehash",
        "NiceHash, any Bitcoin-family pool",
        "the rental service's signed subscription",
        "NiceHash 算力租赁：签名订阅",
    ),
    _mining(
        Dialect.BROWSER_MINER,
        "a script in a web page, a browser mining service",
        "auth with a site key, jobs and shares inside a WebSocket",
        "网页脚本与网页挖矿服务：WebSocket 内的站点密钥、任务与提交",
    ),
    _mining(
        "monero-daemon",
        "XMRig without a pool, a Monero node",
        "getblocktemplate for a wallet over HTTP, X-Hash-Difficulty",
        "XMRig 直连门罗币节点（HTTP）",
    ),
    _mining(
        "eth-getwork",
        "ethminer without a pool, an Ethereum node",
        "eth_getWork polled over HTTP",
        "ethminer 直连以太坊节点（HTTP 轮询）",
    ),
    Scenario(
        "farm-proxy",
        "a farm of ASICs and its own proxy",
        "twelve rigs deliver to one address, which delivers all of it to a pool",
        "矿场代理：十二台矿机提交给一个地址，由它汇总上交矿池",
        True,
        1800,
        3333,
        "btc.pool.example.org",
        farm.farm_proxy,
    ),
    Scenario(
        "xmrig-proxy",
        "xmrig-proxy, its miners elsewhere",
        "one session with the work of many processors",
        "xmrig-proxy：一个会话承载多台处理器的算力",
        True,
        900,
        3333,
        "xmr.pool.example.org",
        farm.xmrig_proxy,
    ),
    *(_mining(*row) for row in BILLING),
    *map(_benign, BENIGN),
    Scenario(
        "dns-noise",
        "every machine",
        "names looked up all day; no mining",
        "日常域名解析",
        False,
        300,
        53,
        None,
        _dns_noise,
    ),
    Scenario(
        "egress-day",
        "several enterprises behind one egress link",
        "a day: eight dialects, a shared address, an address that changes hands at noon, look-alikes",
        "出口链路一天：八种方言、共享地址、中午换手的动态地址、近似流量",
        True,
        86_400,
        0,
        None,
        _day,
    ),
]
SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _TABLE}
"""Every scenario by its name."""
