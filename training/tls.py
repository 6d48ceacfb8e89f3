"""What does TLS make of what is said? Real records: both ends are OpenSSL, joined in memory instead of by a wire.

Python's ``ssl`` over ``MemoryBIO`` runs the handshake and seals every write just as over a socket, while the time is
the simulation's. A relay that pads is a layer above it: it fills every write up before it is sealed.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import random
import ssl
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sensor.model.flow import Direction
from sensor.simulate.wraps.base import Place, Said, WrapMaker

OVERHEAD_BYTES = {"TLSv1.3": 5 + 1 + 16, "TLSv1.2": 5 + 8 + 16}
"""What a record adds to a write with AES-GCM (RFC 8446 §5.2, RFC 5288 §3); the tests hold OpenSSL against it."""
_SWITCH_TURNS = 6


class TlsWrap:
    """One TLS connection around a conversation."""

    def __init__(self, version: ssl.TLSVersion) -> None:
        self._wires = [ssl.MemoryBIO(), ssl.MemoryBIO()]
        """What each side has sent and the other not read, by direction."""
        up, down = self._wires
        client, server = _contexts(version)
        self._ends = [client.wrap_bio(down, up), server.wrap_bio(up, down, server_side=True)]

    def greeting(self) -> Iterable[Said]:
        """The handshake, flight by flight."""
        for turn in range(_SWITCH_TURNS):
            direction = Direction(turn % 2)
            with contextlib.suppress(ssl.SSLWantReadError):
                self._ends[direction].do_handshake()
            if flight := self._take(direction):
                self._wires[direction].write(flight)
                yield direction, flight

    def pack(self, direction: Direction, data: bytes) -> list[bytes]:
        """One write, sealed. The other end reads it, so that both stay in step."""
        self._ends[direction].write(data)
        sealed = self._take(direction)
        self._wires[direction].write(sealed)
        read = b""
        while len(read) < len(data):
            read += self._ends[direction.other].read(len(data))
        return [sealed]

    def _take(self, direction: Direction) -> bytes:
        return self._wires[direction].read()


def tls(version: ssl.TLSVersion) -> WrapMaker:
    """Real TLS of that version."""
    return lambda place, rng: TlsWrap(version)


class Padding:
    """A relay's own frames: two bytes of length, the data, and filling."""

    def __init__(self, filled: Callable[[int], int]) -> None:
        self._filled = filled

    def greeting(self) -> Iterable[Said]:
        """Nothing."""
        return ()

    def pack(self, direction: Direction, data: bytes) -> list[bytes]:
        """One frame."""
        return [len(data).to_bytes(2, "big") + data + bytes(max(self._filled(len(data)) - len(data), 0))]


def buckets(step_bytes: int) -> WrapMaker:
    """Every write is filled up to a multiple of ``step_bytes``."""
    return lambda place, rng: Padding(lambda size: -(-size // step_bytes) * step_bytes)


def doublings(least_bytes: int) -> WrapMaker:
    """Every write is filled up to ``least_bytes``, twice that, four times that, and so on."""
    return lambda place, rng: Padding(lambda size: max(least_bytes, 1 << (size - 1).bit_length()))


def at_random(most_bytes: int) -> WrapMaker:
    """Every write gets up to ``most_bytes`` of filling."""

    def made(place: Place, rng: random.Random) -> Padding:
        return Padding(lambda size: size + rng.randrange(most_bytes + 1))

    return made


@functools.cache
def _contexts(version: ssl.TLSVersion) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for context in (client, server):
        context.minimum_version = context.maximum_version = version
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "own.pem")
        path.write_bytes(_certificate())
        server.load_cert_chain(path)
    return client, server


def _certificate() -> bytes:
    """A key and a certificate of its own, as pools and relays have them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pool.example.org")])
    since = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(since)
        .not_valid_after(since + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret + made.public_bytes(serialization.Encoding.PEM)
