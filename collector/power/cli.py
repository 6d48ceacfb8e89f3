"""Which commands look at electricity? ``minewatch collector power …``; files come in by ``import meter-readings``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import orjson
import typer

from collector.cli.start import DjangoCommand
from collector.faults import CollectorError

_Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]

power = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Meters that look like mining, and why.")


def register(app: typer.Typer) -> None:
    """Add the commands of this area."""
    app.add_typer(power, name="power")


@power.command(cls=DjangoCommand)
def suspects(
    first: _Day,
    last: _Day,
    division: Annotated[str, typer.Option(help="Division code; 000000: meters of no known site too")] = "000000",
    form: Annotated[Literal["text", "json"], typer.Option("--format")] = "text",
) -> None:
    """List the meters that every rule in force speaks against, the strongest first."""
    from collector.power.report import row_of
    from collector.power.suspects import suspects as find
    from collector.registry.divisions import is_code

    if not is_code(division) or last < first:
        raise CollectorError(f"--division {division}, --first, --last: give six digits, and days in their order")
    for row in map(row_of, find(division, first.date(), last.date())):
        if form == "json":
            typer.echo(orjson.dumps(row).decode())
        else:
            leads = ", ".join(row["leads"]) or "-"
            typer.echo(f"{row['meter_no']}  {row['unit']}  {row['kwh']} kWh  leads {leads}  check {row['check']}")
            for reason in row["reasons"]:
                typer.echo(f"    {reason}")


@power.command(cls=DjangoCommand)
def tell(
    first: _Day,
    last: _Day,
    division: Annotated[str, typer.Option(help="Division code; all below it is included")] = "000000",
) -> None:
    """Note the suspects with their units' leads, where the other sources of a lead stand."""
    from collector.power.telling import tell_suspects
    from collector.registry.divisions import is_code

    if not is_code(division) or last < first:
        raise CollectorError(f"--division {division}, --first, --last: give six digits, and days in their order")
    for judged, lead in tell_suspects(division, first.date(), last.date()):
        typer.echo(f"{judged.curve.meter_no}  {lead.no}")


@power.command(cls=DjangoCommand)
def judge() -> None:
    """Judge every week of every meter anew. Imports judge what they bring; a worker follows rules, sites and leads."""
    from collector.power.weeks import judge_everything

    typer.echo(f"{judge_everything(datetime.now(UTC))} weeks judged")


@power.command("import", cls=DjangoCommand)
def import_readings(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX: meter, time, kWh")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge every row, change nothing")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="One bad row keeps the whole file out")] = False,
) -> None:
    """Take in meter readings."""
    from collector.cli.imports import import_file

    import_file("meter-readings", file, None, dry_run, strict)
