"""Is every dialect found in every disguise that still speaks? ``python tests/e2e/evasion/evasion_matrix.py`` prints it.

One capture holds all dialects in one disguise, each from an address of its own; a cell is what is said of that address.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from sensor.capture import open_capture
from sensor.detect.scan import scan
from sensor.engine.select import choose_engine
from sensor.model.flow import Endpoint
from sensor.model.wire import Detection
from sensor.signature import SignatureSet, load
from sensor.simulate.benign import BENIGN
from sensor.simulate.cast import CASTS
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import SCENARIOS, compose
from sensor.simulate.shaping import parse_shape
from sensor.simulate.traffic import PlantedSession, merge
from sensor.simulate.wraps.carriers import find_carrier
from sensor.simulate.wraps.named import find_dress, find_wrap

ENGINES = ("portable", "native")
DURATION_S = 100
LONG_S = 400
"""Where one side, or the end of a session, has to do: a few more shares."""
SEED = 5
MINING = tuple(str(name) for name in CASTS)
HTTP = frozenset({"getwork", "getblocktemplate", "monero-daemon", "eth-getwork"})
BINARY = frozenset({"stratum-v2", "stratum-v2-noise", "alephium-node", "btcagent"})
TWINS = {
    # Dialects that one side's messages do not tell apart.
    "server": [{"getwork", "getblocktemplate"}],
    "client": [{"progpow", "eth-stratum"}, {"decred", "stratum-v1"}],
}


@dataclass(frozen=True, slots=True)
class Disguise:
    """One column. ``side`` names the only side seen; ``via`` is what ``transport.via`` has to say."""

    name: str
    shapes: str = ""
    wraps: str = ""
    dress: str = ""
    carriers: str = ""
    side: str = ""
    via: tuple[str, ...] = ()
    params: tuple[tuple[str, Any], ...] = ()

    @property
    def is_whole(self) -> bool:
        """True when every share and every answer passes the tap."""
        return not self.side and "mid-stream" not in self.shapes


IPV6 = (("client", Endpoint("2001:db8:1::", 49_152)), ("server", Endpoint("2001:db8:2::7", 3333)), ("host", None))
DISGUISES = (
    Disguise("as it is"),
    Disguise("keys reordered", dress="reordered"),
    Disguise("spaced", dress="spaced"),
    Disguise("blanks around", dress="wide"),
    Disguise("escaped", dress="escaped"),
    Disguise("CR LF", dress="crlf"),
    Disguise("no line ends", dress="unended"),
    Disguise("split into bytes", shapes="split=1"),
    Disguise("split, out of order", shapes="split=20 swap"),
    Disguise("overlap", shapes="split=50 overlap=30 swap"),
    Disguise("sent again", shapes="retransmit=1"),
    Disguise("no handshake", shapes="without-handshake"),
    Disguise("mid-stream", shapes="mid-stream=9"),
    Disguise("client only", shapes="client-only", side="client"),
    Disguise("server only", shapes="server-only", side="server"),
    Disguise("mid-stream client", shapes="mid-stream=9 client-only", side="client"),
    Disguise("mid-stream server", shapes="mid-stream=9 server-only split=30", side="server"),
    Disguise("port 443", params=(("server", Endpoint("198.51.100.7", 443)),)),
    Disguise("port 53", params=(("server", Endpoint("198.51.100.7", 53)),)),
    Disguise("no name", params=(("host", None),)),
    Disguise("IPv6", params=IPV6),
    Disguise("VLAN", carriers="vlan"),
    Disguise("QinQ", carriers="qinq"),
    Disguise("MPLS", carriers="mpls"),
    Disguise("PPPoE", carriers="pppoe"),
    Disguise("GRE", carriers="gre"),
    Disguise("VXLAN", carriers="vxlan"),
    Disguise("GTP-U", carriers="gtpu"),
    Disguise("QinQ, MPLS, GRE, VXLAN", carriers="qinq mpls gre vxlan"),
    Disguise("SOCKS4", wraps="socks4", via=("socks4",)),
    Disguise("SOCKS4a", wraps="socks4a", via=("socks4",)),
    Disguise("SOCKS5", wraps="socks5", via=("socks5",)),
    Disguise("SOCKS5, address", wraps="socks5-address", via=("socks5",)),
    Disguise("SOCKS5, password", wraps="socks5-auth", via=("socks5",)),
    Disguise("CONNECT", wraps="connect", via=("http-connect",)),
    Disguise("CONNECT, password", wraps="connect-auth", via=("http-connect",)),
    Disguise("CONNECT, client only", wraps="connect", shapes="client-only", side="client", via=("http-connect",)),
    Disguise("CONNECT, server only", wraps="connect", shapes="server-only", side="server", via=("http-connect",)),
    Disguise("PROXY v1", wraps="proxy-v1", via=("proxy-header",)),
    Disguise("PROXY v2", wraps="proxy-v2", via=("proxy-header",)),
    Disguise("WebSocket", wraps="websocket", via=("websocket",)),
    Disguise("WebSocket, binary", wraps="websocket-binary", via=("websocket",)),
    Disguise("WebSocket, fragmented", wraps="websocket-fragmented", via=("websocket",)),
    Disguise("WebSocket, deflate", wraps="websocket-deflate", via=("websocket",)),
    Disguise("WebSocket, deflate alone", wraps="websocket-deflate-alone", via=("websocket",)),
    Disguise("WebSocket, bytes", wraps="websocket-deflate", shapes="split=1", via=("websocket",)),
    Disguise("WebSocket, client only", wraps="websocket", shapes="client-only", side="client", via=("websocket",)),
    Disguise("WebSocket, server only", wraps="websocket", shapes="server-only", side="server", via=("websocket",)),
    Disguise("WebSocket, mid-stream", wraps="websocket", shapes="mid-stream=9", via=("websocket",)),
    Disguise("gzip", wraps="gzip", via=("gzip",)),
    Disguise(
        "SOCKS5 in CONNECT in SOCKS4",
        wraps="socks4 connect socks5",
        via=("socks4", "http-connect", "socks5"),
    ),
    Disguise(
        "SOCKS5 in WebSocket in PROXY, VLAN, out of order",
        wraps="proxy-v2 websocket-binary socks5",
        carriers="vlan",
        shapes="split=33 swap",
        via=("proxy-header", "websocket", "socks5"),
    ),
    Disguise("L2TP", carriers="l2tp"),
    Disguise("Teredo", carriers="teredo", params=IPV6),
    Disguise("fragments", carriers="fragments"),
    Disguise("fragments, IPv6", carriers="fragments", params=IPV6),
    Disguise("fragments, tiny, backwards in a cut tunnel", carriers="fragments-tiny gtpu fragments-backwards"),
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some cells cannot exist."""

    en: str
    zh: str
    applies: Callable[[str, Disguise], bool]


