"""What does the text of a YAML file say? From the events of libyaml to values; faults by :mod:`sensor.model.yamlfile`.

Events are several times cheaper than composed nodes; most of what is left is spent where each event is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml
from yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from sensor.model.yamlfile import KeyPath, YamlError

MAX_DEPTH = 24
_NUMBER_STARTS = frozenset("-+.0123456789")
_INT = re.compile(r"[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}


def build(text: str, lines: dict[KeyPath, int] | None = None) -> Any:
    """The one document of ``text``; the 1-based line of every key path goes into ``lines``. Raises YamlError."""
    try:
        return _Builder(yaml.CSafeLoader(text).get_event, lines).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line + 1, len(text.splitlines())) if mark else 1
        raise YamlError(line, f"this is not YAML ({error.problem})") from error
    except yaml.YAMLError as error:
        raise YamlError(1, f"this is not YAML ({error})") from error


class _Builder:
    """Takes events one by one. Their types are compared as they are: nothing is derived from them."""

    def __init__(self, take: Callable[[], Any], lines: dict[KeyPath, int] | None) -> None:
        self._take = take
        self._lines = lines

    def document(self) -> Any:
        """All events of a text."""
        self._take()
        start = self._take()
        if type(start) is StreamEndEvent:
            return None
        value = self._value(self._take(), ())
        self._take()
        after = self._take()
        if type(after) is not StreamEndEvent:
            raise YamlError(_line(after), "a second document starts here")
        return value

    def _value(self, event: Any, path: KeyPath) -> Any:
        kind = type(event)
        if kind is ScalarEvent:
            if event.anchor is not None or event.tag is not None:
                _refuse_markers(event)
            return _scalar(event.value) if event.implicit[0] else event.value
        if len(path) >= MAX_DEPTH:
            raise YamlError(_line(event), f"nested deeper than {MAX_DEPTH} levels")
        if kind is MappingStartEvent:
            _refuse_markers(event)
            return self._mapping(path)
        if kind is SequenceStartEvent:
            _refuse_markers(event)
            return self._sequence(path)
        raise YamlError(_line(event), "aliases (*name) are not allowed")

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while type(event := self._take()) is ScalarEvent:
            key = event.value
            if key in result:
                raise YamlError(_line(event), f"the key {key!r} is here twice")
            here = (*path, key)
            if self._lines is not None:
                self._lines[here] = _line(event)
            result[key] = self._value(self._take(), here)
        if type(event) is not MappingEndEvent:
            raise YamlError(_line(event), "a key must be a plain word")
        return result

    def _sequence(self, path: KeyPath) -> list[Any]:
        result: list[Any] = []
        while type(event := self._take()) is not SequenceEndEvent:
            here = (*path, len(result))
            if self._lines is not None:
                self._lines[here] = _line(event)
            result.append(self._value(event, here))
        return result


def _line(event: Any) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _refuse_markers(event: Any) -> None:
    if event.anchor is not None:
        raise YamlError(_line(event), "anchors (&name) are not allowed")
    if event.tag is not None and event.tag != "!":
        raise YamlError(_line(event), f"the tag {event.tag} is not allowed")


def _scalar(value: str) -> Any:
    """A plain scalar by the core schema of YAML 1.2 (its chapter 10.3), dates left as text."""
    if value[:1] not in _NUMBER_STARTS:
        return _WORDS.get(value, value)
    if _INT.fullmatch(value):
        return _integer(value)
    return float(value) if _FLOAT.fullmatch(value) else value


def _integer(value: str) -> int | str:
    if len(value) > 80:
        return value
    if value[:2] in {"0x", "0o"}:
        return int(value, 0)
    return int(value)
