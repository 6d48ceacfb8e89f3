"""How do division codes nest? Two digits of province, city and county each (GB/T 2260), three of town and village."""

from __future__ import annotations

import re

from collector.registry.choices import DivisionLevel

COUNTRY = "000000"
"""The whole country, and with it what could not be put anywhere."""
_COUNTY_DIGITS = 6
_FORM = re.compile(r"\d{6}(\d{3}){0,2}", re.ASCII)


def is_code(text: str) -> bool:
    """Whether a text has the form of a county, city or province code, or is 000000."""
    return re.fullmatch(r"[0-9]{6}", text) is not None


def is_division(text: str) -> bool:
    """Whether a text has the form of a code of any level: a county's or above, a town's or a village's."""
    return _FORM.fullmatch(text) is not None


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
    """The leading digits every code in the subtree of ``code`` shares: 330000 → 33, 330400 → 3304, 330402001 → itself;
    "" for 000000, the whole country, and for nothing else.

    Raises ``ValueError`` on what is no code: an empty scope must never mean everything.
    """
    if not is_division(code):
        raise ValueError(f"{code!r} is no division code: six digits, nine or twelve")
    if code == COUNTRY:
        return ""
    while len(code) > _COUNTY_DIGITS and code.endswith("000"):
        code = code[:-3]
    if len(code) > _COUNTY_DIGITS:
        return code
    return code[: {DivisionLevel.PROVINCE: 2, DivisionLevel.CITY: 4}.get(level_of(code), _COUNTY_DIGITS)]


def is_within(code: str, scope: str) -> bool:
    """Whether ``code`` lies in the subtree of ``scope``. An unknown ("") place lies in no subtree but the country's."""
    return code.startswith(subtree_prefix(scope))