def _is_text_websocket(disguise: Disguise) -> bool:
    return disguise.wraps.startswith("websocket") and "binary" not in disguise.wraps


UNANSWERED = frozenset({"nimiq", "stratum-v2-noise"})
"""Whose pools say nothing to a share they take, or nothing that can be read."""
UNSHAPED = frozenset(
    {
        "mid-stream",
        "mid-stream client",
        "mid-stream server",
        "SOCKS4",
        "SOCKS4a",
        "SOCKS5, address",
        "PROXY v1",
        "PROXY v2",
    }
    | {"CONNECT", "CONNECT, password", "CONNECT, client only", "CONNECT, server only"}
)
"""Disguises that take its first lengths from an encrypted session, with nothing to look for in their place."""
REASONS = (
    Reason(
        "it is known by its first lengths, which are not the stream's here",
        "只凭首包长度识别；此处流首并非其首包",
        lambda dialect, disguise: dialect == "stratum-v2-noise" and disguise.name in UNSHAPED,
    ),
    Reason(
        "it is bytes, not text messages: see WebSocket, binary",
        "字节流不能放进文本消息，见 WebSocket, binary",
        lambda dialect, disguise: dialect in HTTP | BINARY and _is_text_websocket(disguise),
    ),
    Reason(
        "WebSocket frames are bytes, not text messages: see WebSocket, binary",
        "WebSocket 帧本身是字节，不能再放进文本消息",
        lambda dialect, disguise: bool(CASTS[dialect].wraps) and _is_text_websocket(disguise),
    ),
    Reason(
        "only EIP-1571 agrees on compression",
        "只有 EIP-1571 协商压缩",
        lambda dialect, disguise: disguise.wraps == "gzip" and dialect != "ethereumstratum-2",
    ),
    Reason(
        "there is no JSON to write otherwise",
        "没有可改写的 JSON",
        lambda dialect, disguise: bool(disguise.dress) and dialect in BINARY,
    ),
    Reason(
        "HTTP bodies have lengths, not line ends",
        "HTTP 正文以长度为界，无行尾",
        lambda dialect, disguise: disguise.dress in {"crlf", "unended"} and dialect in HTTP,
    ),
    Reason(
        "blocks alone are two lengths that agree, which other protocols have as well",
        "仅有提交的区块时只见两个相符的长度，别的协议也有",
        lambda dialect, disguise: dialect == "alephium-node" and disguise.side == "client",
    ),
    Reason(
        "a client masks every byte with a key of its own; without handshake or server nothing is in the clear",
        "客户端逐帧加掩码，缺握手和服务端时无明文可查",
        lambda dialect, disguise: bool(CASTS[dialect].wraps) and disguise.name == "mid-stream client",
    ),
    Reason(
        "a job and a nonce, which is all that a share consists of, are not mining's alone",
        "提交仅含任务号与随机数，并非挖矿独有",
        lambda dialect, disguise: dialect in {"bytom", "bytom-listed"} and disguise.name == "mid-stream client",
    ),
)


