"""What does tshark take a flow for, and where does it agree with us? A second opinion through pyshark.

Both are optional: without them the opinion says so and nothing else changes.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sensor.explain import tshark
from sensor.explain.timeline import Entry
from sensor.explain.tshark import Seen
from sensor.model.bilingual import Words
from sensor.model.wire import Detection

_OUR_METHODS = 32


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing that both looked at. ``agrees`` is None where tshark does not say."""

    subject: Words
    ours: str
    theirs: str
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What tshark says. ``missing`` tells why it says nothing, and what to do."""

    missing: Words | None = None
    packets: int = 0
    stacks: tuple[tuple[str, int], ...] = ()
    """Protocol stacks (``eth:ethertype:ip:tcp:json``) and their packets, most frequent first."""
    comparisons: tuple[Comparison, ...] = ()
    cut: bool = False
    """True when the flow has more packets than were asked about."""


def opinion_on(
    flow: Path, names: Path | None, packets: int, entries: Sequence[Entry], detections: Sequence[Detection]
) -> Opinion:
    """Ask tshark about the evidence files ``flow`` and ``names``; never raises."""
    if missing := _missing():
        return Opinion(missing=missing)
    try:
        seen, named = tshark.ask([flow, names]) if names is not None else (*tshark.ask([flow]), Seen())
    except (OSError, subprocess.SubprocessError, ValueError) as fault:
        what = f"{type(fault).__name__}: {fault}"[:200]
        return Opinion(missing=Words(f"tshark 运行失败（{what}）", f"tshark failed ({what})"))
    compared = tuple(_compare(seen, named, min(packets, tshark.MAX_PACKETS), entries, detections))
    return Opinion(None, seen.packets, tuple(seen.stacks.most_common(8)), compared, packets > tshark.MAX_PACKETS)


def _missing() -> Words | None:
    if shutil.which("tshark") is None:
        return Words(
            "本机没有 tshark，未取得第二意见；安装 tshark 后重试",
            "tshark is not installed here, so there is no second opinion; install tshark and try again",
        )
    if find_spec("pyshark") is None:
        return Words(
            "没有 pyshark，未取得第二意见；运行 pip install 'minewatch[forensics]'",
            "pyshark is not installed, so there is no second opinion; run pip install 'minewatch[forensics]'",
        )
    return None


def _compare(
    seen: Seen, named: Seen, packets: int, entries: Sequence[Entry], detections: Sequence[Detection]
) -> Iterator[Comparison]:
    yield Comparison(Words("数据包数", "packets of the flow"), str(packets), str(seen.packets), packets == seen.packets)
    if methods := _methods(entries):
        yield _words_on_wire(methods, seen)
    yield from _tls(detections, seen)
    yield from _http(entries, seen)
    yield from _names(detections, named)


def _words_on_wire(methods: list[str], seen: Seen) -> Comparison:
    """JSON-RPC methods: from tshark's JSON dissector where it ran, or else in the payload that it put together."""
    parsed = seen.values.get("json.value_string", {})
    found = [each for each in methods if each in parsed or each.encode() in seen.text]
    how = ", ".join(["json"] * bool(parsed) + list(seen.text_from))
    return Comparison(
        Words("JSON-RPC 方法", "JSON-RPC methods"),
        ", ".join(methods),
        f"{', '.join(found) or '–'} ({how})",
        found == methods,
    )


def _tls(detections: Sequence[Detection], seen: Seen) -> Iterator[Comparison]:
    ours = {one.transport.sni for one in detections} - {None}
    theirs = seen.values.get("tls.handshake_extensions_server_name", {})
    if ours or theirs:
        yield _same(Words("TLS 服务器名", "TLS server name"), ours, theirs)
    ja4 = {one.transport.ja4 for one in detections} - {None}
    if ja4:
        yield _same(Words("JA4 指纹", "JA4 fingerprint"), ja4, seen.values.get("tls.handshake_ja4", {}))


def _http(entries: Sequence[Entry], seen: Seen) -> Iterator[Comparison]:
    theirs = seen.values.get("http.request_method", {})
    ours = {entry.http_method: None for entry in entries if entry.http_method}
    if ours or theirs:
        yield _same(Words("HTTP 方法", "HTTP methods"), ours, theirs)


def _names(detections: Sequence[Detection], named: Seen) -> Iterator[Comparison]:
    ours = {one.pool.domain for one in detections} - {None}
    theirs = named.values.get("dns.qry_name", {})
    if ours and theirs:
        agrees = any(str(name).lower() in ours for name in theirs)
        yield Comparison(Words("域名解析", "DNS name of the pool"), _listed(ours), _listed(theirs), agrees)


def _same(subject: Words, ours: Iterable[object], theirs: Iterable[object]) -> Comparison:
    mine, other = set(map(str, ours)), set(map(str, theirs))
    return Comparison(subject, _listed(mine), _listed(other), mine == other if other else None)


def _listed(items: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, items))[:_OUR_METHODS]) or "–"


def _methods(entries: Sequence[Entry]) -> list[str]:
    found = dict.fromkeys(entry.method for entry in entries if entry.method)
    return sorted(found)[:_OUR_METHODS]
