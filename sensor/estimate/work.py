"""How much work does a share stand for? From the target or difficulty on the wire to hashes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sensor.signature import WorkForm

MAX_WORK = 2.0**96
"""No chain's block takes as much; more is nonsense or an attack on the sums."""
BIG_ENDIAN_ALGORITHMS = frozenset({"rx/yada"})
"""CryptoNote algorithms whose compact target is written highest byte first."""
_HEX = re.compile(r"(?:0x)?([0-9a-fA-F]{1,64})")
_LONG_DECIMAL = re.compile(r"[1-9][0-9]{29,77}")
_DECIMAL = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,2})?")
_EIGHT = 8
_ALEPHIUM_UNIT = 2.0**34
"""Work at difficulty 1: a target of 30 zero bits, on one of 16 chains."""
_MAX_EXPONENT = 32


@dataclass(frozen=True, slots=True)
class Work:
    """Expected work of one share: ``amount`` hashes (or solutions, or graphs).

    Where ``scaled``, ``amount`` is a difficulty, to be multiplied by the unit of an algorithm that may become known
    only later.
    """

    amount: float
    scaled: bool = False


def work_of(form: WorkForm | None, facts: Mapping[str, Any], difficulty: float | None = None) -> Work | None:
    """The work of one share as a message tells it; None when it does not, or tells nonsense.

    ``facts`` are those of the message: ``target``, ``difficulty``, ``algorithm``. ``difficulty`` is the one that the
    session set last. Formulas: ZIP-301, EIP-1571, BIP-310 and the target forms of CryptoNote pools.
    """
    if form is None:
        form = WorkForm.TARGET if "target" in facts else WorkForm.DIFFICULTY
    amount = _READERS[form](facts, difficulty)
    if amount is None or not 0 < amount <= MAX_WORK:
        return None
    return Work(amount, scaled=form is WorkForm.DIFFICULTY)


def number_of(value: Any) -> float | None:
    """A positive, finite number, or the decimal text of one."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value <= MAX_WORK and math.isfinite(value) else None


def hex_number(value: Any) -> int | None:
    """The number that 1 to 64 hex digits stand for, ``0x`` or not."""
    digits = _hex_digits(value)
    return int(digits, 16) if digits else None


def _hex_digits(value: Any) -> str:
    found = _HEX.fullmatch(value.strip()) if isinstance(value, str) else None
    return found[1] if found else ""


def _from_target(facts: Mapping[str, Any], _: float | None) -> float | None:
    value = facts.get("target")
    return 2.0**256 / number if (number := hex_number(value)) else number_of(None if isinstance(value, str) else value)


def _from_target_16(facts: Mapping[str, Any], difficulty: float | None) -> float | None:
    """Alephium: the hash has to fall on the right one of 16 chains as well.

    Some pools send the block's target beside a share difficulty. No share is harder than its block: the lesser holds.
    """
    amount = _from_target(facts, None)
    if amount is None:
        return None
    return min(16 * amount, _ALEPHIUM_UNIT * difficulty) if difficulty else 16 * amount


def _from_upper_bytes(facts: Mapping[str, Any], _: float | None) -> float | None:
    """A target or its upper bytes (at least four), lowest byte first."""
    text = _hex_digits(facts.get("target"))
    if len(text) % 2 or len(text) < _EIGHT:
        return None
    is_big = str(facts.get("algorithm", "")).lower() in BIG_ENDIAN_ALGORITHMS
    number = int.from_bytes(bytes.fromhex(text), "big" if is_big else "little")
    if not number:
        return None
    return float((2**32 - 1) // number) if len(text) == _EIGHT else 2.0 ** (4 * len(text)) / number


def _from_compact(facts: Mapping[str, Any], _: float | None) -> float | None:
    """As in block headers: the lower 24 bits, shifted left by as many bytes as the upper 8 say, less 3."""
    value = facts.get("target")
    number = hex_number(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**32:
        return None
    exponent, mantissa = number >> 24, number & 0xFFFFFF
    return 2.0 ** (256 - 8 * (exponent - 3)) / mantissa if mantissa and exponent <= _MAX_EXPONENT else None


def _from_target_times(facts: Mapping[str, Any], difficulty: float | None) -> float | None:
    """Ergo: the share target is the job's decimal number times the difficulty."""
    text = facts.get("target")
    if difficulty is None or not isinstance(text, str) or not _LONG_DECIMAL.fullmatch(text):
        return None
    return 2.0**256 / (int(text) * difficulty)


def _from_difficulty(facts: Mapping[str, Any], _: float | None) -> float | None:
    return number_of(facts.get("difficulty"))


def _from_work(facts: Mapping[str, Any], _: float | None) -> float | None:
    value = facts.get("difficulty")
    return hex_number(value) if isinstance(value, str) else number_of(value)


def _from_packed(facts: Mapping[str, Any], _: float | None) -> float | None:
    """Beam: order in the upper 8 bits, mantissa in the lower 24."""
    value = facts.get("difficulty")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**32:
        return None
    return (1 + (value & 0xFFFFFF) / 2**24) * 2.0 ** (value >> 24)


_READERS: Mapping[WorkForm, Callable[[Mapping[str, Any], float | None], float | None]] = {
    WorkForm.TARGET: _from_target,
    WorkForm.TARGET_LE: _from_upper_bytes,
    WorkForm.COMPACT: _from_compact,
    WorkForm.TARGET_TIMES: _from_target_times,
    WorkForm.TARGET_16: _from_target_16,
    WorkForm.DIFFICULTY: _from_difficulty,
    WorkForm.WORK: _from_work,
    WorkForm.PACKED: _from_packed,
}
