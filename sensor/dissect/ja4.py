"""Which TLS library said hello? The JA4 client fingerprint (FoxIO JA4 specification, BSD-3-Clause part)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

VERSIONS = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2"}
NOT_HASHED = {0, 16}
"""Server name and ALPN show in the readable part already."""


def ja4(
    version: int,
    sni: str | None,
    alpn: tuple[str, ...],
    ciphers: tuple[int, ...],
    extensions: tuple[int, ...],
    signature_algorithms: tuple[int, ...],
) -> str:
    """The fingerprint ``a_b_c`` of a ClientHello seen over TCP; GREASE values are left out (RFC 8701)."""
    ciphers = tuple(filter(_is_real, ciphers))
    extensions = tuple(filter(_is_real, extensions))
    readable = (
        f"t{VERSIONS.get(version, '00')}{'d' if sni else 'i'}"
        f"{min(len(ciphers), 99):02d}{min(len(extensions), 99):02d}{_alpn_mark(alpn)}"
    )
    kinds = _hex_list(sorted(kind for kind in extensions if kind not in NOT_HASHED))
    algorithms = _hex_list(filter(_is_real, signature_algorithms))
    hashed = _digest(f"{kinds}_{algorithms}" if algorithms else kinds)
    return f"{readable}_{_digest(_hex_list(sorted(ciphers)))}_{hashed}"


def is_grease(value: int) -> bool:
    """Reserved values that clients send to keep servers tolerant (RFC 8701)."""
    return value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF


def _is_real(value: int) -> bool:
    return not is_grease(value)


def _alpn_mark(alpn: tuple[str, ...]) -> str:
    if not alpn or not alpn[0]:
        return "00"
    first, last = alpn[0][0], alpn[0][-1]
    if first.isascii() and first.isalnum() and last.isascii() and last.isalnum():
        return first + last
    return f"{ord(first):02x}"[0] + f"{ord(last):02x}"[1]


def _hex_list(values: Iterable[int]) -> str:
    return ",".join(f"{value:04x}" for value in values)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else "0" * 12
