"""How do files get into the registry from the command line, and out again?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from collector.faults import CollectorError

if TYPE_CHECKING:
    from collector.registry.imports.faults import RowFault
    from collector.registry.imports.run import ImportReport, ImportRequest

_File = Annotated[Path, typer.Argument(help="CSV (UTF-8 or GB18030) or XLSX; the header may be Chinese or English")]
_Columns = Annotated[list[str] | None, typer.Option("--column", help="field=HEADER where the guess fails; repeatable")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Judge every row, change nothing")]
_Strict = Annotated[bool, typer.Option("--strict", help="One bad row keeps the whole file out")]
_Force = Annotated[bool, typer.Option("--force", help="Import the same content again")]
_Realm = Annotated[str, typer.Option(help="Network in which the file's private addresses mean something")]
_Kind = Annotated[str, typer.Argument(help="line-ledger, cgn, netbox, rpsl, tariffs …; a wrong word lists all")]
_ValidFrom = Annotated[str | None, typer.Option(help="Start of rows that name none; without a zone: Asia/Shanghai")]
_SHOWN = 20
_OWN_COMMANDS = {
    "organisations": "Import units: name, USCC, nature, industry, division, address, contact.",
    "line-ledger": "Import a carrier's line ledger: address or block, from, to, unit, USCC, address, division.",
    "aaa": "Import AAA sessions: address, start, end, subscriber, and the unit where known.",
    "divisions": "Import administrative divisions: code, name, level, parent, valid from and to.",
}
"""What an office imports first has a command of its own name."""


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("import")(import_file)
    for kind, told in _OWN_COMMANDS.items():
        app.command(f"import-{kind}", help=told)(_of_kind(kind))
    app.command("seed-divisions")(seed_divisions)
    app.command("imports")(list_imports)
    app.command("undo-import")(undo)


def import_file(
    kind: _Kind,
    file: _File,
    column: _Columns = None,
    dry_run: _DryRun = False,
    strict: _Strict = False,
    force: _Force = False,
    valid_from: _ValidFrom = None,
    realm: _Realm = "",
) -> None:
    """Import a file of any kind: registers, address sources, dated parameters, trace replies."""
    from collector.registry.imports.kinds import known_kinds
    from collector.registry.imports.run import ImportRequest

    found = next((known for known in known_kinds() if known.value == kind), None)
    if found is None:
        raise CollectorError(f"import {kind}: no such kind; kinds: {', '.join(sorted(known_kinds()))}")
    start = _start(valid_from)
    _run(ImportRequest(found, file, _mapping(column), dry_run, strict, force, start, realm))


def _of_kind(kind: str) -> Callable[..., None]:
    """``import KIND`` as a command."""

    def run(
        file: _File,
        column: _Columns = None,
        dry_run: _DryRun = False,
        strict: _Strict = False,
        force: _Force = False,
        valid_from: _ValidFrom = None,
    ) -> None:
        import_file(kind, file, column, dry_run, strict, force, valid_from)

    return run


def seed_divisions() -> None:
    """Add the divisions of GB/T 2260 that python-stdnum knows; what is imported stays as it is."""
    from collector.registry.seed import seed_divisions as seed

    typer.echo(f"{seed()} divisions added")


def list_imports(limit: Annotated[int, typer.Option(min=1, max=1000)] = 20) -> None:
    """List the newest import batches."""
    from django.utils import timezone

    from collector.registry.imports.changes import batches

    table = Table("batch", "kind", "file", "ok", "bad", "at", "state")
    for batch in batches(limit):
        state = "dry run" if batch.dry_run else "undone" if batch.undone_at else "live"
        at = timezone.localtime(batch.created_at).strftime("%Y-%m-%d %H:%M")
        counts = (str(batch.rows_ok), str(batch.rows_bad))
        table.add_row(batch.no, batch.kind, Text(batch.file_name), *counts, at, state)
    Console().print(table)


def undo(no: Annotated[str, typer.Argument(help="Batch number, as the import printed it")]) -> None:
    """Take back everything an import brought."""
    from django.utils import timezone

    from collector.registry.imports.changes import undo_import

    batch = undo_import(no, timezone.now())
    typer.echo(f"batch {batch.no} ({batch.file_name}): undone")


def _run(request: ImportRequest) -> None:
    from django.conf import settings

    from collector.registry.imports.run import ImportRefusedError, run_import

    try:
        report = run_import(request, settings.COLLECTOR.imports)
    except ImportRefusedError as refused:
        _show(refused.report)
        raise
    _show(report)
    done = "dry run, nothing was changed" if request.dry_run else f"batch {report.batch_no}"
    counts = f"{report.rows_ok} rows good, {report.rows_bad} bad, {report.rows_odd} to check"
    typer.echo(f"{request.path.name} ({report.encoding}): {counts}; {done}")


def _show(report: ImportReport) -> None:
    """Faults go to stderr: stdout holds the result alone."""
    console = Console(stderr=True)
    for title, count, rows in (
        ("错误行 bad rows", report.rows_bad, report.faults),
        ("待核对 rows to check", report.rows_odd, report.warnings),
    ):
        if rows:
            console.print(_table(f"{title}: {count}", rows))


def _table(title: str, rows: list[RowFault]) -> Table:
    table = Table("行 row", "列 column", "问题 what", "处理 what to do", title=title)
    for row in rows[:_SHOWN]:
        # Text, not str: what stands in a file must not be read as markup.
        table.add_row(str(row.row_no), Text(row.column), Text(row.what), Text(row.hint))
    if len(rows) > _SHOWN:
        table.add_row("…", "…", "…", "…")
    return table


def _mapping(columns: list[str] | None) -> dict[str, str]:
    pairs = [item.partition("=") for item in columns or []]
    for name, equals, header in pairs:
        if not (name and equals and header):
            raise CollectorError(f"--column {name}{equals}{header}: is not of the form field=HEADER")
    return {name.strip(): header.strip() for name, _, header in pairs}


def _start(text: str | None) -> datetime | None:
    from collector.registry.imports.cells import moment
    from collector.registry.imports.faults import CellFault

    try:
        return None if text is None else moment(text)
    except CellFault as fault:
        raise CollectorError(f"--valid-from {fault.value}: is no date or time; write 2026-03-01") from None
