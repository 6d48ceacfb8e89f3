"""How are the scenarios described that speak in binary frames, or to a node without a pool?"""

from __future__ import annotations

from typing import Final

from sensor.model.wire import Dialect

BILLING: Final[tuple[tuple[str, str, str, str], ...]] = (
    (
        Dialect.STRATUM_V2,
        "Bitaxe in Stratum V2 mode, a proxy on the same site",
        "plain binary frames: setup, channel, jobs, shares with sequence numbers",
        "Stratum V2 明文帧：建链、通道、任务、带序号的提交",
    ),
    (
        "stratum-v2-noise",
        "the same, a remote pool",
        "the Noise handshake and frames of which only the lengths can be seen",
        "Stratum V2 加密会话：Noise 握手，仅帧长可见",
    ),
    (
        Dialect.BTCAGENT,
        "a farm's BTCAgent, a pool of BTC.com's software",
        "Stratum V1 lines for the farm, binary frames for each miner",
        "BTCAgent 矿场代理：公共部分为 Stratum V1，各矿机为二进制帧",
    ),
    (
        Dialect.NIMIQ,
        "a web or Node.js miner, a Nimiq pool",
        "objects named by a member, inside a WebSocket; shares are not answered",
        "Nimiq：WebSocket 内以成员命名的对象，提交无应答",
    ),
    (
        "ckb-spark",
        "GPU rig, a CKB pool in SparkPool's dialect",
        "ckb_submitLogin, work pushed as results, self-reported hash rate",
        "CKB（星火方言）：ckb_submitLogin、以 result 推送任务、自报算力",
    ),
    (
        "p2pool",
        "XMRig, a P2Pool node of one's own",
        "login and jobs as P2Pool hands them out",
        "门罗币 P2Pool 节点下发的登录应答与任务",
    ),
    (
        Dialect.BYTOM,
        "Antminer B3, a Bytom pool",
        "login and jobs by name, header fields and a seed, shares without a hash",
        "比原链 B3 矿机：按名登录与任务，含区块头各字段与种子",
    ),
    (
        "bytom-listed",
        "the same at a pool of BTC.com's software",
        "texts in arrays: login, getwork, jobs of eleven texts",
        "比原链（BTC.com 格式）：数组登录、getwork、十一项任务",
    ),
    (
        Dialect.SIA,
        "ASIC, a Sia pool",
        "Stratum V1 with times and nonces of eight bytes",
        "Sia：八字节时间与随机数的 Stratum V1",
    ),
    (
        "alephium-node",
        "a miner without a pool, an Alephium node",
        "binary frames with sixteen jobs at a time",
        "Alephium 节点矿工接口：二进制帧，一次十六条链任务",
    ),
)
"""Name, who speaks so, what it is (English), what it is (Chinese)."""
