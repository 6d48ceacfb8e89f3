"""How long may a word from the network be in a cell of a list?"""

from __future__ import annotations

from sensor.model.sheet import guard

MAX_CELL_CHARS = 2_000


def harmless(text: str) -> str:
    """The word as a harmless cell, cut to what an office can read."""
    return guard(text, MAX_CELL_CHARS)
