"""Whose file is it? A detached Ed25519 signature as a text file: what it is, by which key, and itself in base64."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HEADER: Final = "minewatch-signature ed25519"


def key_id(key: Ed25519PublicKey) -> str:
    """Which key: the start of the SHA-256 of its raw bytes, sixteen hexadecimal digits."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def detached(signature: bytes, key: Ed25519PublicKey) -> bytes:
    """A signature as a file."""
    return f"{HEADER} {key_id(key)}\n{base64.b64encode(signature).decode()}\n".encode()


def holds(data: bytes, signature: bytes, public_pem: bytes) -> bool:
    """Whether ``signature``, a file, is this key's over ``data``. Raises ``ValueError`` for files of another form."""
    # Imported where it is used: most commands check no signature, and all of them have to start.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(public_pem)
    head, _, body = signature.decode("ascii").partition("\n")
    raw = base64.b64decode(body.strip(), validate=True)
    if not isinstance(key, Ed25519PublicKey) or not head.startswith(HEADER):
        raise ValueError("is not Ed25519")
    try:
        key.verify(raw, data)
    except InvalidSignature:
        return False
    return True
