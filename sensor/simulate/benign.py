"""Which look-alikes are there? One row for each protocol that comes close to mining and is none."""

from __future__ import annotations

from dataclasses import dataclass

from sensor.simulate.talks import lookalike
from sensor.simulate.talks import lookalike_rpc as rpc
from sensor.simulate.wraps import websocket
from sensor.simulate.wraps.base import WrapMaker


@dataclass(frozen=True, slots=True)
class Benign:
    """A scenario without mining, its usual port and name, and the talk that plays it."""

    name: str
    port: int
    host: str | None
    talk: type[lookalike.Lookalike]
    who: str
    what_en: str
    what_zh: str
    wraps: tuple[WrapMaker, ...] = ()
    """What its software always puts around the conversation."""


BENIGN = (
    Benign(
        "electrum",
        50001,
        "electrum.example.net",
        lookalike.ElectrumTalk,
        "an Electrum wallet",
        "line JSON-RPC about the Bitcoin chain; no mining",
        "Electrum 钱包查询，非挖矿",
    ),
    Benign(
        "ethereum-rpc-http",
        8545,
        "node.example.net",
        lookalike.EthereumRpcHttpTalk,
        "a wallet back end and its node",
        "Ethereum RPC over HTTP; no mining",
        "以太坊节点 HTTP 调用，非挖矿",
    ),
    Benign(
        "ethereum-rpc-lines",
        8546,
        "node.example.net",
        lookalike.EthereumRpcLineTalk,
        "an indexer and its node",
        "the same as bare JSON lines, with a subscription; no mining",
        "以太坊节点行式 JSON，非挖矿",
    ),
    Benign(
        "lsp",
        2087,
        None,
        lookalike.LanguageServerTalk,
        "an editor and a language server",
        "JSON-RPC framed by Content-Length; no mining",
        "编辑器语言服务，非挖矿",
    ),
    Benign(
        "json-logs",
        5170,
        "logs.example.net",
        lookalike.JsonLogTalk,
        "a log shipper",
        "JSON lines with words close to mining's; no mining",
        "日志采集，用词近似，非挖矿",
    ),
    Benign(
        "pool-website",
        80,
        "www.pool.example.org",
        lookalike.PoolWebsiteTalk,
        "a curious reader",
        "a pool's web site over HTTP; no mining",
        "浏览矿池网站，非挖矿",
    ),
    Benign(
        "web",
        80,
        "www.example.com",
        lookalike.WebTalk,
        "anybody",
        "plain web pages",
        "普通网页浏览",
    ),
    Benign(
        "bitcoind-rpc",
        8332,
        "bitcoind.example.net",
        rpc.BitcoinRpcTalk,
        "a shop's back end and its bitcoind",
        "wallet calls and getmininginfo over HTTP; no mining",
        "比特币节点钱包调用，非挖矿",
    ),
    Benign(
        "monerod-rpc",
        18081,
        "monerod.example.net",
        rpc.MonerodRpcTalk,
        "a Monero wallet and its node",
        "headers and fees over HTTP; no mining",
        "门罗币钱包与节点，非挖矿",
    ),
    Benign(
        "kodi",
        8080,
        "tv.example.net",
        rpc.KodiTalk,
        "a remote control and a media centre",
        "JSON-RPC over HTTP; no mining",
        "影音中心遥控，非挖矿",
    ),
    Benign(
        "aria2",
        6800,
        "downloads.example.net",
        rpc.Aria2Talk,
        "a download manager's front end",
        "JSON-RPC over HTTP; no mining",
        "下载管理器，非挖矿",
    ),
    Benign(
        "mcp",
        8000,
        "tools.example.net",
        rpc.McpTalk,
        "an assistant and its tools",
        "the Model Context Protocol, one tool quoting a miner; no mining",
        "助手工具协议，引用矿机用语，非挖矿",
    ),
    Benign(
        "irc",
        6667,
        "irc.example.net",
        rpc.IrcTalk,
        "people who talk about mining",
        "pasted shares in a channel; no mining",
        "聊天频道谈论挖矿，非挖矿",
    ),
    Benign(
        "game",
        3333,
        "game.example.net",
        rpc.GameTalk,
        "players of a game about mines",
        "line JSON with login, job and submit; no mining",
        "采矿题材游戏，用词相同，非挖矿",
    ),
    Benign(
        "websocket-chat",
        80,
        "app.example.net",
        rpc.ChatSocketTalk,
        "a web application",
        "auth, submit and job messages in a compressed WebSocket; no mining",
        "网页应用的 WebSocket 消息，非挖矿",
        (websocket.deflated,),
    ),
)
"""Every look-alike."""
