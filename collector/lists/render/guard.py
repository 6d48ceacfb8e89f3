"""How does a word from the network become a harmless cell?"""

from __future__ import annotations

import re

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A spreadsheet takes a cell that starts so for a formula; the wide forms count in East Asian settings."""
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
MAX_CELL_CHARS = 2_000


def harmless(text: str) -> str:
    """The same words with no formula, no control character and a bounded length."""
    clean = _UNPRINTABLE.sub("\ufffd", text)
    if len(clean) > MAX_CELL_CHARS:
        clean = clean[: MAX_CELL_CHARS - 1] + "…"
    return f"'{clean}" if clean.startswith(_STARTS_FORMULA) else clean
