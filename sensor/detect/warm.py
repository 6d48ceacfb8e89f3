"""Which libraries are loaded at their first use, and how is that use made to come early?"""

from __future__ import annotations

from importlib import import_module

from sensor.engine.keccak import keccak_256

_AT_FIRST_USE = (
    "cryptography.exceptions",
    "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.utils",
    "cryptography.x509",
    "sensor.dissect.dns",
)


def warm_up() -> None:
    """Load all that packets may call for: a worker that has given its privileges up may not be able to read a library.

    A scan does without: it would pay a tenth of a second for what most captures never need.
    """
    for name in _AT_FIRST_USE:
        import_module(name)
    keccak_256(b"")
