"""Which command tells whether a park was swept? ``minewatch collector park-coverage``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from collector.cli.divisions import division_scope
from collector.faults import CollectorError

_Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="In China")]


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("park-coverage")(park_coverage)


def park_coverage(
    first: _Day,
    last: _Day,
    division: Annotated[str, typer.Option(help="Division code; all below it is included")] = "000000",
) -> None:
    """For every block of every park: how long a healthy sensor watched it, and how many addresses mined."""
    from collector.resolve.coverage import days, sweep

    if last < first:
        raise CollectorError(f"--last {last:%Y-%m-%d}: lies before --first; give the days in their order")
    for park, block in sweep(division_scope(division), *days(first.date(), last.date())):
        watched = f"{block.share:.1%}" if block.watched_s else "未覆盖 not covered"
        typer.echo(f"{park.name}  {block.network}  watched {watched}  hits {block.hits}")
