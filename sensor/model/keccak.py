"""What is the Keccak-256 of these bytes? The hash of Ethereum and Monero, older than SHA3-256 and not equal to it."""

from __future__ import annotations


def keccak_256(data: bytes) -> bytes:
    """The 32 bytes of Keccak with 256 bits of output and its first padding (The Keccak reference 3.0, 2011)."""
    # Imported at the first use: the library costs a twentieth of the start, and few captures need it.
    from Crypto.Hash import keccak

    return keccak.new(digest_bits=256, data=data).digest()
