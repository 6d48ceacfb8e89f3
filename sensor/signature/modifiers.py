"""When does ``field|modifier: value`` hold? The table of modifiers.

Each modifier turns the value written in a signature into a test of what a message bears. A test is total: it answers
for any JSON value, and for :data:`~sensor.model.observation.MISSING`.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sensor.model.observation import MISSING
from sensor.signature.regex import full_matcher

Test: TypeAlias = Callable[[Any], bool]

_RANGE = re.compile(r"([0-9]{1,9})(?:(-)([0-9]{1,9})?)?")
_HEX = frozenset("0123456789abcdefABCDEF")
_SHORT_HEX = 16
"""Digits up to which looking at each one is faster than to decode them all."""
_SIZED = (str, list, dict, Mapping)
_OBJECTS, _NUMBERS = (dict, Mapping), (int, float)
_TYPES: dict[str, Test] = {
    "string": lambda value: isinstance(value, str),
    "number": lambda value: _is_number(value),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, _OBJECTS),
    "null": lambda value: value is None,
}


def compile_test(modifier: str, value: Any) -> Test:
    """The test behind one row; a tuple of values holds when one of them does.

    Raises ValueError with what is wrong and what to do.
    """
    if modifier == "":
        return _exact(value if isinstance(value, tuple) else (value,))
    make = MODIFIERS.get(modifier)
    if make is None:
        raise ValueError(f"unknown modifier {modifier!r}; use one of {', '.join(sorted(MODIFIERS))}")
    if not isinstance(value, tuple):
        return make(value)
    if not value:
        raise ValueError("an empty list never holds; give at least one value")
    return _one_of([make(each) for each in value])


def _one_of(tests: list[Test]) -> Test:
    return lambda value: any(test(value) for test in tests)


def _exact(values: tuple[Any, ...]) -> Test:
    if not values:
        raise ValueError("an empty list never holds; give at least one value")
    if all(isinstance(value, str) for value in values):
        texts = frozenset(values)
        return lambda value: isinstance(value, str) and value in texts
    wanted = frozenset(_typed(value) for value in values)
    return lambda value: isinstance(value, _SCALARS) and _typed(value) in wanted


_SCALARS = (str, int, float, bool, type(None))


def _typed(value: Any) -> tuple[str, Any]:
    """Tells JSON ``true`` from ``1``, which Python does not."""
    if isinstance(value, bool):
        return ("boolean", value)
    return ("number", value) if isinstance(value, int | float) else ("other", value)


def _exists(value: Any) -> Test:
    if not isinstance(value, bool):
        raise ValueError(f"exists takes true or false, not {value!r}; write one of them")
    return lambda found: (found is not MISSING) is value


def _type(value: Any) -> Test:
    if not isinstance(value, str) or value not in _TYPES:
        raise ValueError(f"unknown type {value!r}; use one of {', '.join(_TYPES)}")
    return _TYPES[value]


def _startswith(value: Any) -> Test:
    start = _text("startswith", value)
    return lambda found: isinstance(found, str) and found.startswith(start)


def _endswith(value: Any) -> Test:
    end = _text("endswith", value)
    return lambda found: isinstance(found, str) and found.endswith(end)


def _re(value: Any) -> Test:
    matches = full_matcher(_text("re", value))
    return lambda found: isinstance(found, str) and matches(found)


def _len(value: Any) -> Test:
    low, high = _range("len", value)
    return lambda found: isinstance(found, _SIZED) and low <= len(found) <= high


def _hex(value: Any) -> Test:
    low, high = _range("hex", value)
    return lambda found: isinstance(found, str) and low <= len(found) <= high and _is_hex(found)


def _hex0x(value: Any) -> Test:
    digits = _hex(value)
    return lambda found: isinstance(found, str) and found[:2] in {"0x", "0X"} and digits(found[2:])


def _min(value: Any) -> Test:
    bound = _number("min", value)
    return lambda found: _is_number(found) and found >= bound


def _max(value: Any) -> Test:
    bound = _number("max", value)
    return lambda found: _is_number(found) and found <= bound


def _contains(value: Any) -> Test:
    element = _exact((value,))
    return lambda found: isinstance(found, list) and any(element(each) for each in found)


MODIFIERS: dict[str, Callable[[Any], Test]] = {
    "exists": _exists,
    "type": _type,
    "startswith": _startswith,
    "endswith": _endswith,
    "re": _re,
    "len": _len,
    "hex": _hex,
    "hex0x": _hex0x,
    "min": _min,
    "max": _max,
    "contains": _contains,
}


def _is_hex(text: str) -> bool:
    if len(text) <= _SHORT_HEX:
        return _HEX.issuperset(text)
    try:
        unhexlify(text if len(text) % 2 == 0 else text + "0")
    except ValueError:
        return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, _NUMBERS) and not isinstance(value, bool)


def _text(modifier: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{modifier} takes a string, not {value!r}; put it in quotes")
    return value


def _number(modifier: str, value: Any) -> float:
    if not _is_number(value):
        raise ValueError(f"{modifier} takes a number, not {value!r}; write it without quotes")
    number: float = value
    return number


def _range(modifier: str, value: Any) -> tuple[int, float]:
    """``5`` → (5, 5), ``'2-16'`` → (2, 16), ``'9-'`` → (9, infinity)."""
    match = None if isinstance(value, bool) else _RANGE.fullmatch(str(value))
    if match is None:
        raise ValueError(f"{modifier} takes a length or a range, not {value!r}; write 5, '2-16' or '9-'")
    low = int(match[1])
    if match[2] is None:
        return low, low
    high = float("inf") if match[3] is None else int(match[3])
    if high < low:
        raise ValueError(f"the range {value!r} is empty; put the smaller number first")
    return low, high
