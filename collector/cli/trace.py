"""How are carriers and units asked from the command line, and their replies taken in?"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from collector.cli.imports import import_file
from collector.cli.start import DjangoCommand
from collector.faults import CollectorError

if TYPE_CHECKING:
    from collector.trace.models import TraceRequest

_Format = Literal["xlsx", "csv", "ndjson"]
_Step = Annotated[Literal["carrier", "unit"], typer.Option(help="unit: the machine behind a unit's own NAT")]
_Moment = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Asia/Shanghai")]

trace = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Ask carriers and units who used an address.")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(trace, name="trace")


@trace.command(cls=DjangoCommand)
def export(
    step: _Step = "carrier",
    recipient: Annotated[str, typer.Option(help="Carrier (none: all, a file each); or the unit's name or USCC")] = "",
    division: Annotated[str, typer.Option(help="Division code; all below it is included")] = "000000",
    since: _Moment = None,
    until: _Moment = None,
    due: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Reply wanted by")] = None,
    no: Annotated[str, typer.Option(help="Write this request again instead of making new ones")] = "",
    output: Annotated[Path, typer.Option("-o", "--output", help="Directory to write into")] = Path(),
    file_format: Annotated[_Format, typer.Option("--format")] = "xlsx",
) -> None:
    """Make trace requests for sessions that nobody or two are named for, one per carrier, and write them."""
    from collector.registry.imports.cells import SHANGHAI
    from collector.trace.choices import Step
    from collector.trace.services import Wanted, request_traces

    if step == "unit" and not recipient and not no:
        raise CollectorError("--step unit: asks one unit; name it with --recipient")
    span = (moment and moment.replace(tzinfo=SHANGHAI) for moment in (since, until))
    day: date | None = due.date() if due else None
    requests = [_known(no)] if no else request_traces(Wanted(Step(step), recipient, division, *span), day)
    for request in requests:
        typer.echo(_write(request, output, file_format))
    if not requests:
        typer.echo("nothing to ask: every session is located, or asked for already", err=True)


@trace.command("import", cls=DjangoCommand)
def import_reply(
    file: Annotated[Path, typer.Argument(help="The request as it came back: XLSX, CSV or NDJSON")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge every row, change nothing")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="One bad row keeps the whole file out")] = False,
    force: Annotated[bool, typer.Option("--force", help="Import the same content again")] = False,
) -> None:
    """Take in a reply; rows find their question by the hidden id. Run resolve afterwards."""
    import_file("trace-reply", file, None, dry_run, strict, force)


@trace.command("list", cls=DjangoCommand)
def list_requests(limit: Annotated[int, typer.Option(min=1, max=1000)] = 20) -> None:
    """List the newest requests and how far they are answered."""
    from collector.trace.services import overview

    table = Table("no", "step", "to", "asked", "answered", "due")
    for request in overview(limit):
        counts = (str(getattr(request, "asked", 0)), str(getattr(request, "answered", 0)))
        table.add_row(request.no, request.step, Text(request.recipient), *counts, str(request.due or ""))
    Console().print(table)


def _known(no: str) -> TraceRequest:
    from collector.trace.models import TraceRequest

    request = TraceRequest.objects.filter(no=no).first()
    if request is None:
        raise CollectorError(f"--no {no}: there is no such request; see: minewatch collector trace list")
    return request


def _write(request: TraceRequest, folder: Path, file_format: str) -> str:
    from collector.trace.render import FORMATS

    path = folder / f"{request.no}.{file_format}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(FORMATS[file_format](request))
    except OSError as fault:
        raise CollectorError(f"{path}: cannot be written: {fault}; choose another directory with -o") from None
    return f"{path}  {request.recipient}  {request.items.count()} questions"
