"""Which rules can still hold for a message of this shape, and what of them is left to test?

The shape of a message is what each of its fields is: missing, null, a number, an array of so many elements, an object
with these of the members that signatures speak of, a text, and which one where it is among the words that signatures
compare with. Most rows of most rules are settled by the shape alone, so a rule is narrowed once for each shape and
forgotten where it cannot hold.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

from sensor.model.observation import MISSING, lookup
from sensor.signature.compile import Signature
from sensor.signature.condition import Predicate, all_hold, compile_condition
from sensor.signature.fields import INDEX_FIELDS
from sensor.signature.modifiers import Test
from sensor.signature.rule import Row, Rule
from sensor.signature.words import Protocol, SessionEvent

MAX_ITEMS = 16
"""Longer arrays are of one shape."""
MAX_SHAPES = 4096
"""Shapes that rules are narrowed for; messages of any further shape are tested in full."""
_INSIDE = frozenset({"contains"})
"""Modifiers that look at what a container holds."""
_SIZE = frozenset({"len", *_INSIDE})
_UNSEEN: Mapping[str, Any] = MappingProxyType({})

Reader: TypeAlias = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A signature that may hold for messages of one shape. ``holds`` None: it does."""

    signature: Signature
    rule: Rule
    holds: Predicate | None
    facts: tuple[tuple[str, tuple[Reader, ...]], ...]
    """Session fact → readers of the fields that may tell it, first hit wins."""
    event: SessionEvent
    """What the message does in its session."""


class Shapes:
    """The signatures of one protocol, narrowed for every shape of message seen so far."""

    def __init__(self, protocol: Protocol, signatures: Iterable[Signature]) -> None:
        self._protocol = protocol.value
        self._rules = [(each, each.rule) for each in signatures if each.rule is not None]
        rules = [rule for _, rule in self._rules]
        self._fields = tuple(_members({path for rule in rules for path in _paths(rule) if path[0] == protocol}))
        self._index = _Index(INDEX_FIELDS[protocol], self._rules)
        self._words = frozenset(word for rule in rules for word in _words(rule))
        self._known: dict[Hashable, tuple[Narrowed, ...]] = {}

    def narrowed(self, message: Mapping[str, Any]) -> Iterable[Narrowed]:
        """The signatures that may hold for a message of this protocol."""
        shape = self._shape(message)
        found = self._known.get(shape)
        if found is None:
            candidates = self._index.candidates(message)
            if len(self._known) >= MAX_SHAPES:
                return candidates
            found = tuple(self._narrow(candidates, message))
            self._known[shape] = found
        return found

    def _shape(self, message: Mapping[str, Any]) -> Hashable:
        shape: list[Any] = []
        for field, members in self._fields:
            value = message.get(field, MISSING)
            form = type(value)
            if form is dict:
                shape.append(members.intersection(value))
            elif form is list and len(value) <= MAX_ITEMS:
                shape.append(len(value))
            elif form is str and value in self._words:
                shape.append(value)
            else:
                shape.append(form)
        return tuple(shape)

    def _narrow(self, candidates: Iterable[Narrowed], message: Mapping[str, Any]) -> Iterator[Narrowed]:
        for candidate in candidates:
            holds = self._narrow_rule(candidate.rule, message)
            if holds is not False:
                facts = tuple(self._narrow_facts(candidate.rule, message))
                test = None if holds is True else holds
                yield Narrowed(candidate.signature, candidate.rule, test, facts, candidate.event)

    def _narrow_rule(self, rule: Rule, message: Mapping[str, Any]) -> Predicate | bool:
        tests = {name: self._narrow_selection(rows, message) for name, rows in rule.selections.items()}
        return compile_condition(rule.condition, tests)

    def _narrow_selection(self, rows: Iterable[Row], message: Mapping[str, Any]) -> Predicate | bool:
        """All rows that the shape leaves open, those that look into one field together."""
        tests: list[Predicate] = []
        inside: dict[tuple[str, str], list[tuple[Any, Test]]] = {}
        for row in rows:
            test, top = row.test, self._top(row.path, message)
            root, field, *rest = row.path
            is_settled = not rest and self._is_settled(top, row.modifier)
            if is_settled or _ends(top, row.path):
                if not test(top if is_settled else MISSING):
                    return False
            elif (part := _part(rest, top)) is not None:
                inside.setdefault((root, field), []).append((part, test))
            else:
                tests.append(_reads(_by_path(row.path), test))
        tests[:0] = [_looks_inside(root, field, tuple(parts)) for (root, field), parts in inside.items()]
        return all_hold(tuple(tests)) if tests else True

    def _narrow_facts(self, rule: Rule, message: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Reader, ...]]]:
        for fact, paths in rule.facts:
            tops = [(path, self._top(path, message)) for path in paths]
            readers = tuple(_reader(path, top) for path, top in tops if not _ends(top, path))
            if readers:
                yield fact, readers

    def _top(self, path: tuple[str, ...], message: Mapping[str, Any]) -> Any:
        """The value of a path's first field; the shape does not tell those of another protocol."""
        return message.get(path[1], MISSING) if path[0] == self._protocol else _UNSEEN

    def _is_settled(self, value: Any, modifier: str) -> bool:
        """Does the shape settle what a test says of this value?"""
        if isinstance(value, str):
            return value in self._words
        if isinstance(value, dict):
            return modifier not in _SIZE
        if isinstance(value, list):
            return modifier not in (_INSIDE if len(value) <= MAX_ITEMS else _SIZE)
        return value is None or value is MISSING


