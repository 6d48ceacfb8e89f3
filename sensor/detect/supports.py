"""What can speak for a session being mining? Each kind of support once, with what it is called."""

from __future__ import annotations

import enum

from sensor.model.bilingual import Words


class Support(enum.StrEnum):
    """One kind of support. Those below ``MESSAGE`` are about names, servers and behaviour, not about what was read."""

    UNIQUE = "unique"
    STRONG = "strong"
    MESSAGE = "message"
    PROBE = "probe"
    NAME = "name"
    ADDRESS = "address"
    CERTIFICATE = "certificate"
    FEE = "fee"
    CLUSTER = "cluster"
    SYNCHRONOUS = "synchronous"
    SPOKE_SERVER = "spoke-server"
    SPOKE_MINER = "spoke-miner"
    BEHAVIOUR = "behaviour"


SUPPORT_WORDS = {
    Support.UNIQUE: Words("只有挖矿才会出现的消息", "a message that only mining has"),
    Support.STRONG: Words("各帧长度依次吻合的加密握手", "an encrypted handshake known by its lengths"),
    Support.MESSAGE: Words("有歧义的协议消息", "an ambiguous protocol message"),
    Support.PROBE: Words("该服务器对探测以矿池身份应答", "the server answered a probe as a pool does"),
    Support.NAME: Words("命中名单的域名", "a listed name"),
    Support.ADDRESS: Words("命中名单的地址", "a listed address"),
    Support.CERTIFICATE: Words("挖矿代理的默认证书", "the default certificate of a mining proxy"),
    Support.FEE: Words("同一主机查询过挖矿软件的抽成主机", "the host asked for where mining software pays its fee"),
    Support.CLUSTER: Words("与已确认矿池同名、同址或同证书", "name, address or certificate of a confirmed pool"),
    Support.SYNCHRONOUS: Words("多台主机同时收到该服务器的任务", "several hosts hear from the server in step"),
    Support.SPOKE_SERVER: Words("该服务器的另一会话为明文挖矿", "the server spoke mining in the clear elsewhere"),
    Support.SPOKE_MINER: Words("该主机的另一会话为明文挖矿", "the host mines in the clear elsewhere"),
    Support.BEHAVIOUR: Words("收发的时序与长度像挖矿", "sizes and times like those of mining"),
}
LISTED = frozenset({Support.NAME, Support.ADDRESS, Support.CERTIFICATE})
"""Indicators of the signature set that the flow itself shows."""
OF_SERVER = LISTED | {Support.PROBE, Support.CLUSTER, Support.SPOKE_SERVER}
"""What speaks against the flow's server itself, and not only against the host that talks to it."""
RELATED = frozenset({Support.FEE, Support.CLUSTER, Support.SYNCHRONOUS, Support.SPOKE_MINER})
"""What other flows tell: looked up for a flow only once it behaves like mining."""
