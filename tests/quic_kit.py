"""What do tests of QUIC share? The RFC's own packet, and packets made as clients make them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sensor.dissect.probe import Probe
from sensor.dissect.quic import VERSIONS, client_keys, initials, opened
from sensor.dissect.quic_hello import Handshake, crypto_frames
from sensor.dissect.tls import ClientHello, hello_of

CONNECTION_ID = bytes.fromhex("8394c8f03e515708")
V1, V2 = VERSIONS
_KIT = Path(__file__).parent.parent / "engine" / "core" / "tests" / "kit"
RFC_9001_A2 = bytes.fromhex((_KIT / "rfc9001_a2.hex").read_text())
"""The whole packet of RFC 9001, appendix A.2; a test of the native engine reads it too."""


def protect(
    frames: bytes,
    version: int = V1,
    connection_id: bytes = CONNECTION_ID,
    token: bytes = b"",
    *,
    first_id: bytes | None = None,
    size: int = 1250,
) -> bytes:
    """A client's Initial packet with these frames, padded to ``size`` bytes of payload.

    ``first_id`` is the id of the client's first packet, from which its keys follow, where ``connection_id`` is another.
    """
    keys = client_keys(connection_id if first_id is None else first_id, version)
    payload = frames.ljust(size, b"\x00")
    first = bytes([0xC0 | VERSIONS[version].initial_type << 4 | 1])
    ids = bytes([len(connection_id)]) + connection_id + b"\x00" + (0x4000 | len(token)).to_bytes(2) + token
    length = (0x4000 | len(payload) + 2 + 16).to_bytes(2)
    number = b"\x00\x07"
    header = first + version.to_bytes(4) + ids + length
    nonce = (int.from_bytes(keys.iv) ^ 7).to_bytes(12)
    sealed = AESGCM(keys.key).encrypt(nonce, payload, header + number)
    mask = Cipher(algorithms.AES(keys.hp), modes.ECB()).encryptor().update(sealed[2:18])
    masked = bytes(one ^ other for one, other in zip(number, mask[1:3], strict=True))
    return bytes([first[0] ^ mask[0] & 0x0F]) + header[1:] + masked + sealed


def crypto(offset: int, data: bytes) -> bytes:
    return b"\x06" + (0x4000 | offset).to_bytes(2) + (0x4000 | len(data)).to_bytes(2) + data


def read(datagrams: Iterable[bytes]) -> ClientHello | None:
    """The hello in a client's datagrams, of whatever connections, where it is whole."""
    handshake = Handshake()
    for datagram in datagrams:
        for packet in initials(datagram):
            payload = opened(packet, client_keys(packet.connection_id, packet.version))
            for offset, data in crypto_frames(payload or b""):
                handshake.add(offset, data)
    probe, hello = handshake.flight()
    return hello_of(hello) if probe is Probe.CERTAIN else None


def _hello() -> bytes:
    (packet,) = initials(RFC_9001_A2)
    ((_, hello),) = crypto_frames(opened(packet, client_keys(CONNECTION_ID)) or b"")
    return hello


HELLO = _hello()


def named(name: bytes) -> bytes:
    """The hello of the RFC with another name, every length around it put right."""
    grown = len(name) - len(b"example.com")
    body = bytearray(HELLO.replace(b"example.com", name))
    at = body.index(name)
    for place, width in ((at - 2, 2), (at - 5, 2), (at - 7, 2), (at - 11, 2), (1, 3)):
        number = int.from_bytes(body[place : place + width]) + grown
        body[place : place + width] = number.to_bytes(width)
    return bytes(body)
