"""How is a YAML file read fast, and where in it does a key stand?

A small YAML: mappings, sequences and plain or quoted scalars of the YAML 1.2 core schema (so ``no`` and ``on``
are strings). Tags, anchors and aliases are refused: they have no use here, and aliases can make a short file big.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import yaml

KeyPath: TypeAlias = tuple[str | int, ...]

MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 24
_NUMBER_STARTS = frozenset("-+.0123456789")
_INT = re.compile(r"[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}


class YamlError(Exception):
    """A file is not the YAML that is understood here; ``line`` is 1-based."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line
        self.what = what


def read_text(path: Path) -> str:
    """The file as text. Raises :class:`YamlError` when it cannot be read, is too big or not UTF-8."""
    try:
        if not path.is_file():
            raise YamlError(1, "this is no file that can be read")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise YamlError(1, f"the file is larger than {MAX_FILE_BYTES} bytes")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise YamlError(1, f"the file cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise YamlError(1, f"the file is not UTF-8 (byte {error.start})") from error


def parse_yaml(text: str) -> Any:
    """The one document in ``text`` as dicts, lists and scalars. Raises :class:`YamlError`."""
    return _Builder().build(text)


class Lines:
    """Where every key path of one text stands. Built on first use: a sound file never pays for it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines: dict[KeyPath, int] | None = None

    def at(self, path: KeyPath) -> int:
        """The 1-based line of ``path``, or of its nearest ancestor that is there."""
        lines = self._read()
        while path and path not in lines:
            path = path[:-1]
        return lines.get(path, 1)

    def keys(self) -> list[str]:
        """The keys of the outermost mapping, in the order of the text."""
        return [str(path[0]) for path in self._read() if len(path) == 1]

    def _read(self) -> dict[KeyPath, int]:
        if self._lines is None:
            self._lines = lines_of(self._text)
        return self._lines


def lines_of(text: str) -> dict[KeyPath, int]:
    """The 1-based line of every key path in ``text``; what comes after a fault in the YAML is left out."""
    lines: dict[KeyPath, int] = {}
    with suppress(YamlError):
        _Builder(lines).build(text)
    return lines


class _Builder:
    """Builds values from parser events; events are several times cheaper than composed nodes."""

    def __init__(self, lines: dict[KeyPath, int] | None = None) -> None:
        self._lines = lines

    def build(self, text: str) -> Any:
        """The one document of ``text``."""
        try:
            events = yaml.parse(text, Loader=yaml.CSafeLoader)
            return self._document(events)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = min(mark.line + 1, len(text.splitlines())) if mark else 1
            raise YamlError(line, f"this is not YAML ({error.problem})") from error
        except yaml.YAMLError as error:
            raise YamlError(1, f"this is not YAML ({error})") from error

    def _document(self, events: Iterator[yaml.Event]) -> Any:
        next(events)
        if isinstance(next(events), yaml.StreamEndEvent):
            return None
        value = self._value(next(events), events, ())
        next(events)
        after = next(events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise YamlError(_line(after), "a second document starts here")
        return value

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], path: KeyPath) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            _refuse_markers(event)
            return _scalar(event.value) if event.implicit[0] else event.value
        if len(path) >= MAX_DEPTH:
            raise YamlError(_line(event), f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.MappingStartEvent):
            _refuse_markers(event)
            return self._mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            _refuse_markers(event)
            return self._sequence(events, path)
        raise YamlError(_line(event), "aliases (*name) are not allowed")

    def _mapping(self, events: Iterator[yaml.Event], path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                raise YamlError(_line(event), "a key must be a plain word")
            key = event.value
            if key in result:
                raise YamlError(_line(event), f"the key {key!r} is here twice")
            self._note((*path, key), event)
            result[key] = self._value(next(events), events, (*path, key))
        return result

    def _sequence(self, events: Iterator[yaml.Event], path: KeyPath) -> list[Any]:
        result: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            here = (*path, len(result))
            self._note(here, event)
            result.append(self._value(event, events, here))
        return result

    def _note(self, path: KeyPath, event: yaml.Event) -> None:
        if self._lines is not None:
            self._lines[path] = _line(event)


def _line(event: yaml.Event) -> int:
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
