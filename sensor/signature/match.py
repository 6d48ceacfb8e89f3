"""What did a signature find in a message?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sensor.model.observation import MISSING, Observation
from sensor.signature.compile import Signature
from sensor.signature.shapes import Narrowed, Reader
from sensor.signature.words import SessionEvent

MAX_FACT_CHARS = 512
MAX_EXCERPT_CHARS = 512
_MAX_VALUE_CHARS = 160
_MAX_DEPTH = 4
_MAX_NUMBER = 2**256
_NUMBERS = (int, float)


class Match(NamedTuple):
    """One signature holds for one message. A tuple, as one is made of nearly every message of a session."""

    signature: Signature
    facts: Mapping[str, str | int | float]
    """What the message tells of the session: those of account, worker, agent, algorithm, height, job,
    target, difficulty, seed_hash, server_name, hashrate, extranonce, coinbase and bits that are
    there. Strings are at most 512 characters."""
    observation: Observation
    event: SessionEvent
    """What the message does in its session."""

    def excerpt(self) -> str:
        """``field=value, …`` of the fields the signature names; printable, at most 512 characters."""
        parts = []
        for path in self.signature.evidence.excerpt:
            value = self.observation.get(path)
            if value is not MISSING:
                parts.append(f"{path}={_shown(value)}")
        return ", ".join(parts)[:MAX_EXCERPT_CHARS]


def make_match(found: Narrowed, observation: Observation) -> Match:
    """The match of a signature that holds, with the facts its session paths lead to."""
    facts = {}
    for fact, readers in found.facts:
        value = _first_sane(observation.fields, readers)
        if value is not None:
            facts[fact] = value
    return Match(found.signature, facts, observation, found.event)


def _first_sane(fields: Mapping[str, Any], readers: tuple[Reader, ...]) -> str | int | float | None:
    for read in readers:
        value = read(fields)
        if isinstance(value, str) and value:
            return value[:MAX_FACT_CHARS]
        if isinstance(value, _NUMBERS) and _is_sane(value):
            return value
    return None


def _is_sane(value: float) -> bool:
    return not isinstance(value, bool) and abs(value) <= _MAX_NUMBER


def _shown(value: Any) -> str:
    text = ""
    for token in _tokens(value, _MAX_DEPTH):
        text += token
        if len(text) >= _MAX_VALUE_CHARS:
            break
    text = text[:_MAX_VALUE_CHARS]
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _tokens(value: Any, depth: int) -> Iterator[str]:
    """JSON-like text, bounded in depth and made lazily: the reader stops when it has enough."""
    if isinstance(value, str):
        yield value[:_MAX_VALUE_CHARS]
    elif isinstance(value, Mapping | list):
        yield from _container(value, depth)
    elif isinstance(value, bool) or value is None:
        yield {True: "true", False: "false", None: "null"}[value]
    elif isinstance(value, int | float):
        yield str(value) if abs(value) <= _MAX_NUMBER else "(huge)"
    else:
        yield "(other)"


def _container(value: Mapping[str, Any] | list[Any], depth: int) -> Iterator[str]:
    if depth == 0:
        yield "…"
        return
    opening, closing = "{}" if isinstance(value, Mapping) else "[]"
    yield opening
    for index, each in enumerate(value):
        yield "," if index else ""
        if isinstance(value, Mapping):
            yield f"{str(each)[:_MAX_VALUE_CHARS]}:"
            each = value[each]
        yield from _tokens(each, depth - 1)
    yield closing
