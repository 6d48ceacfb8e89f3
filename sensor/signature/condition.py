"""When does a condition hold? From ``a and not (b or c)`` to a tree, and from the tree to a test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

_TOKEN = re.compile(r"\s*(?:(?P<open>\()|(?P<close>\))|(?P<quantity>(?:all|1)\s+of\s+them\b)|(?P<word>[A-Za-z0-9_]+))")
_KEYWORDS = frozenset({"and", "or", "not", "of", "them"})
_MAX_DEPTH = 32

Predicate: TypeAlias = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Selected:
    """One selection holds."""

    name: str


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any1:
    """At least one part holds."""

    parts: tuple[Node, ...]


Node: TypeAlias = Selected | Not | All | Any1


class ConditionError(ValueError):
    """A condition cannot be read; the message says what is wrong and what to do."""


def parse_condition(text: str, selections: tuple[str, ...]) -> Node:
    """The tree of ``text``. ``them`` stands for all ``selections``; names are not checked here.

    Raises :class:`ConditionError`.
    """
    parser = _Parser(list(_tokens(text)), selections)
    node = parser.any_of(0)
    parser.expect_end()
    return node


def names_in(node: Node) -> Iterator[str]:
    """The selections a tree speaks of."""
    if isinstance(node, Selected):
        yield node.name
    elif isinstance(node, Not):
        yield from names_in(node.part)
    else:
        for part in node.parts:
            yield from names_in(part)


def compile_condition(node: Node, selections: Mapping[str, Predicate | bool]) -> Predicate | bool:
    """The test of a tree over a message's fields; its outcome, where the selections whose outcome is known decide."""
    if isinstance(node, Selected):
        return selections[node.name]
    if isinstance(node, Not):
        return _opposite(compile_condition(node.part, selections))
    parts = [compile_condition(part, selections) for part in node.parts]
    decisive = isinstance(node, Any1)
    if any(part is decisive for part in parts):
        return decisive
    tests = tuple(part for part in parts if not isinstance(part, bool))
    if not tests:
        return not decisive
    return any_holds(tests) if decisive else all_hold(tests)


def all_hold(tests: tuple[Predicate, ...]) -> Predicate:
    """True where every one of ``tests`` is."""
    if len(tests) == 1:
        return tests[0]

    def holds(fields: Mapping[str, Any]) -> bool:
        for test in tests:  # noqa: SIM110 - a loop costs a third of all() over a generator, on the hot path
            if not test(fields):
                return False
        return True

    return holds


def any_holds(tests: tuple[Predicate, ...]) -> Predicate:
    """True where one of ``tests`` is."""
    if len(tests) == 1:
        return tests[0]

    def holds(fields: Mapping[str, Any]) -> bool:
        for test in tests:  # noqa: SIM110 - as above
            if test(fields):
                return True
        return False

    return holds


def _opposite(test: Predicate | bool) -> Predicate | bool:
    return not test if isinstance(test, bool) else lambda fields: not test(fields)


def _tokens(text: str) -> Iterator[str]:
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ConditionError(f"cannot read the condition at {text[at:].strip()[:20]!r}; see SPEC.md for its words")
        yield "all of them" if match["quantity"] and match["quantity"][0] == "a" else _plain(match)
        at = match.end()


def _plain(match: re.Match[str]) -> str:
    return "1 of them" if match["quantity"] else match[0].strip()


class _Parser:
    """Recursive descent; ``not`` binds tighter than ``and``, ``and`` tighter than ``or``."""

    def __init__(self, tokens: list[str], selections: tuple[str, ...]) -> None:
        self._tokens = tokens
        self._selections = selections
        self._at = 0

    def any_of(self, depth: int) -> Node:
        """``part or part …``"""
        parts = [self._all_of(depth)]
        while self._take("or"):
            parts.append(self._all_of(depth))
        return parts[0] if len(parts) == 1 else Any1(tuple(parts))

    def expect_end(self) -> None:
        """Nothing may be left over."""
        if self._at < len(self._tokens):
            raise ConditionError(f"{self._tokens[self._at]!r} is not expected here; join parts by and, or, not")

    def _all_of(self, depth: int) -> Node:
        parts = [self._part(depth)]
        while self._take("and"):
            parts.append(self._part(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _part(self, depth: int) -> Node:
        if depth > _MAX_DEPTH:
            raise ConditionError(f"nested deeper than {_MAX_DEPTH}; make it simpler")
        if self._take("not"):
            return Not(self._part(depth + 1))
        if self._take("("):
            node = self.any_of(depth + 1)
            if not self._take(")"):
                raise ConditionError("a parenthesis is not closed; add ')'")
            return node
        return self._word()

    def _word(self) -> Node:
        if self._at >= len(self._tokens):
            raise ConditionError("the condition ends too early; name a selection")
        word = self._tokens[self._at]
        self._at += 1
        if word in {"all of them", "1 of them"}:
            parts = tuple(Selected(name) for name in self._selections)
            return All(parts) if word == "all of them" else Any1(parts)
        if word in _KEYWORDS or word in "()":
            raise ConditionError(f"{word!r} is not expected here; name a selection")
        return Selected(word)

    def _take(self, token: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == token:
            self._at += 1
            return True
        return False
