"""Is a regular expression safe to run on untrusted text?

Python's matcher backtracks, so what matters is how many ways there are to try. A repeat that can take n lengths
multiplies them by n, an alternative by the number of its branches; the product is bounded. Repeats whose body can
itself vary, back-references and conditionals are refused.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable
from re import _compiler as compiler  # type: ignore[attr-defined]
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as sre  # type: ignore[attr-defined]
from typing import Any

MAX_TEXT = 4096
"""Longest string, in characters, an expression is tried on; a longer one does not match."""
MAX_WAYS = (MAX_TEXT + 1) ** 2
_REFUSED = {
    ops.GROUPREF: "back-references are not allowed",
    ops.GROUPREF_EXISTS: "back-references are not allowed",
    ops.ASSERT: "look-around is not allowed",
    ops.ASSERT_NOT: "look-around is not allowed",
}


def full_matcher(pattern: str) -> Callable[[str], bool]:
    """A test whether a string matches ``pattern`` whole. Raises ValueError when it is unsafe or malformed."""
    try:
        # A set that a later Python will read otherwise is only warned of; here it is a fault.
        with warnings.catch_warnings(action="error", category=FutureWarning):
            parsed = sre.parse(pattern)
            ways = _ways(parsed)
            match = compiler.compile(parsed).fullmatch
    except (re.error, OverflowError, RecursionError, FutureWarning) as error:
        raise ValueError(f"{pattern!r} is not a regular expression ({error}); mend it") from error
    if ways > MAX_WAYS:
        raise ValueError(f"{pattern!r} could be tried in too many ways; bound its repeats, as in {{1,64}}")
    return lambda text: len(text) <= MAX_TEXT and match(text) is not None


def _ways(items: Iterable[tuple[Any, Any]]) -> int:
    total = 1
    for op, argument in items:
        total *= _ways_of(op, argument)
    return total


def _ways_of(op: Any, argument: Any) -> int:
    if op in _REFUSED:
        raise ValueError(_REFUSED[op])
    if op in {ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT}:
        return _repeat_ways(*argument)
    if op is ops.BRANCH:
        return sum(_ways(branch) for branch in argument[1])
    if op is ops.SUBPATTERN:
        return _ways(argument[3])
    if op is ops.ATOMIC_GROUP:
        return _ways(argument)
    return 1


def _repeat_ways(low: int, high: int, body: Iterable[tuple[Any, Any]]) -> int:
    inner = _ways(body)
    if high > 1 and inner > 1:
        raise ValueError("a repeat inside a repeat is not allowed; write the parts out")
    return inner * (min(high, MAX_TEXT) - min(low, MAX_TEXT) + 1)
