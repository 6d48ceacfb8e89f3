"""Which commands hand out lists? ``minewatch collector resolve``, ``weekly-list`` and ``lists …``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from collector.faults import CollectorError


def register(app: typer.Typer) -> None:
    """Add the commands of this area."""
    from collector.lists import handing
    from collector.lists.commands import lists

    handing.register(lists)
    app.add_typer(lists, name="lists")
    app.command("resolve")(resolve)
    app.command("weekly-list")(weekly_list)


def resolve(
    since: Annotated[str | None, typer.Option(help="Only sessions seen at or after this time (ISO 8601)")] = None,
) -> None:
    """Attribute detections to units, as of the time of each; a second run changes nothing."""
    from collector.cases.services import update_leads
    from collector.resolve.services import resolve_pending

    summary = resolve_pending(_moment(since) if since else None)
    placed = update_leads()
    typer.echo(f"sessions {summary.looked_at}  new or changed answers {summary.written}  put with leads {placed}")


def weekly_list(
    week: Annotated[str, typer.Option(help="ISO week in China time, like 2026-W47")],
    division: Annotated[str, typer.Option(help="Division code, like 330400; all below it is included")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Directory to write into")] = Path(),
    lang: Annotated[Literal["zh", "en"], typer.Option(help="Language of workbook and CSV")] = "zh",
) -> None:
    """Freeze the weekly list of a division and write it as a ZIP (XLSX, CSV, NDJSON, manifest)."""
    from collector.lists.commands import write
    from collector.lists.render.bundle import bundle
    from collector.lists.services import freeze
    from collector.lists.week import parse_week

    frozen = freeze(parse_week(week), division, datetime.now(UTC))
    file = bundle(frozen.issue, lang)
    path = write(output, file.name, file.data)
    typer.echo(f"{path}\nissue {frozen.issue.number}  rows {frozen.issue.row_count}  digest {frozen.issue.digest}")
    if not frozen.is_new:
        typer.echo("unchanged since it was frozen: the same issue was written again")
    if frozen.unplaced:
        typer.echo(f"{frozen.unplaced} sessions bear no division: enroll their sensor with --division", err=True)


def _moment(text: str) -> datetime:
    from django.utils import timezone

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CollectorError(f"--since {text!r}: is no time; write 2026-11-16 or 2026-11-16T08:00+08:00") from None
    return moment if moment.tzinfo else timezone.make_aware(moment)
