"""Which epoch of an Ethash chain does a seed hash stand for? (Ethash specification, "Cache"; ECIP-1099)

The seed of epoch n is Keccak-256 applied n times to 32 zero bytes; an epoch is 30 000 blocks. Etchash has epochs of
60 000 blocks and takes every other seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sensor.engine.keccak import keccak_256

EPOCH_BLOCKS = 30_000
MAX_EPOCHS = 2048
"""As many as the specification's table has; the chains need a few years each for hundred epochs."""


def epoch_height(seed_hash: str) -> int | None:
    """First block of the epoch whose seed is ``seed_hash`` (64 hex digits, 0x or not); None when there is none.

    Epoch 0 is None too: 64 zeros say nothing.
    """
    epoch = _epochs().get(seed_hash.removeprefix("0x").lower())
    return epoch * EPOCH_BLOCKS if epoch else None


@cache
def _epochs() -> Mapping[str, int]:
    seed, epochs = bytes(32), {}
    for epoch in range(MAX_EPOCHS):
        epochs[seed.hex()] = epoch
        seed = keccak_256(seed)
    return epochs
