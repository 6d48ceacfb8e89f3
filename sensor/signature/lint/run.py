"""Which lints are there, and what do they find in a folder?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from sensor.signature.document import ExceptionDocument
from sensor.signature.faults import Fault, Faults
from sensor.signature.lint.base import Finding, Lint, Subject
from sensor.signature.lint.coverage import EntryAddsSomething
from sensor.signature.lint.entries import (
    AddressIsGlobal,
    AddressIsUnshared,
    EntriesSorted,
    EntryIsCanonical,
    EntryIsOwned,
)
from sensor.signature.lint.identity import DeprecatedIsFolder, FileIsName, FolderIsContent, KeysInOrder, RelatedIsKnown
from sensor.signature.lint.metadata import (
    EvidenceFits,
    IndicatorLevel,
    ModifiedIsKept,
    StableHasReferences,
    TagsAreKnown,
    TagsTellContent,
)
from sensor.signature.lint.samples import AllowIsExplained, AnchorInPositives, EnoughSamples
from sensor.signature.load import EXCEPTIONS, Folder, read_folder
from sensor.signature.parse import Parsed, parse_exceptions
from sensor.signature.samples import compile_samples

LINTS: tuple[Lint, ...] = (
    FileIsName(),
    FolderIsContent(),
    KeysInOrder(),
    DeprecatedIsFolder(),
    RelatedIsKnown(),
    TagsAreKnown(),
    TagsTellContent(),
    StableHasReferences(),
    IndicatorLevel(),
    EvidenceFits(),
    ModifiedIsKept(),
    EnoughSamples(),
    AnchorInPositives(),
    AllowIsExplained(),
    EntriesSorted(),
    EntryIsCanonical(),
    EntryIsOwned(),
    AddressIsGlobal(),
    AddressIsUnshared(),
    EntryAddsSomething(),
)


def lint_folder(folder: Path, lints: Iterable[Lint] = LINTS) -> tuple[Fault, ...]:
    """Every fault in ``folder``, nursery/ and deprecated/ included: those that stop it from loading, and the lints'.

    Raises :class:`~sensor.model.errors.SignatureError` when there is no such folder.
    """
    read = read_folder(folder, nursery=True, deprecated=True)
    faults = Faults()
    faults.extend(read.faults)
    subjects = _subjects(read, folder)
    excused = _exceptions(folder, faults)
    used = set()
    for lint in lints:
        for finding in lint.check(subjects):
            key = (finding.subject.document.name, lint.name)
            if key in excused:
                used.add(key)
            else:
                faults.add(_fault(lint, finding))
    faults.extend(fault for key, fault in excused.items() if key not in used)
    return faults.all()


def _subjects(read: Folder, folder: Path) -> list[Subject]:
    return [Subject(each, each.path.relative_to(folder), compile_samples(each, Faults())) for each in read.parsed]


def _fault(lint: Lint, finding: Finding) -> Fault:
    return finding.subject.parsed.fault(finding.at, lint.name, finding.what, lint.recommendation)


def _exceptions(folder: Path, faults: Faults) -> dict[tuple[str, str], Fault]:
    """(signature, lint) that are excused → the fault to report when there was nothing to excuse."""
    path = folder / EXCEPTIONS
    parsed = parse_exceptions(path, str(path), faults) if path.is_file() else None
    return dict(_unused(parsed)) if parsed is not None else {}


def _unused(parsed: Parsed[list[ExceptionDocument]]) -> Iterator[tuple[tuple[str, str], Fault]]:
    for index, row in enumerate(parsed.document):
        what = f"{row.signature} does not fail the lint {row.lint}"
        yield (row.signature, row.lint), parsed.fault((index,), "exception", what, "remove the row")
