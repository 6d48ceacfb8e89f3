"""Does the checksum of a wallet's address hold? One function for each way that chains write one.

Sources: base58check (Bitcoin wiki), BIP-173, BIP-350, the CashAddr specification, CIP-37, ERC-55, CryptoNote standard
006 (Keccak-256 in base58 blocks), and the address formats of Ergo, Sia, Warthog and Nimiq.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence

from sensor.engine.keccak import keccak_256
from sensor.model.wire import ChecksumState
from sensor.signature import Checksum, Wallet

MAX_ADDRESS_CHARS = 512
_BASE58 = {char: at for at, char in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")}
_BECH32 = {char: at for at, char in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
_CONFLUX32 = {char: at for at, char in enumerate("abcdefghjkmnprstuvwxyz0123456789")}
_CONFLUX_PREFIX = "cfx"
_BECH32_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CASH_GENERATORS = (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
_BECH32_END, _BECH32M_END = 1, 0x2BC830A3
_CRYPTONOTE_BLOCK = 11
_CRYPTONOTE_BYTES = {2: 1, 3: 2, 5: 3, 6: 4, 7: 5, 9: 6, 10: 7, 11: 8}
"""Characters of a base58 block → the bytes that it stands for."""


def check(wallet: Wallet, address: str) -> ChecksumState:
    """Does the checksum of ``address``, which has the form of ``wallet``, hold? Bad also where its version is none of
    the coin's; none where the form has no checksum, or the address leaves it out."""
    reader = None if wallet.checksum is None else _READERS[wallet.checksum]
    if reader is None or len(address) > MAX_ADDRESS_CHARS:
        return ChecksumState.NONE
    holds = reader(wallet, address)
    if holds is None:
        return ChecksumState.NONE
    return ChecksumState.GOOD if holds else ChecksumState.BAD


def _base58check(wallet: Wallet, address: str) -> bool:
    data = _base58_bytes(address)
    return _is_of(wallet, data) and _sha256(_sha256(data[:-4]))[:4] == data[-4:]


def _cryptonote(wallet: Wallet, address: str) -> bool:
    data = b"".join(_block_bytes(address[at : at + 11]) for at in range(0, len(address), _CRYPTONOTE_BLOCK))
    return _is_of(wallet, data) and keccak_256(data[:-4])[:4] == data[-4:]


def _ergo(wallet: Wallet, address: str) -> bool:
    data = _base58_bytes(address)
    return _is_of(wallet, data) and hashlib.blake2b(data[:-4], digest_size=32).digest()[:4] == data[-4:]


def _segwit(wallet: Wallet, address: str) -> bool:
    """BIP-350: version 0 is written in bech32, every later one in bech32m."""
    prefix, _, rest = address.lower().rpartition(wallet.separator)
    return _bech32_end(prefix, rest) == (_BECH32_END if _BECH32.get(rest[:1]) == 0 else _BECH32M_END)


def _bech32(wallet: Wallet, address: str) -> bool:
    prefix, _, rest = address.lower().rpartition(wallet.separator)
    return _bech32_end(prefix, rest) == _BECH32_END


def _bech32m(wallet: Wallet, address: str) -> bool:
    prefix, _, rest = address.lower().rpartition(wallet.separator)
    return _bech32_end(prefix, rest) == _BECH32M_END


def _cashaddr(wallet: Wallet, address: str) -> bool:
    # The type that Conflux may write between prefix and address is for people, and outside the checksum.
    prefix, _, rest = address.lower().rpartition(":")
    prefix = (prefix or wallet.prefix).partition(":")[0]
    alphabet = _CONFLUX32 if prefix.startswith(_CONFLUX_PREFIX) else _BECH32
    words = [alphabet.get(char, -1) for char in rest]
    head = [ord(char) & 31 for char in prefix]
    return -1 not in words and _polymod([*head, 0, *words], _CASH_GENERATORS, 35) == 1


def _eip55(_: Wallet, address: str) -> bool | None:
    digits = address.removeprefix("0x")
    if digits in (digits.lower(), digits.upper()):
        return None
    mask = keccak_256(digits.lower().encode()).hex()
    return all(char.isdigit() or char.isupper() == (bit >= "8") for char, bit in zip(digits, mask, strict=False))


def _sia(_: Wallet, address: str) -> bool:
    data = bytes.fromhex(address)
    return hashlib.blake2b(data[:-6], digest_size=32).digest()[:6] == data[-6:]


def _warthog(_: Wallet, address: str) -> bool:
    data = bytes.fromhex(address)
    return _sha256(data[:-4])[:4] == data[-4:]


def _iban(_: Wallet, address: str) -> bool:
    text = address.replace(" ", "")
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1


_READERS: Mapping[Checksum, Callable[[Wallet, str], bool | None]] = {
    Checksum.BASE58CHECK: _base58check,
    Checksum.CRYPTONOTE: _cryptonote,
    Checksum.SEGWIT: _segwit,
    Checksum.BECH32: _bech32,
    Checksum.BECH32M: _bech32m,
    Checksum.CASHADDR: _cashaddr,
    Checksum.EIP55: _eip55,
    Checksum.ERGO: _ergo,
    Checksum.SIA: _sia,
    Checksum.WARTHOG: _warthog,
    Checksum.IBAN: _iban,
}


def _is_of(wallet: Wallet, data: bytes) -> bool:
    """Room for a checksum, and a version that is the coin's."""
    return len(data) > 4 and (not wallet.versions or data.startswith(wallet.versions))


def _base58_bytes(text: str) -> bytes:
    """Empty for what is no base58."""
    if not re.fullmatch(r"[1-9A-HJ-NP-Za-km-z]+", text):
        return b""
    number = _number(text)
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _block_bytes(text: str) -> bytes:
    size = _CRYPTONOTE_BYTES.get(len(text), 0)
    known = all(char in _BASE58 for char in text)
    number = _number(text) if known else 0
    return number.to_bytes(size, "big") if known and number < 256**size else b""


def _number(text: str) -> int:
    number = 0
    for char in text:
        number = number * 58 + _BASE58[char]
    return number


def _bech32_end(prefix: str, rest: str) -> int | None:
    """What the polynomial leaves; None for characters that bech32 does not have."""
    words = [_BECH32.get(char, -1) for char in rest]
    if -1 in words:
        return None
    head = [*(ord(char) >> 5 for char in prefix), 0, *(ord(char) & 31 for char in prefix)]
    return _polymod([*head, *words], _BECH32_GENERATORS, 25)


def _polymod(words: Sequence[int], generators: tuple[int, ...], shift: int) -> int:
    rest = 1
    for word in words:
        top, rest = rest >> shift, (rest & (1 << shift) - 1) << 5 ^ word
        for bit, generator in enumerate(generators):
            rest ^= generator if top >> bit & 1 else 0
    return rest


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
