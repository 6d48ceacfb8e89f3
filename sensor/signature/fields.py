"""Which fields may a signature of a protocol speak of?"""

from __future__ import annotations

from sensor.signature.words import Protocol

_HTTP = frozenset({"kind", "method", "uri", "status", "host", "user_agent", "user", "headers"})
_FIELDS: dict[str, frozenset[str]] = {
    "jsonrpc": frozenset({"kind", "method", "id", "params", "result", "error", "reply_to", "message"}),
    "http": _HTTP,
    "tls": frozenset({"sni", "alpn", "version", "ja4", "ech", "certificate"}),
    "dns": frozenset({"kind", "query", "type", "answers"}),
    "stratumv2": frozenset(
        {"message", "encrypted", "protocol", "channel", "job", "target", "hashrate"}
        | {"account", "agent", "server_name", "error", "shares", "extranonce"}
    ),
    "btcagent": frozenset({"message", "session", "job", "difficulty", "agent", "worker", "answered", "accepted"}),
    "alephium": frozenset({"message", "chains", "target", "height", "accepted"}),
}
_SEEN_BY: dict[Protocol, tuple[str, ...]] = {
    Protocol.JSONRPC: ("jsonrpc", "http"),
    Protocol.HTTP: ("http",),
    Protocol.TLS: ("tls",),
    Protocol.DNS: ("dns",),
    Protocol.STRATUMV2: ("stratumv2",),
    Protocol.BTCAGENT: ("btcagent",),
    Protocol.ALEPHIUM: ("alephium",),
}
INDEX_FIELDS: dict[Protocol, tuple[str, ...]] = {
    Protocol.JSONRPC: ("jsonrpc.method", "jsonrpc.reply_to"),
    Protocol.HTTP: ("http.method",),
    Protocol.TLS: (),
    Protocol.DNS: (),
    Protocol.STRATUMV2: ("stratumv2.message",),
    Protocol.BTCAGENT: ("btcagent.message",),
    Protocol.ALEPHIUM: ("alephium.message",),
}
"""Fields by whose exact value signatures are looked up, most telling first."""


def field_fault(path: str, protocol: Protocol) -> str | None:
    """Why a signature of ``protocol`` cannot speak of ``path``, and what to do; None when it can."""
    parts = path.split(".")
    allowed = _SEEN_BY[protocol]
    if parts[0] not in allowed:
        return f"{path!r} is not a field of {protocol}; fields begin with {' or '.join(f'{name}.' for name in allowed)}"
    if len(parts) < 2 or parts[1] not in _FIELDS[parts[0]]:
        return f"{path!r} is not a field of {parts[0]}; use one of {', '.join(sorted(_FIELDS[parts[0]]))}"
    return None
