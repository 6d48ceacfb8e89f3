"""How are leads joined and parted, and what do their cases add up to? More of ``minewatch collector cases``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from collector.cli.access import command_actor
from collector.cli.divisions import division_scope
from collector.cli.start import DjangoCommand
from collector.faults import CollectorError

_LeadNo = Annotated[str, typer.Argument(help="Number of the lead, like L2026-000001")]
_By = Annotated[str, typer.Option("--by", help="Who acts; else the account that runs the command")]
_Reason = Annotated[str, typer.Option("--reason", "-m", help="Why")]
_Division = Annotated[str, typer.Option(help="Division code; all below it is included")]
_Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="In China")]

_SESSIONS_SHOWN = 200


def register(cases: typer.Typer) -> None:
    """Add this module's commands to ``minewatch collector cases``."""
    for command in (merge, unmerge, split, sources, lead, allowances, outcomes, guide):
        cases.command(cls=DjangoCommand)(command)


def merge(lead: _LeadNo, into: Annotated[str, typer.Argument()], reason: _Reason, by: _By = "") -> None:
    """Let a lead and all it brings later count as another one's."""
    from django.utils import timezone

    from collector.cases.leads import merge as run

    kept = run(lead, into, by or command_actor(), reason, timezone.now())
    typer.echo(f"{lead} → {kept.no}  sessions {kept.detections}")


def unmerge(lead: _LeadNo, reason: _Reason, by: _By = "") -> None:
    """Undo a merge."""
    from django.utils import timezone

    from collector.cases.leads import unmerge as run

    back = run(lead, by or command_actor(), reason, timezone.now())
    typer.echo(f"{back.no}  sessions {back.detections}")


def split(
    lead: _LeadNo,
    session: Annotated[list[str], typer.Option("--session", help="detection_id to take out; repeatable")],
    reason: _Reason,
    by: _By = "",
) -> None:
    """Put some sessions of a lead into a new one."""
    from django.utils import timezone

    from collector.cases.leads import split as run

    new = run(lead, session, by or command_actor(), reason, timezone.now())
    typer.echo(f"{lead} → {new.no}  sessions {new.detections}")


def sources(
    division: _Division = "000000",
    only_by: Annotated[
        str, typer.Option(help="Only leads that this kind alone saw: sensor, state-list, tip-off …")
    ] = "",
) -> None:
    """Show which sources saw which lead, and how sure that makes us."""
    from collector.cases.choices import SourceKind
    from collector.cases.sources import agreement

    if only_by and only_by not in SourceKind.values:
        raise CollectorError(f"--only-by {only_by}: is none of {', '.join(SourceKind.values)}")
    table = Table(Column("lead", no_wrap=True), "score", *SourceKind.values)
    for row in agreement(division_scope(division), SourceKind(only_by) if only_by else None):
        marks = ("x" if kind in row.kinds else "" for kind in SourceKind.values)
        table.add_row(row.lead.no, f"{row.score:.2f}", *marks)
    Console().print(table)


def lead(no: _LeadNo) -> None:
    """Show a lead: who speaks of it, and its sessions by their detection_id."""
    from django.utils import timezone

    from collector.cases.leads import lead_of
    from collector.cases.sources import agreement_of

    found = lead_of(no)
    row = agreement_of(found)
    typer.echo(
        f"{no}  division {found.division_code or '-'}  sources {', '.join(row.kinds) or '-'}  score {row.score:.2f}"
    )
    for place in found.sessions.select_related("attribution__event").order_by("-last_seen", "-pk")[:_SESSIONS_SHOWN]:
        event = place.attribution.event
        seen = timezone.localtime(place.last_seen).strftime("%Y-%m-%d %H:%M:%S")
        typer.echo(f"{place.detection_id}  {seen}  {event.miner_ip}:{event.miner_port}  {event.verdict}")


def allowances(division: _Division = "000000") -> None:
    """Show the allow-list: false alarms that may be seen again, and until when."""
    from django.utils import timezone

    from collector.cases.queries import allowances as find

    for case in find(division_scope(division), timezone.localdate()):
        typer.echo(f"{case.no}  {case.lead.no}  {case.folded['allowed_until']}")


def outcomes(since: _Day, until: _Day, division: _Division = "000000") -> None:
    """Show closed cases by cause, and the share of false alarms, as it is published."""
    from collector.cases.queries import error_share

    told = error_share(division_scope(division), since.date(), until.date())
    causes = "  ".join(f"{cause} {count}" for cause, count in sorted(told["causes"].items()))
    share = "-" if told["false_alarm_share"] is None else f"{told['false_alarm_share']:.2%}"
    typer.echo(f"closed {told['closed']}  {causes}  误报率 false alarms {share}")


def guide(
    no: Annotated[str, typer.Argument(help="Number of the case, like C2026-000001")],
    lang: Annotated[str, typer.Option(help="zh or en")] = "zh",
) -> None:
    """Print how the machines of a hijacked case are cleaned."""
    from collector.cases.guide import guide as text_of
    from collector.cases.tables import Case

    case = Case.objects.filter(no=no).first()
    if case is None or lang not in ("zh", "en"):
        raise CollectorError(f"case {no}, --lang {lang}: there is no such case, or language; see: cases list")
    typer.echo(text_of(case, "zh" if lang == "zh" else "en"), nl=False)
