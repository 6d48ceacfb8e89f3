"""What a dissector saw: one message of an application protocol, as named fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sensor.model.flow import Direction

MISSING: Any = object()
"""What :meth:`Observation.get` answers for a field that the message does not have."""


class Observation(NamedTuple):
    """One dissected message. A tuple, as one is made of every message.

    ``fields`` is a nested document whose top-level keys are protocol names; a dotted path such as
    ``jsonrpc.params.0`` walks mappings by key and arrays by index.
    """

    direction: Direction
    at_ns: int
    fields: Mapping[str, Any]
    raw: bytes = b""
    serial: int = 0
    """Number of the message within its stream, from 1; 0 where nothing can answer it."""
    answers: int | None = None
    """Serial of the request that this message answers, where that is known."""

    def get(self, path: str) -> Any:
        """The value at a dotted path, or :data:`MISSING`."""
        return lookup(self.fields, path.split("."))


def lookup(document: Any, path: Sequence[str]) -> Any:
    """Walk ``document`` by keys and array indices; :data:`MISSING` where the way ends."""
    for part in path:
        # Asking a dict for its type first: the abstract check costs more than all the rest of a look-up.
        if type(document) is dict or isinstance(document, Mapping):
            document = document.get(part, MISSING)
        elif isinstance(document, list) and part.isdecimal():
            index = int(part)
            document = document[index] if index < len(document) else MISSING
        else:
            return MISSING
    return document
