"""What can be done from the command line between departments? Refer, acknowledge; match identifiers; draw at random."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from collector.cli.access import command_actor
from collector.cli.divisions import division_scope
from collector.cli.start import DjangoCommand
from collector.faults import CollectorError

_Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]
_Division = Annotated[str, typer.Option(help="Division code; all below it is included")]


def register(lists: typer.Typer) -> None:
    """Add this module's commands to ``minewatch collector lists``."""
    for command in (refer, acknowledge, referrals, match, draw):
        lists.command(cls=DjangoCommand)(command)


def refer(
    lead: Annotated[str, typer.Argument(help="Number of the lead")],
    matter: Annotated[str, typer.Option(help="illegal-supply, fiscal, finance, market, crime, discipline …")],
    department: Annotated[str, typer.Option(help="Who receives it")],
    clause: Annotated[str, typer.Option(help="Document and article, as the register of clauses has it")],
    on: _Day,
    official: Annotated[bool, typer.Option("--official", help="A person in public office is involved")] = False,
) -> None:
    """Hand a lead's matter to another department."""
    from collector.lists.referring import Handed
    from collector.lists.referring import refer as hand_over

    typer.echo(hand_over(Handed(lead, matter, department, clause, on.date(), official)).no)


def acknowledge(
    no: Annotated[str, typer.Argument(help="Number of the referral")],
    progress: Annotated[str, typer.Option(help="accepted, done or refused")],
    on: _Day,
    result: Annotated[str, typer.Option(help="What came of it")] = "",
) -> None:
    """Note what the department that received a referral says."""
    from collector.lists.referring import acknowledge as note

    found = note(no, progress, result, on.date())
    typer.echo(f"{found.no}  {found.progress}  {found.result}")


def referrals(
    division: _Division = "000000",
    discipline: Annotated[bool, typer.Option("--discipline", help="Discipline inspection's queue")] = False,
) -> None:
    """Show what was handed over and how far it is."""
    from collector.lists.referring import referrals_for

    for one in referrals_for(division_scope(division), is_discipline=discipline):
        mark = "  公职人员 official" if discipline and one.involves_official else ""
        typer.echo(f"{one.no}  {one.lead.no}  {one.matter}  {one.department}  {one.sent_on}  {one.progress}{mark}")


def match(
    file: Annotated[Path, typer.Argument(help="One credit code, meter number or digest of such to a line")],
    division: _Division,
    recipient: Annotated[str, typer.Option(help="Who asked; goes into the log")],
    salt: Annotated[str, typer.Option(help="Agreed text before the identifier, where the file has digests")] = "",
) -> None:
    """Say which identifiers stand on the lists: before a connection, a market's admission, a subsidy."""
    from django.utils import timezone

    from collector.lists.lookup import lines_of, look_up

    for hit in look_up(lines_of(file), salt, division, (command_actor(), recipient), timezone.now()):
        typer.echo(f"{hit.asked},{'hit' if hit.basis else 'no hit'},{'; '.join(hit.basis)}")


def draw(
    division: _Division,
    seed: Annotated[str, typer.Option(help="Whoever has it can draw the same again")],
    size: Annotated[int, typer.Option(min=1, max=1_000, help="Units to inspect")],
    inspector: Annotated[list[str], typer.Option("--inspector", help="Who may be sent; repeatable")],
    facility: Annotated[str, typer.Option(help="Only units with this kind of facility: idc-own, office …")] = "",
) -> None:
    """Draw units and inspectors at random (双随机); the seed repeats the draw."""
    from collector.lists.drawing import Pool, draw_inspections

    if not inspector:
        raise CollectorError("--inspector: name at least one person to be sent")
    for sent in draw_inspections(Pool(division, facility, tuple(inspector)), seed, size):
        typer.echo(f"{sent.unit_name}  {sent.uscc or '-'}  {sent.division_code}  {sent.inspector}")
