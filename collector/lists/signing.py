"""Whose list is it? A detached Ed25519 signature over the manifest, which holds the digest of every file.

SM2 is not offered: the library in use (pyca/cryptography) has SM3 and SM4, but no SM2 signatures. Where they are asked
for, a gateway signs the manifest; its SM3 digests stand in it.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from collector.faults import CollectorError
from sensor.model.detached import detached, holds, key_id

KEY_FILE = "lists-signing.pem"


@dataclass(frozen=True, slots=True)
class Signer:
    """The office's key. ``key_id`` is the start of the SHA-256 of the public key."""

    key: Ed25519PrivateKey

    @property
    def key_id(self) -> str:
        """Sixteen hexadecimal digits by which a reader finds the public key."""
        return key_id(self.key.public_key())

    def detached(self, data: bytes) -> bytes:
        """The signature as a file: what it is, by which key, and the signature in base64."""
        return detached(self.key.sign(data), self.key.public_key())

    def public_pem(self) -> bytes:
        """The public key, to be handed to every recipient once, by another way than the lists."""
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def load_signer(data_dir: Path) -> Signer:
    """The kept key; makes it (0600) on first use. Raises ``CollectorError``."""
    path = data_dir / KEY_FILE
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make(path)
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as fault:
        raise CollectorError(f"{path}: is no usable signing key: {fault}; restore it from the backup") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise CollectorError(f"{path}: is no Ed25519 key; restore it from the backup")
    return Signer(key)


def check(data: bytes, signature: bytes, public_pem: bytes) -> bool:
    """Whether ``signature`` is this key's over ``data``; raises ``CollectorError`` when a file is of another form."""
    try:
        return holds(data, signature, public_pem)
    except ValueError as fault:
        raise CollectorError(f"signature or public key: cannot be read: {fault}; fetch both again") from None


def _make(path: Path) -> None:
    """Several workers may start at once: the file appears whole, and the first to link it wins."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    partial = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        with suppress(FileExistsError):
            path.hardlink_to(partial)
    finally:
        partial.unlink()
