"""Is a file a well-formed signature? From text to a document, or to every fault in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from sensor.model.yamlfile import KeyPath, Lines, YamlError, parse_yaml, read_text
from sensor.signature.document import (
    CoinDocument,
    ExceptionDocument,
    IndicatorDocument,
    ProtocolDocument,
    SignatureDocument,
)
from sensor.signature.faults import Fault, Faults

T = TypeVar("T")
Parse: TypeAlias = Callable[[str], Any]
"""From the text of a YAML file to what it says. Raises :class:`~sensor.model.yamlfile.YamlError`."""

_PROTOCOL: TypeAdapter[SignatureDocument] = TypeAdapter(ProtocolDocument)
_INDICATOR: TypeAdapter[SignatureDocument] = TypeAdapter(IndicatorDocument)
_COINS: TypeAdapter[list[CoinDocument]] = TypeAdapter(list[CoinDocument])
_EXCEPTIONS: TypeAdapter[list[ExceptionDocument]] = TypeAdapter(list[ExceptionDocument])


@dataclass(frozen=True)
class Parsed(Generic[T]):
    """A document, and the way back to its lines."""

    document: T
    path: Path
    shown: str
    """How the file is called in messages."""
    lines: Lines

    def fault(self, at: KeyPath, kind: str, what: str, remedy: str) -> Fault:
        """A fault at the key path ``at``."""
        return Fault(self.shown, self.lines.at(at), kind, what, remedy)

    def fault_from(self, at: KeyPath, kind: str, error: ValueError) -> Fault:
        """A fault whose text is ``what; what to do`` of ``error``."""
        what, _, remedy = str(error).partition("; ")
        return self.fault(at, kind, what, remedy or "mend it")


def parse_signature(
    path: Path, shown: str, faults: Faults, parse: Parse = parse_yaml
) -> Parsed[SignatureDocument] | None:
    """The signature in ``path``; None when it has faults, which then are in ``faults``."""
    content = _content(path, shown, faults, parse)
    if content is None:
        return None
    value, lines = content
    if not isinstance(value, Mapping):
        faults.add(Fault(shown, 1, "yaml", "a signature is a mapping", "begin with id: and name:, see SPEC.md"))
        return None
    adapter = _INDICATOR if "indicators" in value else _PROTOCOL
    return _validate(adapter, value, path, shown, lines, faults)


def parse_coins(path: Path, shown: str, faults: Faults, parse: Parse = parse_yaml) -> Parsed[list[CoinDocument]] | None:
    """The coins in ``path``; None when they have faults."""
    return _parse_list(_COINS, path, shown, faults, parse)


def parse_exceptions(path: Path, shown: str, faults: Faults) -> Parsed[list[ExceptionDocument]] | None:
    """The lint exceptions in ``path``; None when they have faults."""
    return _parse_list(_EXCEPTIONS, path, shown, faults, parse_yaml)


def parse_document(
    adapter: TypeAdapter[T], path: Path, shown: str, faults: Faults, parse: Parse = parse_yaml
) -> Parsed[T] | None:
    """The one document in ``path`` by ``adapter``; None when it has faults."""
    content = _content(path, shown, faults, parse)
    return None if content is None else _validate(adapter, content[0], path, shown, content[1], faults)


def _parse_list(adapter: TypeAdapter[T], path: Path, shown: str, faults: Faults, parse: Parse) -> Parsed[T] | None:
    content = _content(path, shown, faults, parse)
    if content is None:
        return None
    value, lines = content
    return _validate(adapter, [] if value is None else value, path, shown, lines, faults)


def _content(path: Path, shown: str, faults: Faults, parse: Parse) -> tuple[Any, Lines] | None:
    try:
        text = read_text(path)
        return parse(text), Lines(text)
    except YamlError as fault:
        faults.add(Fault(shown, fault.line, "yaml", fault.what, "mend the file"))
        return None


def _validate(
    adapter: TypeAdapter[T], value: Any, path: Path, shown: str, lines: Lines, faults: Faults
) -> Parsed[T] | None:
    try:
        return Parsed(adapter.validate_python(value), path, shown, lines)
    except ValidationError as error:
        faults.extend(_faults_of(error, value, shown, lines))
        return None


def _faults_of(error: ValidationError, value: Any, shown: str, lines: Lines) -> Iterator[Fault]:
    """One fault for each place: the members of a union complain each on their own."""
    listed = (each for each in error.errors(include_url=False) if not _only_follows(each))
    details = sorted(listed, key=lambda each: _sort_key(_place(each, value)))
    for place, group in groupby(details, key=lambda each: _place(each, value)):
        what, remedy = _in_words(place, list(group))
        yield Fault(shown, lines.at(place), "format", what, remedy)


def _only_follows(detail: ErrorDetails) -> bool:
    """A tuple is called too short when its items are faulty; they are reported themselves."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _sort_key(place: KeyPath) -> list[str]:
    return [str(part) for part in place]


def _place(detail: ErrorDetails, value: Any) -> KeyPath:
    """The part of an error's location that is a way through the document; a missing key ends it."""
    way: list[str | int] = []
    for part in detail["loc"]:
        if _has(value, part):
            value = value[part]
        elif detail["type"] == "missing":
            return (*way, part)
        else:
            break
        way.append(part)
    return tuple(way)


def _has(value: Any, part: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, Mapping) and part in value


def _in_words(place: KeyPath, details: list[ErrorDetails]) -> tuple[str, str]:
    where = ".".join(str(part) for part in place) or "the file"
    kind = details[0]["type"]
    if kind == "missing":
        return f"{where} is missing", "add it"
    if kind == "extra_forbidden":
        return f"unknown key {where}", "remove it or mend its spelling"
    remedies = sorted({_remedy(detail) for detail in details})
    if len(remedies) > _SCALAR_KINDS:
        remedies = ["text, a number, true, false, null or a list of these"]
    return f"{where} is {_short(details[0]['input'])}", f"use {' or '.join(remedies)}"


_SCALAR_KINDS = 3
"""A value that may be of more kinds than this is that of a selection's row."""


_REMEDIES = {
    "bool_type": "true or false",
    "date_from_datetime_parsing": "a date, as in 2026-11-22",
    "date_parsing": "a date, as in 2026-11-22",
    "date_type": "a date, as in 2026-11-22",
    "datetime_from_date_parsing": "a time, as in 2026-11-22T08:00:00Z",
    "dict_type": "a mapping",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a mapping",
    "string_too_short": "some text",
    "string_type": "text, in quotes if it looks like a number",
    "timezone_aware": "a time with its zone, as in 2026-11-22T08:00:00Z",
    "too_short": "at least one element",
    "tuple_type": "a list",
    "uuid_parsing": "a random UUID (version 4)",
    "uuid_version": "a random UUID (version 4)",
}
"""Error type of pydantic → what to use instead; any other keeps pydantic's words."""


def _remedy(detail: ErrorDetails) -> str:
    if detail["type"] == "string_pattern_mismatch":
        return f"the form {detail['ctx']['pattern']}"
    if detail["type"] in {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}:
        return f"a number {detail['msg'].removeprefix('Input should be ')}"
    return _REMEDIES.get(detail["type"], detail["msg"].removeprefix("Input should be "))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
