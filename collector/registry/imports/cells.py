"""What does a cell mean? Addresses, times, codes and ports; each parser raises ``CellFault`` with what to do."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Choices
from stdnum.cn import uscc as uscc_rules

from collector.registry.addresses import Network, parse_blocks
from collector.registry.imports.faults import CellFault, Fault
from collector.registry.imports.table import normalise
from collector.text import labels

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_YEAR = 1900
"""What lies before is no date of a register, and calendars that far back cannot be reckoned with."""
OPEN_YEAR = 2900
"""A date from this year on means "no end"."""

_OPEN_WORDS = frozenset({"长期", "永久", "至今", "现在", "在用", "无", "-", "open", "none", "null", "present"})
_MAX_BLOCKS = 64
_MIN_PREFIX = {4: 8, 6: 16}
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # Excel knows no zone; it is given one below
_EXCEL_SERIAL = re.compile(r"[3-6]\d{4}(\.\d+)?")
_EXCEL_POWER = re.compile(r"\d(\.\d+)?[eE]\+\d+")
_UNIX_S = re.compile(r"1\d{9}(\.\d{1,6})?")
_UNIX_MS = re.compile(r"1\d{12}")
_DAY_ONLY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{8}")
_CHINESE_DATE = str.maketrans({"年": "-", "月": "-", "日": " ", "时": ":", "分": ":", "秒": "", "/": "-", ".": "-"})
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%d %H:%M:%S")


def choice(text: str, choices: type[Choices]) -> str:
    """A value of a closed set from its code or its label in either language."""
    wanted = normalise(text)
    for lang in ("zh", "en"):
        for code, word in labels(choices, lang):
            if wanted in (normalise(code), normalise(word)):
                return code
    raise CellFault(Fault.UNKNOWN_WORD, text)


def blocks(text: str) -> list[Network]:
    """An address, a CIDR block or ``first-last``, as CIDR blocks."""
    plain = _narrow(text).replace("~", "-").replace("—", "-").replace("–", "-")
    try:
        found = parse_blocks(plain)
    except ValueError as fault:
        raise CellFault(Fault.HOST_BITS if "host bits" in str(fault) else Fault.NO_NETWORK, text) from None
    if len(found) > _MAX_BLOCKS or any(block.prefixlen < _MIN_PREFIX[block.version] for block in found):
        raise CellFault(Fault.RANGE_TOO_WIDE, text)
    return found


def address(text: str) -> str:
    """One IP address, in its usual form."""
    try:
        return str(ipaddress.ip_address(_narrow(text)))
    except ValueError:
        raise CellFault(Fault.NO_NETWORK, text) from None


def moment(text: str) -> datetime:
    """A moment; without a zone it is Asia/Shanghai. A day alone is its first moment."""
    found = _moment(text)
    if found is None or not FIRST_YEAR <= found.year < OPEN_YEAR:
        raise CellFault(Fault.NO_TIME, text)
    return found


def end_moment(text: str) -> datetime | None:
    """The first moment after an interval; a day alone still belongs to it. None: it has no end."""
    plain = _narrow(text)
    if plain.casefold() in _OPEN_WORDS:
        return None
    found = _moment(text)
    if found is not None and found.year >= OPEN_YEAR:
        return None
    found = moment(text)
    return found + timedelta(days=1) if _is_day(plain) else found


def day(text: str) -> date:
    """A calendar day in Asia/Shanghai."""
    return moment(text).astimezone(SHANGHAI).date()


def division_code(text: str) -> str:
    """The six digits of GB/T 2260; longer codes (township, NBS) are cut to their county."""
    plain = _narrow(text).removesuffix(".0")
    if not re.fullmatch(r"\d{6}|\d{9}|\d{12}", plain):
        raise CellFault(Fault.EXCEL_NUMBER if _EXCEL_POWER.fullmatch(plain) else Fault.NO_DIVISION, text)
    return plain[:6]


def uscc(text: str) -> str:
    """A unified social credit code in capitals. Its check digit is not looked at: see ``uscc_is_odd``."""
    plain = _narrow(text).upper()
    if _EXCEL_POWER.fullmatch(plain):
        raise CellFault(Fault.EXCEL_NUMBER, text)
    if len(plain) > 18:
        raise CellFault(Fault.TOO_LONG, text)
    return plain


def uscc_is_odd(code: str) -> bool:
    """Whether a code fails GB 32100-2015; real old codes do, so this is a reason to look, not to refuse."""
    return not uscc_rules.is_valid(code)


def port(text: str) -> int:
    """A port number."""
    plain = _narrow(text)
    if not re.fullmatch(r"\d{1,5}", plain) or int(plain) > 65535:
        raise CellFault(Fault.NO_PORT, text)
    return int(plain)


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _is_day(plain: str) -> bool:
    return bool(_DAY_ONLY.fullmatch(plain.translate(_CHINESE_DATE).strip())) or bool(re.fullmatch(r"[3-6]\d{4}", plain))


def _moment(text: str) -> datetime | None:
    plain = _narrow(text)
    try:
        return _numeric(plain) or _iso(plain) or _written(plain)
    except (ValueError, OverflowError):
        return None


def _numeric(plain: str) -> datetime | None:
    if _UNIX_MS.fullmatch(plain):
        return datetime.fromtimestamp(int(plain) // 1000, UTC) + timedelta(milliseconds=int(plain) % 1000)
    if _UNIX_S.fullmatch(plain):
        return datetime.fromtimestamp(float(plain), UTC)
    if _EXCEL_SERIAL.fullmatch(plain):
        serial = _EXCEL_EPOCH + timedelta(seconds=round(float(plain) * 86_400))
        return serial.replace(tzinfo=SHANGHAI)
    return None


def _iso(plain: str) -> datetime | None:
    if not re.match(r"\d{4}-\d\d-\d\d", plain):
        return None
    try:
        found = datetime.fromisoformat(plain)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def _written(plain: str) -> datetime | None:
    text = " ".join(plain.translate(_CHINESE_DATE).split()).strip(":")
    for pattern in _FORMATS:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=SHANGHAI)
        except ValueError:
            continue
    return None
