"""Which server does a QUIC client ask for? Initial packets, decrypted (RFC 9000 §17.2.2, RFC 9001 §5, RFC 9369).

Their keys follow from the connection id in clear, so that anybody on the way can read them. What comes after cannot be
read. Drafts and Google's older versions are left alone.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Final

from sensor.dissect.tls import ClientHello, TruncatedError, hello_of

MIN_DATAGRAM_BYTES: Final = 1200
"""A client pads the datagram of an Initial packet to this (RFC 9000 §14.1)."""
MAX_CRYPTO_BYTES: Final = 16_384
MAX_FRAGMENTS: Final = 64
"""Bytes and pieces of one handshake that are held; browsers send two kilobytes in a dozen pieces, shuffled."""
MAX_CONNECTION_ID_BYTES: Final = 20
_LONG_HEADER, _SAMPLE_BYTES, _TAG_BYTES = 0xC0, 16, 16
_ACK, _ACK_ECN, _CRYPTO = 2, 3, 6
_QUIET = b"\x00\x01"
"""PADDING and PING: frames of this byte alone."""


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


@dataclass(slots=True)
class Handshake:
    """The pieces of one client's handshake, in whatever order they come. Bounded.

    The keys follow from the first packet's connection id; later packets bear the server's own (RFC 9000 §7.2).
    """

    keys: Keys | None = None
    pieces: dict[int, bytes] = field(default_factory=dict)
    held_bytes: int = 0

    def add(self, offset: int, data: bytes) -> None:
        """Take a piece in; one that is over the bounds is left out, and the hello then never becomes whole."""
        is_room = len(self.pieces) < MAX_FRAGMENTS and self.held_bytes + len(data) <= MAX_CRYPTO_BYTES
        if is_room and offset + len(data) <= MAX_CRYPTO_BYTES and offset not in self.pieces:
            self.pieces[offset] = data
            self.held_bytes += len(data)

    def hello(self) -> ClientHello | None:
        """The client's hello, once all of it is there."""
        joined = b""
        for offset, data in sorted(self.pieces.items()):
            if offset > len(joined):
                break
            joined += data[len(joined) - offset :]
        return hello_of(joined)


def is_client_initial(datagram: bytes) -> bool:
    """Does a datagram begin with what may be a client's Initial packet? Cheap: nothing is decrypted."""
    if len(datagram) < MIN_DATAGRAM_BYTES or datagram[0] & _LONG_HEADER != _LONG_HEADER:
        return False
    version = VERSIONS.get(int.from_bytes(datagram[1:5]))
    return version is not None and datagram[0] >> 4 & 0b11 == version.initial_type


def read_initial(datagram: bytes, handshake: Handshake) -> bool:
    """Decrypt the Initial packet a client's datagram begins with, into ``handshake``; False where it is none.

    Never raises: a packet of a server, or one that was altered, does not decrypt.
    """
    if not is_client_initial(datagram):
        return False
    try:
        payload = _decrypted(datagram, handshake)
        for offset, data in _crypto_frames(payload) if payload is not None else ():
            handshake.add(offset, data)
    except TruncatedError:
        return False
    return payload is not None


def client_keys(connection_id: bytes, version: int = 1) -> Keys:
    """The keys that follow from the connection id that a client chose for the server (RFC 9001 §5.2)."""
    kind = VERSIONS[version]
    secret = _expand(hmac.digest(kind.salt, connection_id, "sha256"), "client in", 32)
    sizes = (("key", 16), ("iv", 12), ("hp", 16))
    return Keys(*(_expand(secret, f"{kind.label} {name}", size) for name, size in sizes))


def _expand(secret: bytes, label: str, size: int) -> bytes:
    """HKDF-Expand-Label (RFC 8446 §7.1) without context. ``size`` is at most one digest: a single round of RFC 5869."""
    full = b"tls13 " + label.encode()
    info = size.to_bytes(2) + bytes([len(full)]) + full + b"\x00"
    return hmac.digest(secret, info + b"\x01", "sha256")[:size]


def _decrypted(datagram: bytes, handshake: Handshake) -> bytes | None:
    # Imported at the first packet: few sensors see QUIC to read, and all of them have to start.
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    reader = _Reader(datagram, 5)
    connection_id = reader.take(reader.byte())
    if len(connection_id) > MAX_CONNECTION_ID_BYTES:
        return None
    reader.take(reader.byte())
    reader.take(reader.varint())
    length = reader.varint()
    start = reader.at
    if length < 4 + _TAG_BYTES or start + length > len(datagram):
        return None
    keys = handshake.keys or client_keys(connection_id, int.from_bytes(datagram[1:5]))
    encryptor = Cipher(algorithms.AES(keys.hp), modes.ECB()).encryptor()  # noqa: S305  # what RFC 9001 §5.4.3 asks for
    mask = encryptor.update(datagram[start + 4 : start + 4 + _SAMPLE_BYTES])
    first = datagram[0] ^ mask[0] & 0x0F
    size = (first & 0b11) + 1
    number = bytes(one ^ other for one, other in zip(datagram[start : start + size], mask[1:], strict=False))
    header = bytes([first]) + datagram[1:start] + number
    nonce = int.from_bytes(keys.iv) ^ int.from_bytes(number)
    try:
        payload = AESGCM(keys.key).decrypt(nonce.to_bytes(12), datagram[start + size : start + length], header)
    except InvalidTag:
        return None
    handshake.keys = keys
    return payload


def _crypto_frames(payload: bytes) -> list[tuple[int, bytes]]:
    """Offset and bytes of each CRYPTO frame; what may stand beside it in an Initial packet is passed over."""
    reader, found = _Reader(payload, 0), []
    while reader.pass_over(_QUIET):
        kind = reader.varint()
        if kind == _CRYPTO:
            offset = reader.varint()
            found.append((offset, reader.take(reader.varint())))
        elif kind in {_ACK, _ACK_ECN}:
            _pass_ack(reader, is_ecn=kind == _ACK_ECN)
        else:
            break
    return found


def _pass_ack(reader: _Reader, *, is_ecn: bool) -> None:
    reader.varint()
    reader.varint()
    ranges = reader.varint()
    reader.varint()
    for _ in range(2 * ranges + 3 * is_ecn):
        reader.varint()


class _Reader:
    """Takes fields off a packet; raises ``TruncatedError`` at its end."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self.at = data, at

    def take(self, count: int) -> bytes:
        if count > len(self._data) - self.at:
            raise TruncatedError
        self.at += count
        return self._data[self.at - count : self.at]

    def pass_over(self, quiet: bytes) -> bool:
        """Go on behind a run of such bytes, all at once: half of a packet is padding. False at the end."""
        self.at = len(self._data) - len(self._data[self.at :].lstrip(quiet))
        return self.at < len(self._data)

    def byte(self) -> int:
        return self.take(1)[0]

    def varint(self) -> int:
        """RFC 9000 §16: the two top bits say how long it is."""
        first = self.byte()
        value = first & 0x3F
        for byte in self.take((1 << (first >> 6)) - 1):
            value = value << 8 | byte
        return value
