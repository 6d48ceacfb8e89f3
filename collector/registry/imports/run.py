"""How does one file get in? Read, judged row by row, stored in one transaction, counted, reported."""

from __future__ import annotations

import secrets
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from collector.faults import CollectorError
from collector.registry.choices import ImportKind
from collector.registry.imports.difference import Difference, difference
from collector.registry.imports.faults import CellFault, Fault, RowFault
from collector.registry.imports.files import SourceFile, TextFile, read_file, read_text
from collector.registry.imports.kind import Defaults, Kind
from collector.registry.imports.kinds import kind_of
from collector.registry.imports.table import Row, read_parsed, read_rows
from collector.registry.models import ImportBatch
from collector.settings.config import ImportOptions
from collector.text import bilingual

_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import, and how. ``mapping`` is field → header; ``strict``: one bad row keeps all out."""

    kind: ImportKind
    path: Path
    mapping: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    strict: bool = False
    force: bool = False
    valid_from: datetime | None = None
    realm: str = ""
    user: User | None = None


@dataclass(slots=True)
class ImportReport:
    """What became of a file. Only the first faults and warnings are kept; the counts are complete."""

    batch_no: str = ""
    encoding: str = ""
    rows_ok: int = 0
    rows_bad: int = 0
    rows_odd: int = 0
    faults: list[RowFault] = field(default_factory=list)
    warnings: list[RowFault] = field(default_factory=list)
    difference: Difference | None = None
    """Of a dry run: what the import would make and change."""


class ImportRefusedError(CollectorError):
    """Nothing was imported because of bad rows; ``report`` lists them."""

    def __init__(self, message: str, report: ImportReport) -> None:
        super().__init__(message)
        self.report = report


def run_import(request: ImportRequest, options: ImportOptions) -> ImportReport:
    """Import one file. Good rows are kept and bad ones reported, unless ``strict``.

    Raises ``CollectorError`` when the file cannot be used at all (its second import included), and
    ``ImportRefusedError`` when bad rows kept everything out. Either way the registry is as before.
    """
    read = read_text if kind_of(request.kind).parse else read_file
    source = read(request.path, options.max_file_bytes)
    if not request.force:
        _refuse_twice(source, request.kind)
    with transaction.atomic():
        batch = _open_batch(request, source)
        with transaction.atomic():
            report = _import_rows(request, source, batch, options)
            report.difference = difference(batch) if request.dry_run else None
            transaction.set_rollback(request.dry_run)
        _refuse_if_useless(request, report)
        batch.rows_ok, batch.rows_bad = report.rows_ok, report.rows_bad
        batch.save(update_fields=["rows_ok", "rows_bad"])
    return report


def _refuse_twice(source: SourceFile | TextFile, kind: ImportKind) -> None:
    earlier = ImportBatch.objects.filter(
        sha256=source.sha256, kind=kind.value, dry_run=False, undone_at__isnull=True
    ).first()
    if earlier is not None:
        raise CollectorError(
            f"{source.name}: the same content came in as batch {earlier.no} on {earlier.created_at:%Y-%m-%d}; "
            f"undo that batch (undo-import {earlier.no}), or import again with --force",
            f"{source.name}：相同内容已于 {earlier.created_at:%Y-%m-%d} 作为批次 {earlier.no} 导入；请先撤销该批次",
        )


def _open_batch(request: ImportRequest, source: SourceFile | TextFile) -> ImportBatch:
    batch = ImportBatch.objects.create(
        # The number follows from the key, which is known only now: a random one holds the place.
        no=secrets.token_hex(10),
        kind=request.kind.value,
        file_name=source.name[:255],
        sha256=source.sha256,
        encoding=source.encoding,
        dry_run=request.dry_run,
        user=request.user,
    )
    batch.no = f"I{batch.pk:06d}"
    batch.save(update_fields=["no"])
    return batch


def _import_rows(
    request: ImportRequest, source: SourceFile | TextFile, batch: ImportBatch, options: ImportOptions
) -> ImportReport:
    kind = kind_of(request.kind)
    report = ImportReport(batch_no=batch.no, encoding=source.encoding)
    seen: dict[Hashable, int] = {}
    drafts = _drafts(kind, request, _rows(kind, request, source), seen, (report, options))
    while chunk := list(islice(drafts, _ROWS_AT_ONCE)):
        refused = kind.store(batch, chunk) or ()
        report.rows_ok += len(chunk) - len(refused)
        _count_bad(report, refused, options)
    if kind.finish is not None and report.rows_ok:
        kind.finish(batch, seen.keys(), _defaults(request))
    return report


def _rows(kind: Kind[Any], request: ImportRequest, source: SourceFile | TextFile) -> Iterator[Row | RowFault]:
    if isinstance(source, SourceFile):
        return read_rows(source.records, kind.columns, request.mapping, source.name)
    if kind.parse is None or request.mapping:
        raise CollectorError(
            f"{source.name}: is no table: --column does not apply; leave it out",
            f"{source.name}：不是表格，无列可指定；请不要指定列",
        )
    return read_parsed(kind.parse(source.text, source.name), kind.columns)


def _defaults(request: ImportRequest) -> Defaults:
    return Defaults(valid_from=request.valid_from, realm=request.realm)


def _drafts(
    kind: Kind[Any],
    request: ImportRequest,
    rows: Iterator[Row | RowFault],
    seen: dict[Hashable, int],
    counted: tuple[ImportReport, ImportOptions],
) -> Iterator[Any]:
    report, options = counted
    defaults = _defaults(request)
    for count, row in enumerate(rows, start=1):
        if count > options.max_rows:
            raise CollectorError(
                f"{request.path.name}: more than {options.max_rows} rows; split it, or raise imports.max_rows",
                f"{request.path.name}：超过 {options.max_rows} 行；请拆分，或调高 imports.max_rows",
            )
        draft = _read(kind, row, defaults, seen)
        if isinstance(draft, RowFault):
            _count_bad(report, [draft], options)
            continue
        if isinstance(row, Row) and row.warnings:
            report.rows_odd += 1
            _keep(report.warnings, row.warnings, options)
        yield draft


def _read(kind: Kind[Any], row: Row | RowFault, defaults: Defaults, seen: dict[Hashable, int]) -> Any:
    if isinstance(row, RowFault):
        return row
    try:
        draft = kind.read(row, defaults)
    except CellFault as fault:
        return RowFault(row.number, row.column, fault.fault, fault.value)
    key = kind.key(draft)
    if key is not None and seen.setdefault(key, row.number) != row.number:
        return RowFault(row.number, "", Fault.REPEATED, str(seen[key]))
    return draft


def _count_bad(report: ImportReport, faults: Sequence[RowFault], options: ImportOptions) -> None:
    report.rows_bad += len(faults)
    _keep(report.faults, faults, options)


def _keep(kept: list[RowFault], faults: Sequence[RowFault], options: ImportOptions) -> None:
    kept.extend(faults[: max(0, options.max_faults_kept - len(kept))])


def _refuse_if_useless(request: ImportRequest, report: ImportReport) -> None:
    name = request.path.name
    if report.rows_bad and (request.strict or not report.rows_ok):
        bad = report.rows_bad
        why = bilingual(f"共 {bad} 行有误，未导入任何行", f"{bad} bad rows; nothing was imported")
        raise ImportRefusedError(f"{name}: {report.faults[0]} ({why})", report)
    if not report.rows_ok:
        raise CollectorError(
            f"{name}: row 2: has no rows below the header; check the file", f"{name}：表头下没有数据行；请检查文件"
        )