def why_not(dialect: str, disguise: Disguise) -> Reason | None:
    """Why this cell cannot exist; None where it has to be found."""
    return next((reason for reason in REASONS if reason.applies(dialect, disguise)), None)


@dataclass(frozen=True, slots=True)
class Cell:
    """What was found of one dialect in one disguise; ``fault`` None where all of it was right."""

    dialect: str
    disguise: str
    fault: str | None


Planted: TypeAlias = dict[str, PlantedSession]
"""What is true of each dialect in a capture."""


def plant(disguise: Disguise, path: Path) -> Planted:
    """Write every dialect that can exist in one disguise into a capture."""
    parts = {
        name: compose(name, SEED, **_params(disguise, name, number))
        for number, name in enumerate(name for name in MINING if why_not(name, disguise) is None)
    }
    write_pcap(path, merge(parts.values()).rows)
    return {name: part.sessions[0] for name, part in parts.items()}


def plant_lookalikes(disguise: Disguise, path: Path) -> None:
    """Write every look-alike in one disguise into a capture."""
    parts = [compose(row.name, SEED, **_params(disguise, row.name, number)) for number, row in enumerate(BENIGN)]
    write_pcap(path, merge(parts).rows)


def claims(path: Path, engine: str, signatures: SignatureSet) -> list[Detection]:
    """Everything that one engine's run over a capture claims."""
    result = scan(open_capture(str(path)), choose_engine({"MINEWATCH_ENGINE": engine}), signatures)
    return [said for said in result.detections if said.verdict.is_claim]


def cells(disguise: Disguise, planted: Planted, path: Path, engine: str, signatures: SignatureSet) -> list[Cell]:
    """What one engine finds in that capture."""
    of: dict[str, list[Detection]] = {session.miner_ip: [] for session in planted.values()}
    for said in claims(path, engine, signatures):
        of.setdefault(said.miner.ip, []).append(said)
    found = [
        Cell(name, disguise.name, _fault(name, disguise, session, of.pop(session.miner_ip)))
        for name, session in planted.items()
    ]
    return found + [Cell(ip, disguise.name, "a claim of an address that does not mine") for ip in of]


