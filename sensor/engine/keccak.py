"""What is the Keccak-256 of these bytes? The hash of Ethereum and Monero, older than SHA3-256 and not equal to it.

``keccak_256`` gives the 32 bytes of Keccak with 256 bits of output and its first padding (The Keccak reference 3.0,
2011).
"""

from __future__ import annotations

__all__ = ["by_library", "keccak_256"]


def by_library(data: bytes) -> bytes:
    """What ``keccak_256`` is where the native engine is not built."""
    # Imported at the first use: with what it needs itself the library costs a tenth of the start.
    from Crypto.Hash import keccak

    return keccak.new(digest_bits=256, data=data).digest()


try:
    from sensor.engine._native import keccak_256
except ImportError:
    keccak_256 = by_library
