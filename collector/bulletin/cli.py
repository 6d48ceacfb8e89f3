"""Which commands make bulletins? ``minewatch collector bulletin …``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from collector.cli.start import DjangoCommand
from collector.faults import CollectorError

if TYPE_CHECKING:
    from collector.bulletin.models import Snapshot

_Folder = Annotated[Path, typer.Option("-o", "--output", help="Directory to write into")]
_Number = Annotated[str, typer.Argument(help="Number of the snapshot, like MW-B-330400-2026W47-01")]
_Lang = Annotated[Literal["zh", "en"], typer.Option(help="Language of the documents")]
_Office = Annotated[str, typer.Option(help="Who signs")]

bulletins = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Freeze a week's figures, write documents.")


def register(app: typer.Typer) -> None:
    """Add the commands of this area."""
    app.add_typer(bulletins, name="bulletin")


@bulletins.command(cls=DjangoCommand)
def snapshot(
    week: Annotated[str, typer.Option(help="ISO week in China time, like 2026-W47")],
    division: Annotated[str, typer.Option(help="Division code; all below it is included")],
) -> None:
    """Freeze the figures of a week."""
    from collector.bulletin.services import take
    from collector.lists.week import parse_week

    found, is_new = take(parse_week(week), division, datetime.now(UTC))
    typer.echo(f"{found.number}  sha256 {found.digest}  sm3 {found.digest_sm3}")
    if not is_new:
        typer.echo("unchanged since it was frozen")


@bulletins.command("write", cls=DjangoCommand)
def write_documents(number: _Number, output: _Folder = Path(), lang: _Lang = "zh") -> None:
    """Write the weekly bulletin (DOCX) and the indicators (XLSX)."""
    from collector.bulletin.render.weekly import bulletin
    from collector.bulletin.render.workbook import workbook

    found = _known(number)
    stem = number if lang == "zh" else f"{number}.{lang}"
    for suffix, made in (("docx", bulletin), ("xlsx", workbook)):
        typer.echo(_write(output, f"{stem}.{suffix}", made(found, _former(found), lang)))


@bulletins.command(cls=DjangoCommand)
def notice(number: _Number, office: _Office, output: _Folder = Path()) -> None:
    """Draft the circular (通报) on every division's standing."""
    from collector.bulletin.render.notices import circular

    typer.echo(_write(output, f"{number}-通报.docx", circular(_known(number), office)))


@bulletins.command(cls=DjangoCommand)
def interview(
    number: _Number,
    division: Annotated[str, typer.Option(help="Division whose leaders are summoned")],
    office: _Office,
    output: _Folder = Path(),
) -> None:
    """Draft the summons to an interview (约谈通知书)."""
    from collector.bulletin.render.notices import interview as summons

    typer.echo(_write(output, f"{number}-约谈-{division}.docx", summons(_known(number), division, office)))


@bulletins.command(cls=DjangoCommand)
def pack(
    number: _Number,
    issue: Annotated[str, typer.Option(help="Number of the list that the sample is drawn from")],
    seed: Annotated[str, typer.Option(help="Seed of the draw; whoever has it can draw the same again")],
    size: Annotated[int, typer.Option(min=1, max=10_000, help="Rows in the sample")] = 30,
    output: _Folder = Path(),
) -> None:
    """Write the assessor's sealed pack: snapshot, documents, list, sample, digests, signature."""
    from django.conf import settings

    from collector.bulletin.pack import pack as packed
    from collector.lists.models import ListIssue
    from collector.lists.signing import load_signer

    listed = ListIssue.objects.filter(number=issue).first()
    if listed is None:
        raise CollectorError(f"issue {issue}: there is no such issue; freeze it first: lists freeze")
    found = _known(number)
    signer = load_signer(settings.COLLECTOR.data_dir)
    typer.echo(_write(output, *packed(found, _former(found), listed, seed, size, signer)))


def _known(number: str) -> Snapshot:
    from collector.bulletin.services import numbered

    return numbered(number)


def _former(found: Snapshot) -> Snapshot | None:
    from collector.bulletin.services import latest
    from collector.lists.week import parse_week

    return latest(parse_week(found.week).former(), found.division_code)


def _write(folder: Path, name: str, data: bytes) -> str:
    from collector.lists.commands import write

    return str(write(folder, name, data))
