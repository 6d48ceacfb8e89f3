"""How do division codes nest? Two digits of province, two of city, two of county (GB/T 2260)."""

from __future__ import annotations

import re

from collector.registry.choices import DivisionLevel


def is_code(text: str) -> bool:
    """Whether a text has the form of a county, city or province code, or is 000000."""
    return re.fullmatch(r"[0-9]{6}", text) is not None


def level_of(code: str) -> DivisionLevel:
    """The level a six-digit code has by its zeros."""
    if code[2:6] == "0000":
        return DivisionLevel.PROVINCE
    return DivisionLevel.CITY if code[4:6] == "00" else DivisionLevel.COUNTY


def parent_of(code: str) -> str:
    """The code above a six-digit code, "" above a province."""
    level = level_of(code)
    if level is DivisionLevel.PROVINCE:
        return ""
    return f"{code[:2]}0000" if level is DivisionLevel.CITY else f"{code[:4]}00"


def subtree_prefix(code: str) -> str:
    """The leading digits every code in the subtree of ``code`` shares; "" for 000000, the whole country.

    Raises ``ValueError`` on what is no code: an empty scope must never mean everything.
    """
    if not is_code(code):
        raise ValueError(f"{code!r} is no six-digit division code")
    if code.startswith("00"):
        return ""
    return {DivisionLevel.PROVINCE: code[:2], DivisionLevel.CITY: code[:4], DivisionLevel.COUNTY: code[:6]}[
        level_of(code)
    ]


def is_within(code: str, scope: str) -> bool:
    """Whether ``code`` lies in the subtree of ``scope``. An unknown ("") place lies in no subtree but the country's."""
    return code.startswith(subtree_prefix(scope))