def _params(disguise: Disguise, dialect: str, number: int) -> dict[str, Any]:
    params = {
        "duration_s": DURATION_S if disguise.is_whole else LONG_S,
        "client": Endpoint(f"192.0.2.{number + 1}", 49_152),
        "shapes": tuple(map(parse_shape, disguise.shapes.split())),
        "wraps": tuple(map(find_wrap, disguise.wraps.split())),
        "dress": tuple(map(find_dress, disguise.dress.split())),
        "carriers": tuple(map(find_carrier, disguise.carriers.split())),
        **dict(disguise.params),
    }
    if ":" in params["client"].ip:
        params["client"] = Endpoint(f"2001:db8:1::{number + 1:x}", 49_152)
        params["server"] = replace(params["server"], port=SCENARIOS[dialect].port)
    return params


def _fault(name: str, disguise: Disguise, planted: PlantedSession, claims: list[Detection]) -> str | None:
    if len(claims) != 1:
        return "not found" if not claims else f"{len(claims)} sessions"
    (said,) = claims
    if said.dialect not in _alike(planted.dialect, disguise):
        return f"taken for {said.dialect}"
    via = disguise.via + tuple(CASTS[name].wraps and ("websocket",))
    if tuple(said.transport.via) != via:
        return f"via {'/'.join(said.transport.via)}"
    told = (said.shares.submitted, said.shares.accepted)
    true = (planted.shares_submitted, 0 if name in UNANSWERED else planted.shares_accepted)
    if disguise.is_whole and told != true:
        return f"shares {told}, not {true}"
    return None


def _alike(dialect: str, disguise: Disguise) -> set[str]:
    return {dialect}.union(*(twins for twins in TWINS.get(disguise.side, []) if dialect in twins))


def report(signatures: SignatureSet) -> Iterator[str]:
    """The matrix as Markdown, by a run on both engines."""
    faults: dict[tuple[str, str], list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for disguise in DISGUISES:
            planted = plant(disguise, path := Path(folder) / "column.pcap")
            for engine in ENGINES:
                for cell in cells(disguise, planted, path, engine, signatures):
                    if cell.fault:
                        faults.setdefault((cell.dialect, disguise.name), []).append(f"{engine}: {cell.fault}")
    yield from _head()
    yield from _rows(faults)
    yield from _notes(faults)


def _head() -> Iterator[str]:
    yield "# Dialects and disguises 方言与伪装\n"
    yield "Made by `python tests/e2e/evasion/evasion_matrix.py > docs/evasion.md`, which runs every cell on both"
    yield "engines. ✓: one session is claimed, of the right dialect, through the right layers, with every share and"
    yield "answer counted where both sides pass the tap from the start. A number: the cell cannot exist, see below.\n"
    yield "由上述命令在两个引擎上实际运行生成。✓：恰好报出一个会话，方言、封装层与提交数均正确；"
    yield "数字：该组合不可能存在，原因见表后；✗：未达到。\n"


def _rows(faults: dict[tuple[str, str], list[str]]) -> Iterator[str]:
    yield "| disguise 伪装 | " + " | ".join(MINING) + " |"
    yield "|---" * (len(MINING) + 1) + "|"
    for disguise in DISGUISES:
        marks = [_mark(name, disguise, faults) for name in MINING]
        yield f"| {disguise.name} | " + " | ".join(marks) + " |"


def _mark(name: str, disguise: Disguise, faults: dict[tuple[str, str], list[str]]) -> str:
    reason = why_not(name, disguise)
    if reason:
        return str(REASONS.index(reason) + 1)
    return "✗" if (name, disguise.name) in faults else "✓"


def _notes(faults: dict[tuple[str, str], list[str]]) -> Iterator[str]:
    yield ""
    for number, reason in enumerate(REASONS, 1):
        yield f"{number}. {reason.en} {reason.zh}"
    yield ""
    total = sum(why_not(name, disguise) is None for name in MINING for disguise in DISGUISES)
    yield f"{total - len(faults)} of {total} cells found, on {' and '.join(ENGINES)} alike."
    for (dialect, disguise), told in sorted(faults.items()):
        yield f"- ✗ {dialect} × {disguise}: {'; '.join(told)}"


if __name__ == "__main__":
    sys.stdout.write("\n".join(report(load())) + "\n")
