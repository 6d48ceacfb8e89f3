"""Which payout addresses can a test use? Valid in form and checksum, and nobody's: made from the hash of a text."""

from __future__ import annotations

import hashlib

from Crypto.Hash import keccak

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_CRYPTONOTE_CHARS = (0, 2, 3, 5, 6, 7, 9, 10, 11)
"""Characters that CryptoNote base58 gives a block of 0–8 bytes."""


def btc_address(label: str) -> str:
    """A Bitcoin P2PKH address (base58check, version 0) whose key hash is a hash of ``label``."""
    return _base58check(b"\x00" + _digest(label, 20))


def zec_address(label: str) -> str:
    """A Zcash transparent address ``t1…`` (base58check, version 1CB8)."""
    return _base58check(b"\x1c\xb8" + _digest(label, 20))


def xmr_address(label: str) -> str:
    """A Monero standard address (network byte 18, CryptoNote base58, Keccak checksum, 95 characters)."""
    body = b"\x12" + _digest(label + "/spend", 32) + _digest(label + "/view", 32)
    return _cryptonote_base58(body + _keccak_256(body)[:4])


def evm_address(label: str) -> str:
    """An address of the EVM family with the EIP-55 mixed-case checksum."""
    digits = _digest(label, 20).hex()
    mask = _keccak_256(digits.encode()).hex()
    return "0x" + "".join(c.upper() if int(m, 16) >= 8 else c for c, m in zip(digits, mask, strict=False))


def _digest(label: str, size: int) -> bytes:
    return hashlib.sha256(b"minewatch test address, nobody holds a key: " + label.encode()).digest()[:size]


def _base58check(body: bytes) -> str:
    data = body + hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4]
    zeros = len(data) - len(data.lstrip(b"\x00"))
    return "1" * zeros + _base58(int.from_bytes(data, "big"))


def _cryptonote_base58(data: bytes) -> str:
    blocks = (data[i : i + 8] for i in range(0, len(data), 8))
    return "".join(_base58(int.from_bytes(b, "big")).rjust(_CRYPTONOTE_CHARS[len(b)], "1") for b in blocks)


def _base58(number: int) -> str:
    digits = ""
    while number:
        number, remainder = divmod(number, 58)
        digits = _BASE58[remainder] + digits
    return digits


def _keccak_256(data: bytes) -> bytes:
    return keccak.new(digest_bits=256, data=data).digest()
