"""What is in the Initial packets that a QUIC client's datagram begins with? RFC 9000 §17.2.2, RFC 9001 §5, RFC 9369.

Their keys follow from the connection id in clear, so that anybody on the way can read them. What comes after cannot be
read. Drafts and Google's older versions are left alone.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sensor.dissect.quic_hello import QuicReader
from sensor.dissect.tls import TruncatedError

MIN_DATAGRAM_BYTES: Final = 1200
"""A client pads the datagram of an Initial packet to this (RFC 9000 §14.1)."""
MAX_CONNECTION_ID_BYTES: Final = 20
"""Longest connection id of versions 1 and 2 (RFC 9000 §17.2)."""
MIN_FIRST_ID_BYTES: Final = 8
"""A client's first packet bears an id of its own choice that is no shorter (RFC 9000 §7.2)."""
MAX_COALESCED: Final = 4
"""Initial packets of one datagram that are looked at; senders put one there, and may put more (RFC 9000 §12.2)."""
_LONG_HEADER, _SAMPLE_BYTES, _TAG_BYTES = 0xC0, 16, 16


@dataclass(frozen=True, slots=True)
class _Version:
    initial_type: int
    salt: bytes
    label: str


VERSIONS: Final = {
    0x0000_0001: _Version(0b00, bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), "quic"),
    0x6B33_43CF: _Version(0b01, bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"), "quicv2"),
}
"""Salts and labels of RFC 9001 §5.2 and RFC 9369 §3.3."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What protects a client's Initial packets: key, IV and header protection."""

    key: bytes
    iv: bytes
    hp: bytes


@dataclass(frozen=True, slots=True)
class Initial:
    """An Initial packet, still protected."""

    version: int
    connection_id: bytes
    """The id of the connection at its receiver."""
    data: bytes
    """All of it."""
    number_at: int
    """Where in it the packet number stands; at least 20 bytes follow."""


def is_client_initial(datagram: bytes) -> bool:
    """Does a datagram begin with what may be a client's Initial packet? Cheap: nothing is decrypted."""
    return len(datagram) >= MIN_DATAGRAM_BYTES and _is_initial(datagram)


def initials(datagram: bytes) -> Iterator[Initial]:
    """The Initial packets that a client's datagram begins with, all of one connection. Never raises."""
    connection_id: bytes | None = None
    rest = datagram if len(datagram) >= MIN_DATAGRAM_BYTES else b""
    for _ in range(MAX_COALESCED):
        packet = _first_in(rest)
        if packet is None or connection_id not in {None, packet.connection_id}:
            return
        yield packet
        connection_id, rest = packet.connection_id, rest[len(packet.data) :]


def client_keys(connection_id: bytes, version: int = 1) -> Keys:
    """The keys that follow from the connection id that a client chose for the server (RFC 9001 §5.2)."""
    kind = VERSIONS[version]
    secret = _expand(hmac.digest(kind.salt, connection_id, "sha256"), "client in", 32)
    sizes = (("key", 16), ("iv", 12), ("hp", 16))
    return Keys(*(_expand(secret, f"{kind.label} {name}", size) for name, size in sizes))


def opened(packet: Initial, keys: Keys) -> bytes | None:
    """The payload; None where it does not decrypt: a packet that was altered, or another's."""
    # Imported at the first packet: few sensors see QUIC to read, and all of them have to start.
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    data, start = packet.data, packet.number_at
    encryptor = Cipher(algorithms.AES(keys.hp), modes.ECB()).encryptor()  # noqa: S305  # what RFC 9001 §5.4.3 asks for
    mask = encryptor.update(data[start + 4 : start + 4 + _SAMPLE_BYTES])
    first = data[0] ^ mask[0] & 0x0F
    size = (first & 0b11) + 1
    number = bytes(one ^ other for one, other in zip(data[start : start + size], mask[1:], strict=False))
    header = bytes([first]) + data[1:start] + number
    nonce = int.from_bytes(keys.iv) ^ int.from_bytes(number)
    try:
        return AESGCM(keys.key).decrypt(nonce.to_bytes(12), data[start + size :], header)
    except InvalidTag:
        return None


def _is_initial(data: bytes) -> bool:
    if len(data) < 5 or data[0] & _LONG_HEADER != _LONG_HEADER:
        return False
    version = VERSIONS.get(int.from_bytes(data[1:5]))
    return version is not None and data[0] >> 4 & 0b11 == version.initial_type


def _first_in(data: bytes) -> Initial | None:
    if not _is_initial(data):
        return None
    reader = QuicReader(data, 5)
    try:
        connection_id = reader.take(reader.byte())
        reader.take(reader.byte())
        reader.take(reader.varint())
        length, start = reader.varint(), reader.at
        reader.take(length)
    except TruncatedError:
        return None
    if len(connection_id) > MAX_CONNECTION_ID_BYTES or length < 4 + _TAG_BYTES:
        return None
    return Initial(int.from_bytes(data[1:5]), connection_id, data[: reader.at], start)


def _expand(secret: bytes, label: str, size: int) -> bytes:
    """HKDF-Expand-Label (RFC 8446 §7.1) without context. ``size`` is at most one digest: a single round of RFC 5869."""
    full = b"tls13 " + label.encode()
    info = size.to_bytes(2) + bytes([len(full)]) + full + b"\x00"
    return hmac.digest(secret, info + b"\x01", "sha256")[:size]
