"""What would an import do? The guessed columns, the first rows and every fault, before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User

from collector.console.language import in_words, reader_lang
from collector.faults import CollectorError
from collector.registry.choices import ImportKind
from collector.registry.imports.files import read_file
from collector.registry.imports.kinds import kind_of
from collector.registry.imports.run import ImportRefusedError, ImportReport, ImportRequest, run_import
from collector.registry.imports.table import Column, HeaderError, clean, locate
from collector.text import bilingual

_ROWS_SHOWN = 5
_COLUMNS_SHOWN = 60
_INITIALS = frozenset({"ip", "ips", "kwh", "mac", "nas", "uscc"})


@dataclass(frozen=True, slots=True)
class Guess:
    """A field and the header it is read from; "" when none is known."""

    name: str
    title: str
    required: bool
    header: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What is known of a file before it is imported. ``refusal``: why it cannot be, in words."""

    file_name: str
    guesses: Sequence[Guess] = ()
    header: Sequence[str] = ()
    sample: Sequence[Sequence[str]] = ()
    report: ImportReport | None = None
    refusal: str = ""


def rehearse(kind: ImportKind, path: Path, mapping: Mapping[str, str], user: User) -> Rehearsal:
    """Judge every row, change nothing."""
    return _run(kind, path, mapping, user, dry_run=True)


def commit(kind: ImportKind, path: Path, mapping: Mapping[str, str], user: User) -> Rehearsal:
    """Import the good rows."""
    return _run(kind, path, mapping, user, dry_run=False)


def _run(kind: ImportKind, path: Path, mapping: Mapping[str, str], user: User, *, dry_run: bool) -> Rehearsal:
    try:
        header, sample = _head(kind, path)
    except CollectorError as fault:
        return Rehearsal(path.name, refusal=_plain(fault, path))
    guesses, refusal = _guesses(kind, header, mapping, path)
    if refusal:
        return Rehearsal(path.name, guesses, header, sample, refusal=refusal)
    wanted = ImportRequest(kind, path, mapping, dry_run=dry_run, user=user)
    report: ImportReport | None = None
    try:
        report = run_import(wanted, settings.COLLECTOR.imports)
    except ImportRefusedError as fault:
        report, refusal = fault.report, _plain(fault, path)
    except CollectorError as fault:
        refusal = _plain(fault, path)
    return Rehearsal(path.name, guesses, header, sample, report, refusal)


def _head(kind: ImportKind, path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and first rows of a table; nothing of a log."""
    if kind_of(kind).parse is not None:
        return [], []
    records = read_file(path, settings.COLLECTOR.imports.max_file_bytes).records
    rows = [[clean(cell) for cell in row[:_COLUMNS_SHOWN]] for row in islice(records, _ROWS_SHOWN + 1)]
    return (rows[0], rows[1:]) if rows else ([], [])


def _guesses(
    kind: ImportKind, header: Sequence[str], mapping: Mapping[str, str], path: Path
) -> tuple[list[Guess], str]:
    columns = kind_of(kind).columns
    if kind_of(kind).parse is not None:
        return [], ""
    refusal, is_short = "", False
    try:
        places = locate(header, columns, mapping, path.name)
    except CollectorError as fault:
        refusal, is_short = _plain(fault, path), isinstance(fault, HeaderError)
        places = _places_without(header, columns, mapping, path)
    found = {name: header[index] for name, index in places.items()}
    guesses = [Guess(one.name, _title(one), one.required, found.get(one.name, "")) for one in columns]
    return guesses, _choose_for(guesses) if is_short else refusal


def _choose_for(guesses: Sequence[Guess]) -> str:
    """What the page can do about a column that nobody found: it is chosen below."""
    open_ones = [guess.title for guess in guesses if guess.required and not guess.header]
    zh, en = "、".join(open_ones), ", ".join(open_ones)
    return str(bilingual(f"请在下方指定这些字段是哪一列：{zh}", f"Choose below which column is: {en}"))


def _places_without(
    header: Sequence[str], columns: Sequence[Column], mapping: Mapping[str, str], path: Path
) -> dict[str, int]:
    """What can be located when what is required is not asked for."""
    open_columns = [Column(one.name, one.synonyms) for one in columns]
    known = {name: text for name, text in mapping.items() if text in header}
    try:
        return locate(header, open_columns, known, path.name)
    except CollectorError:
        return {}


def _title(column: Column) -> str:
    if reader_lang() == "zh" and column.synonyms:
        return column.synonyms[0]
    first, *rest = column.name.split("_")
    return " ".join((first.upper() if first in _INITIALS else first.capitalize(), *rest))


def _plain(fault: CollectorError, path: Path) -> str:
    """The fault without the folder in which uploads lie."""
    return in_words(fault).replace(f"{path.parent}/", "")
