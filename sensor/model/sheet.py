"""How is untrusted text made safe for a spreadsheet cell, and how many lines does it take there?"""

from __future__ import annotations

import re

MAX_CELL_CHARS = 32_000
"""A little below the limit of the XLSX format (32 767)."""
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A spreadsheet takes a cell that starts so for a formula; the wide forms count in East Asian settings."""
_LAST_NARROW = 0x2E7F
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def guard(text: str, max_chars: int = MAX_CELL_CHARS) -> str:
    """The same words with no formula, no control character and a bounded length. Source: OWASP, CSV injection."""
    if text.isprintable() and len(text) <= max_chars and not text.startswith(_STARTS_FORMULA):
        return text  # most cells of a long list
    clean = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    if len(clean) > max_chars:
        clean = clean[: max_chars - 1] + "…"
    return f"'{clean}" if clean.startswith(_STARTS_FORMULA) else clean


def wrapped_lines(line: str, width: float) -> int:
    """Lines that a text without line ends needs in ``width`` columns; a wide character takes two."""
    columns = len(line) if line.isascii() else sum(2 if ord(char) > _LAST_NARROW else 1 for char in line)
    return max(1, -(-columns // max(1, int(width - 1))))
