"""Which payout addresses can a test use? Valid in form and checksum, and nobody's: made from the hash of a text."""

from __future__ import annotations

import hashlib

from sensor.engine.keccak import keccak_256

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_CONFLUX32 = "abcdefghjkmnprstuvwxyz0123456789"
_NIMIQ32 = "0123456789ABCDEFGHJKLMNPQRSTUVXY"
_BECH32_END, _BECH32M_END = 1, 0x2BC830A3
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
    return _cryptonote_base58(body + keccak_256(body)[:4])


def evm_address(label: str) -> str:
    """An address of the EVM family with the EIP-55 mixed-case checksum."""
    digits = _digest(label, 20).hex()
    mask = keccak_256(digits.encode()).hex()
    return "0x" + "".join(c.upper() if int(m, 16) >= 8 else c for c, m in zip(digits, mask, strict=False))


def rvn_address(label: str) -> str:
    """A Ravencoin address ``R…`` (base58check, version 60)."""
    return _base58check(b"\x3c" + _digest(label, 20))


def erg_address(label: str) -> str:
    """An Ergo P2PK address of the main network (base58, BLAKE2b checksum of 4 bytes)."""
    body = b"\x01\x02" + _digest(label, 32)
    checksum = hashlib.blake2b(body, digest_size=32).digest()[:4]
    return _base58(int.from_bytes(body + checksum, "big"))


def alph_address(label: str) -> str:
    """An Alephium P2PKH address (base58 of a zero byte and a hash; the form has no checksum)."""
    return "1" + _base58(int.from_bytes(_digest(label, 32), "big"))


def wart_address(label: str) -> str:
    """A Warthog address: 20 bytes and 4 of their SHA-256, as hex digits."""
    body = _digest(label, 20)
    return (body + hashlib.sha256(body).digest()[:4]).hex()


def sia_address(label: str) -> str:
    """A Sia address: 32 bytes and 6 of their BLAKE2b-256, as hex digits."""
    body = _digest(label, 32)
    return (body + hashlib.blake2b(body, digest_size=32).digest()[:6]).hex()


def nim_address(label: str) -> str:
    """A Nimiq address: 20 bytes in the base 32 of its own behind two check digits (ISO 13616)."""
    number = int.from_bytes(_digest(label, 20), "big")
    text = "".join(_NIMIQ32[number >> 5 * (31 - at) & 31] for at in range(32))
    digits = "".join(str(int(char, 36)) for char in text + "NQ00")
    return f"NQ{98 - int(digits) % 97:02d}{text}"


def key_address(label: str) -> str:
    """A public key as 64 hex digits, as Iron Fish and Kadena have it."""
    return _digest(label, 32).hex()


def bech32_address(
    prefix: str, label: str, size: int = 32, *, modified: bool = False, version: int | None = None, separator: str = "1"
) -> str:
    """An address in bech32 (BIP 173) or bech32m (BIP 350) of ``size`` bytes behind the witness version, if any."""
    words = ([] if version is None else [version]) + _five_bits(_digest(label, size))
    return _bech32(prefix + separator, words, _BECH32M_END if modified else _BECH32_END)


def ckb_address(label: str) -> str:
    """A Nervos CKB address in its full form: type 0, code hash, hash type and 20 bytes of arguments in bech32m."""
    body = b"\x00" + _digest(label + "/code", 32) + b"\x01" + _digest(label, 20)
    return _bech32("ckb1", _five_bits(body), _BECH32M_END)


def _bech32(head: str, words: list[int], end: int) -> str:
    """``head`` is the prefix with its separator."""
    prefix = head[:-1]
    high, low = [ord(char) >> 5 for char in prefix], [ord(char) & 31 for char in prefix]
    check = _bech32_polymod([*high, 0, *low, *words, *[0] * 6]) ^ end
    words += [check >> 5 * (5 - at) & 31 for at in range(6)]
    return head + "".join(_BECH32[word] for word in words)


def xel_address(label: str) -> str:
    """A Xelis address: bech32 with a colon as its separator."""
    return bech32_address("xel", label, version=0, separator=":")


def cash_address(prefix: str, label: str, size: int = 32, *, version: int = 0) -> str:
    """An address with a 40-bit checksum behind a colon: Kaspa and its clones, Nexa, Conflux (CIP-37)."""
    words = _five_bits(bytes([version]) + _digest(label, size))
    check = _cash_polymod([*[ord(char) & 31 for char in prefix], 0, *words, *[0] * 8])
    words += [check >> 5 * (7 - at) & 31 for at in range(8)]
    alphabet = _CONFLUX32 if prefix == "cfx" else _BECH32
    return f"{prefix}:" + "".join(alphabet[word] for word in words)


def _five_bits(data: bytes) -> list[int]:
    length = -(-8 * len(data) // 5)
    number = int.from_bytes(data, "big") << 5 * length - 8 * len(data)
    return [number >> 5 * (length - 1 - at) & 31 for at in range(length)]


def _bech32_polymod(words: list[int]) -> int:
    generators = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
    return _polymod(words, generators, 25)


def _cash_polymod(words: list[int]) -> int:
    generators = (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
    return _polymod(words, generators, 35) ^ 1


def _polymod(words: list[int], generators: tuple[int, ...], shift: int) -> int:
    check = 1
    for word in words:
        top = check >> shift
        check = (check & (1 << shift) - 1) << 5 ^ word
        for bit, generator in enumerate(generators):
            check ^= generator if top >> bit & 1 else 0
    return check


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
