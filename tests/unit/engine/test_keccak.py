"""Do the native engine and the library hash alike, as the reference does?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.engine.keccak import by_library, keccak_256

EMPTY = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
"""Keccak-256 of nothing, as Ethereum's yellow paper has it."""


@pytest.mark.parametrize("digest_of", [keccak_256, by_library])
def test_nothing_has_the_digest_that_everybody_knows(digest_of: Callable[[bytes], bytes]) -> None:
    assert digest_of(b"").hex() == EMPTY


@given(st.binary(max_size=600))
def test_whoever_hashes_the_digest_is_the_same(data: bytes) -> None:
    assert keccak_256(data) == by_library(data)
