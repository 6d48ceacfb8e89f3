"""How is untrusted text made safe for a spreadsheet cell?"""

from __future__ import annotations

import re

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
MAX_CELL_CHARS = 32_000
"""A little below the limit of the XLSX format (32 767)."""


def guard(text: str) -> str:
    """The text so that no spreadsheet runs it as a formula or refuses the file. Source: OWASP, CSV injection."""
    text = _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)[:MAX_CELL_CHARS]
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