class _Index:
    """The signatures by the words that they insist on."""

    def __init__(self, fields: tuple[str, ...], rules: Iterable[tuple[Signature, Rule]]) -> None:
        self._fields = fields
        self._by_word: dict[tuple[str, str], list[Narrowed]] = {}
        self._rest: list[Narrowed] = []
        for signature, rule in rules:
            whole = Narrowed(signature, rule, rule.holds, _readers(rule), _event(signature))
            field = next((field for field in fields if field in rule.keys), None)
            if field is None:
                self._rest.append(whole)
            else:
                for word in rule.keys[field]:
                    self._by_word.setdefault((field, word), []).append(whole)

    def candidates(self, message: Mapping[str, Any]) -> list[Narrowed]:
        """Signatures that may hold for a message, as far as its words tell."""
        found = list(self._rest)
        for field in self._fields:
            value = message.get(field.partition(".")[2])
            if isinstance(value, str):
                found.extend(self._by_word.get((field, value), ()))
        return found


def _members(paths: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, frozenset[str]]]:
    """The fields that ``paths`` lead through, sorted, each with the members that are spoken of."""
    members: dict[str, set[str]] = {}
    for _, field, *rest in paths:
        members.setdefault(field, set()).update(rest[:1])
    for field in sorted(members):
        yield field, frozenset(members[field])


def _paths(rule: Rule) -> Iterator[tuple[str, ...]]:
    for rows in rule.selections.values():
        yield from (row.path for row in rows)
    for _, paths in rule.facts:
        yield from paths


def _words(rule: Rule) -> Iterator[str]:
    """The texts that fields are compared with; those inside fields do not belong to a shape."""
    for rows in rule.selections.values():
        for row in rows:
            if row.modifier == "" and len(row.path) == 2:
                values = row.value if isinstance(row.value, tuple) else (row.value,)
                yield from (value for value in values if isinstance(value, str))


def _readers(rule: Rule) -> tuple[tuple[str, tuple[Reader, ...]], ...]:
    return tuple((fact, tuple(_by_path(path) for path in paths)) for fact, paths in rule.facts)


def _event(signature: Signature) -> SessionEvent:
    return SessionEvent.OTHER if signature.session is None else signature.session.event


def _reads(read: Reader, test: Test) -> Predicate:
    return lambda fields: test(read(fields))


def _looks_inside(root: str, field: str, parts: tuple[tuple[Any, Test], ...]) -> Predicate:
    """Every one of the ``parts`` of a field, which messages of the shape all have, passes its test."""

    def holds(fields: Mapping[str, Any]) -> bool:
        container = fields[root][field]
        for part, test in parts:  # noqa: SIM110 - a loop costs a third of all() over a generator, on the hot path
            if not test(container[part]):
                return False
        return True

    return holds


def _ends(top: Any, path: tuple[str, ...]) -> bool:
    """Is there nothing at ``path``, whatever the container ``top`` that it leads through holds?"""
    if len(path) == 2:
        return False
    if isinstance(top, Mapping):
        return isinstance(top, dict) and path[2] not in top
    if isinstance(top, list):
        return not path[2].isdecimal() or len(top) <= min(int(path[2]), MAX_ITEMS)
    return True


def _reader(path: tuple[str, ...], top: Any) -> Reader:
    """Reads ``path``, which does not end early, in messages that have ``top``, or its like, as the first field."""
    root, field, *rest = path
    if (part := _part(rest, top)) is not None:
        return lambda fields: fields[root][field][part]
    return _by_path(path)


def _part(rest: list[str], top: Any) -> Any:
    """The key or index right below ``top`` that ``rest`` names and every value of its shape has; None otherwise."""
    if len(rest) != 1 or not isinstance(top, dict | list):
        return None
    if isinstance(top, dict):
        return rest[0]
    return int(rest[0]) if len(top) <= MAX_ITEMS else None


def _by_path(path: tuple[str, ...]) -> Reader:
    return lambda fields: lookup(fields, path)
