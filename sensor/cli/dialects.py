"""Which dialects are known, by what, and how is that proven? ``python -m sensor.cli.dialects docs/dialects.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from sensor.model.wire import Dialect
from sensor.signature import SignatureSet, Strength, load
from sensor.signature.compile import Signature
from sensor.simulate.cast import CASTS

_HEAD = """# 挖矿方言 · Mining dialects

本页由命令生成，勿手工改动。This page is written by `python -m sensor.cli.dialects docs/dialects.md`.

每种方言列出：读取方式、特征（加粗者单独即可确认，斜体者单独为“很可能”，其余须有佐证）、正反样本数、可重放的场景、依据。
For each dialect: how it is read, its signatures (**bold**: one message confirms; *italic*: probable by itself; the
others need a second hint), positive and negative samples, scenarios of
`minewatch simulate`, and where the facts come from.

| 方言 dialect | 读取 read as | 特征 signatures | 样本 +/− samples | 场景 scenarios | 依据 sources |
|---|---|---|---|---|---|
"""
_MIDDLE = """
## 只凭名单或不作判断 · Known by name only, or not claimed

| 协议 protocol | 原因 why |
|---|---|
"""
_NOT_CLAIMED = (
    ("Chia", "仅 HTTPS，报文不可见；凭域名", "HTTPS only: known by the pool's name"),
    (
        "Qubic, Spacemesh",
        "节点间协议，与钱包和全节点无异",
        "peer-to-peer protocols that wallets and nodes speak as well",
    ),
    (
        "peers of P2Pool; its banner",
        "节点之间不是矿机与矿池的会话；对端口的 HTTP 访问只说明有人查看",
        "nodes among themselves are no session of miner and pool; who asks the port over HTTP looks, and does not mine",
    ),
    ("ZeroMQ of a Monero node", "区块浏览器和钱包同样订阅", "explorers and wallets subscribe to the same"),
    ("management ports of miners", "管理端不是矿机与矿池的会话", "not a session of miner and pool"),
    ("encrypted Stratum V2, joined in the middle", "握手已过，其后不可读", "nothing behind the handshake can be read"),
    (
        "encrypted Stratum V2 behind a proxy or load balancer",
        "SOCKS5 按名连接者可识别；SOCKS4、按地址的 SOCKS5、CONNECT 与 PROXY 头占去首包，流首长度不再可凭，仅凭名单",
        "SOCKS5 by name is seen; SOCKS4, SOCKS5 by address, CONNECT and PROXY headers come first and take the lengths "
        "it is known by: only its listed name or address tells",
    ),
    ("job declaration of Stratum V2", "建链可见，其余报文不计份额", "the setup is seen; the rest hands in no shares"),
)
_MARKS = {Strength.UNIQUE: "**", Strength.STRONG: "*", Strength.AMBIGUOUS: ""}


def page(signatures: SignatureSet) -> str:
    """The whole page."""
    rows = (_row(dialect, signatures) for dialect in sorted(Dialect))
    left = (f"| {what} | {zh} {en} |\n" for what, zh, en in _NOT_CLAIMED)
    return _HEAD + "".join(f"| {' | '.join(cells)} |\n" for cells in rows) + _MIDDLE + "".join(left)


def _row(dialect: Dialect, signatures: SignatureSet) -> Iterator[str]:
    own = [one for one in signatures.signatures if one.evidence.dialect is dialect]
    samples = [sample for one in own for sample in one.samples]
    positive = sum(sample.positive for sample in samples)
    yield f"`{dialect}`"
    yield ", ".join(sorted({one.scope.protocol.value for one in own if one.scope is not None}))
    yield ", ".join(_named(one) for one in own)
    yield f"{positive}/{len(samples) - positive}"
    yield ", ".join(f"`{name}`" for name, cast in CASTS.items() if cast.dialect is dialect) or "—"
    yield " ".join(sorted({f"<{source}>" for one in own for source in one.document.references}))


def _named(signature: Signature) -> str:
    mark = _MARKS[signature.evidence.strength]
    return f"{mark}{signature.name}{mark}"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(load()), encoding="utf-8")
