"""Which wraps are there, and what is each called?"""

from __future__ import annotations

from collections.abc import Mapping

from sensor.model.errors import ConfigError
from sensor.simulate.wraps import dress, proxies, websocket
from sensor.simulate.wraps.base import WrapMaker
from sensor.simulate.wraps.compression import Gzip

WRAPS: dict[str, WrapMaker] = {
    "socks4": proxies.socks4,
    "socks4a": proxies.socks4a,
    "socks5": proxies.socks5,
    "socks5-address": proxies.socks5_address,
    "socks5-auth": proxies.socks5_auth,
    "connect": proxies.connect,
    "connect-auth": proxies.connect_auth,
    "proxy-v1": proxies.proxy_v1,
    "proxy-v2": proxies.proxy_v2,
    "websocket": websocket.text,
    "websocket-binary": websocket.binary,
    "websocket-fragmented": websocket.fragmented,
    "websocket-deflate": websocket.deflated,
    "websocket-deflate-alone": websocket.deflated_alone,
    "gzip": Gzip,
}
"""Every wrap by its name."""
DRESSES: dict[str, WrapMaker] = {
    "reordered": dress.reordered,
    "spaced": dress.spaced,
    "wide": dress.wide,
    "escaped": dress.escaped,
    "crlf": dress.crlf,
    "unended": dress.unended,
}
"""Other ways to write the same JSON."""


def find_wrap(name: str) -> WrapMaker:
    """The wrap of that name; raises ConfigError with the names there are."""
    return _find(WRAPS, "wrap", name)


def find_dress(name: str) -> WrapMaker:
    """The dress of that name; raises ConfigError with the names there are."""
    return _find(DRESSES, "dress", name)


def _find(table: Mapping[str, WrapMaker], kind: str, name: str) -> WrapMaker:
    if name not in table:
        raise ConfigError(f"unknown {kind} {name!r}: use one of {', '.join(table)}")
    return table[name]
