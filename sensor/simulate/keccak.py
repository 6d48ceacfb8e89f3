"""What is the original Keccak-256 (not SHA-3) of a short text? For checksums of test addresses only."""

from __future__ import annotations

_RATE_BYTES = 136
_LANE = (1 << 64) - 1


def keccak_256(data: bytes) -> bytes:
    """Keccak[c=512] with the pre-standard padding ``01``, as CryptoNote and Ethereum use it. Not for secrets."""
    padded = bytearray(data) + bytes(_RATE_BYTES - len(data) % _RATE_BYTES)
    padded[len(data)] ^= 0x01
    padded[-1] ^= 0x80
    lanes = [[0] * 5 for _ in range(5)]
    for start in range(0, len(padded), _RATE_BYTES):
        _absorb(lanes, padded[start : start + _RATE_BYTES])
        lanes = _permute(lanes)
    return b"".join(lanes[i % 5][i // 5].to_bytes(8, "little") for i in range(4))


def _absorb(lanes: list[list[int]], block: bytearray) -> None:
    for i in range(_RATE_BYTES // 8):
        lanes[i % 5][i // 5] ^= int.from_bytes(block[8 * i : 8 * i + 8], "little")


def _permute(lanes: list[list[int]]) -> list[list[int]]:
    """Keccak-f[1600], 24 rounds of theta, rho and pi, chi, iota; the round constants come from their LFSR."""
    register = 1
    for _ in range(24):
        lanes = _chi(_rho_pi(_theta(lanes)))
        for bit in range(7):
            register = ((register << 1) ^ ((register >> 7) * 0x71)) & 0xFF
            if register & 2:
                lanes[0][0] ^= 1 << ((1 << bit) - 1)
    return lanes


def _theta(lanes: list[list[int]]) -> list[list[int]]:
    parity = [column[0] ^ column[1] ^ column[2] ^ column[3] ^ column[4] for column in lanes]
    spread = [parity[x - 1] ^ _rotate(parity[(x + 1) % 5], 1) for x in range(5)]
    return [[lane ^ spread[x] for lane in lanes[x]] for x in range(5)]


def _rho_pi(lanes: list[list[int]]) -> list[list[int]]:
    x, y, current = 1, 0, lanes[1][0]
    for step in range(24):
        x, y = y, (2 * x + 3 * y) % 5
        current, lanes[x][y] = lanes[x][y], _rotate(current, (step + 1) * (step + 2) // 2)
    return lanes


def _chi(lanes: list[list[int]]) -> list[list[int]]:
    return [
        [lanes[x][y] ^ (~lanes[(x + 1) % 5][y] & _LANE & lanes[(x + 2) % 5][y]) for y in range(5)] for x in range(5)
    ]


def _rotate(lane: int, bits: int) -> int:
    bits %= 64
    return ((lane << bits) | (lane >> (64 - bits))) & _LANE
