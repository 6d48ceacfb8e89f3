"""What does tshark take a flow for, and where does it agree with us? A second opinion through pyshark.

Both are optional: without them the opinion says so and nothing else changes.
"""

from __future__ import annotations

import asyncio
import importlib
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from sensor.explain.timeline import Entry
from sensor.model.bilingual import Words
from sensor.model.wire import Detection

MAX_PACKETS = 5_000
"""Packets of the flow that tshark is asked about; pyshark reads some hundred in a second."""
MAX_VALUES = 256
MAX_TEXT_BYTES = 8_388_608
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


@dataclass(slots=True)
class _Seen:
    """What tshark's packets bear."""

    packets: int = 0
    stacks: Counter[str] = field(default_factory=Counter)
    values: dict[str, dict[str, None]] = field(default_factory=dict)
    """Field → its values in the order in which they were seen."""
    text: bytearray = field(default_factory=bytearray)
    text_from: dict[str, None] = field(default_factory=dict)
    """Fields that the text was put together from."""

    def note(self, name: str, value: object) -> None:
        known = self.values.setdefault(name, {})
        if value not in (None, "") and len(known) < MAX_VALUES:
            known.setdefault(str(value)[:512], None)

    def add_text(self, source: str, text: bytes) -> None:
        if text and len(self.text) < MAX_TEXT_BYTES:
            self.text += text
            self.text_from.setdefault(source)


def opinion_on(
    flow: Path, names: Path | None, packets: int, entries: Sequence[Entry], detections: Sequence[Detection]
) -> Opinion:
    """Ask tshark about the evidence files ``flow`` and ``names``; never raises."""
    pyshark = _pyshark()
    if isinstance(pyshark, Words):
        return Opinion(missing=pyshark)
    seen, named = _Seen(), _Seen()
    try:
        _read(pyshark, flow, seen)
        if names is not None:
            _read(pyshark, names, named)
    except Exception as fault:  # tshark is another program: whatever ails it must not lose the explanation
        what = f"{type(fault).__name__}: {fault}"[:200]
        return Opinion(missing=Words(f"tshark 运行失败（{what}）", f"tshark failed ({what})"))
    compared = tuple(_compare(seen, named, min(packets, MAX_PACKETS), entries, detections))
    return Opinion(None, seen.packets, tuple(seen.stacks.most_common(8)), compared, packets > MAX_PACKETS)


def _pyshark() -> ModuleType | Words:
    if shutil.which("tshark") is None:
        return Words(
            "本机没有 tshark，未取得第二意见；安装 tshark 后重试",
            "tshark is not installed here, so there is no second opinion; install tshark and try again",
        )
    try:
        return importlib.import_module("pyshark")
    except ImportError:
        return Words(
            "没有 pyshark，未取得第二意见；运行 pip install 'minewatch[forensics]'",
            "pyshark is not installed, so there is no second opinion; run pip install 'minewatch[forensics]'",
        )


def _read(pyshark: ModuleType, path: Path, seen: _Seen) -> None:
    with _opened(pyshark, path) as capture:
        for packet in capture:
            seen.packets += 1
            seen.stacks[str(packet.frame_info.protocols)] += 1
            for layer in packet.layers:
                _note_layer(layer, seen)
            if seen.packets >= MAX_PACKETS:
                return


@contextmanager
def _opened(pyshark: ModuleType, path: Path) -> Iterator[Any]:
    """pyshark has asyncio hear the end of every child process of this one; that ends here, too."""
    try:
        with pyshark.FileCapture(str(path), keep_packets=False) as capture:
            yield capture
    finally:
        asyncio.get_child_watcher().close()
        asyncio.set_child_watcher(asyncio.ThreadedChildWatcher())


_FIELDS = {
    "http": ("request_method", "host", "response_code", "user_agent"),
    "tls": ("handshake_extensions_server_name", "handshake_ja4"),
    "dns": ("qry_name", "a", "aaaa"),
    "json": ("value_string",),
}


def _note_layer(layer: Any, seen: _Seen) -> None:
    name = str(layer.layer_name).lower()
    for field_name in _FIELDS.get(name, ()):
        for each in _all(layer, field_name):
            seen.note(f"{name}.{field_name}", each)
    if name == "tcp" and not _is_repeated(layer):
        seen.add_text("tcp.payload", bytes.fromhex(str(layer.get_field_value("payload") or "").replace(":", "")))
    elif name == "websocket":
        seen.add_text("websocket.payload_text", str(layer.get_field_value("payload_text") or "").encode())


def _all(layer: Any, name: str) -> list[str]:
    found = layer.get_field(name)
    if found is None:
        return []
    return [str(each.get_default_value()) for each in getattr(found, "all_fields", [found])]


def _is_repeated(layer: Any) -> bool:
    return any(layer.get_field(f"analysis_{why}") is not None for why in ("retransmission", "fast_retransmission"))


def _compare(
    seen: _Seen, named: _Seen, packets: int, entries: Sequence[Entry], detections: Sequence[Detection]
) -> Iterator[Comparison]:
    yield Comparison(Words("数据包数", "packets of the flow"), str(packets), str(seen.packets), packets == seen.packets)
    if methods := _methods(entries):
        yield _words_on_wire(methods, seen)
    yield from _tls(detections, seen)
    yield from _http(entries, seen)
    yield from _names(detections, named)


def _words_on_wire(methods: list[str], seen: _Seen) -> Comparison:
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


def _tls(detections: Sequence[Detection], seen: _Seen) -> Iterator[Comparison]:
    ours = {one.transport.sni for one in detections} - {None}
    theirs = seen.values.get("tls.handshake_extensions_server_name", {})
    if ours or theirs:
        yield _same(Words("TLS 服务器名", "TLS server name"), ours, theirs)
    ja4 = {one.transport.ja4 for one in detections} - {None}
    if ja4:
        yield _same(Words("JA4 指纹", "JA4 fingerprint"), ja4, seen.values.get("tls.handshake_ja4", {}))


def _http(entries: Sequence[Entry], seen: _Seen) -> Iterator[Comparison]:
    theirs = seen.values.get("http.request_method", {})
    ours = {entry.http_method: None for entry in entries if entry.http_method}
    if ours or theirs:
        yield _same(Words("HTTP 方法", "HTTP methods"), ours, theirs)


def _names(detections: Sequence[Detection], named: _Seen) -> Iterator[Comparison]:
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
