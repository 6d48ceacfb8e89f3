"""When do two records name the same unit?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Protocol, TypeAlias


class Named(Protocol):
    """What identity is read from."""

    @property
    def uscc(self) -> str: ...

    @property
    def unit_name(self) -> str: ...

    @property
    def subscriber(self) -> str: ...


Namer: TypeAlias = Callable[[Named], str]

_NOISE = re.compile(r"[\s\-_,.·、,。()\[\]{}<>《》“”\"'‘’]+")


@lru_cache(maxsize=4_096)
def normal_name(name: str) -> str:
    """A unit's name without width, case, space and punctuation differences. Kept: one session asks for few, often."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", name)).casefold()


def namer_for(records: Iterable[Named]) -> Namer:
    """Identity among ``records``: the USCC, else the normalised name, else the subscriber, else nothing (``""``).

    A name that goes with exactly one USCC among the records stands for that USCC.
    """
    codes: dict[str, set[str]] = {}
    for record in records:
        if record.uscc and record.unit_name:
            codes.setdefault(normal_name(record.unit_name), set()).add(record.uscc.upper())
    alias = {name: next(iter(found)) for name, found in codes.items() if len(found) == 1}
    return lambda record: _identity(record, alias)


def names_unit(identity: str) -> bool:
    """True when an identity is a unit, not just a subscriber's account."""
    return identity.startswith(("uscc:", "name:"))


def _identity(record: Named, alias: dict[str, str]) -> str:
    name = normal_name(record.unit_name)
    if uscc := record.uscc.upper() or alias.get(name, ""):
        return f"uscc:{uscc}"
    if name:
        return f"name:{name}"
    return f"subscriber:{record.subscriber}" if record.subscriber else ""
