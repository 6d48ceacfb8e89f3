"""How are cases worked on from the command line? Thin commands over the services of casework."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from collector.cli import leads
from collector.cli.access import command_actor
from collector.cli.divisions import division_scope
from collector.cli.start import DjangoCommand
from collector.faults import CollectorError

if TYPE_CHECKING:
    from collector.cases.tables import Case

_No = Annotated[str, typer.Argument(help="Number of the case, like C2026-000001")]
_By = Annotated[str, typer.Option("--by", help="Who acts; else the account that runs the command")]
_Reason = Annotated[str, typer.Option("--reason", "-m", help="Why")]
_Division = Annotated[str, typer.Option(help="Division code; all below it is included")]


cases = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Leads and cases: list, move, close, join, watch."
)


def register(app: typer.Typer) -> None:
    """Add this module's commands, and those of leads."""
    leads.register(cases)
    app.add_typer(cases, name="cases")


@cases.command("list", cls=DjangoCommand)
def list_cases(
    division: _Division = "000000",
    state: Annotated[str, typer.Option(help="Only in this state")] = "",
    grade: Annotated[str, typer.Option(help="A, B or C")] = "",
    department: Annotated[str, typer.Option(help="Leading or taking part: reform, public-security …")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only overdue ones")] = False,
    escalated: Annotated[bool, typer.Option("--escalated", help="Only those that rose for being overdue")] = False,
    source: Annotated[str, typer.Option(help="Only of leads that this source speaks of: tip-off, equipment …")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
) -> None:
    """List cases, the gravest and the most urgent first."""
    from django.utils import timezone

    from collector.cases.queries import Wanted, cases_for

    due_before = timezone.now() if overdue else None
    wanted = Wanted(state, grade, "", department, overdue_at=due_before, is_escalated=escalated, source=source)
    whole = (Column(name, no_wrap=True) for name in ("no", "lead", "state"))
    table = Table(*whole, "grade", "division", "department", "due")
    for case in cases_for(division_scope(division), wanted)[:limit]:
        due = timezone.localtime(case.due_at).strftime("%m-%d %H:%M") if case.due_at else ""
        table.add_row(case.no, case.lead.no, case.state, case.grade, case.division_code, case.department, due)
    Console().print(table)


@cases.command(cls=DjangoCommand)
def show(no: _No) -> None:
    """Show a case: what the ledger adds up to, its entries, and what can be done now."""
    from collector.cases.book import state_of
    from collector.cases.ledger import entries_of
    from collector.cases.queries import without_persons
    from collector.cases.state import plain
    from collector.cases.transitions import allowed

    state = state_of(no)
    for name, value in without_persons(plain(state)).items():
        if value not in ("", None, [], 0):
            typer.echo(f"{name}: {value}")
    table = Table("at (UTC)", "who", "did", "said")
    for entry in entries_of(no):
        said = ", ".join(f"{key}={value}" for key, value in without_persons(entry.body).items())
        table.add_row(entry.at[:19], Text(entry.actor), entry.action.value, Text(said[:500]))
    Console().print(table)
    typer.echo("next: " + ", ".join(action.value for action in allowed(state.state)))


@cases.command("open", cls=DjangoCommand)
def open_lead(lead: Annotated[str, typer.Argument(help="Number of the lead, like L2026-000001")], by: _By = "") -> None:
    """Open the case of a lead; the one there is, when there is one."""
    from django.utils import timezone

    from collector.cases.casework import open_case

    _tell(open_case(lead, by or command_actor(), timezone.now()))


@cases.command(cls=DjangoCommand)
def move(
    no: _No,
    action: Annotated[str, typer.Argument(help="dispatch, receive, check, confirm, lose, transfer, rectify, submit …")],
    reason: _Reason = "",
    division: Annotated[str, typer.Option(help="transfer: where to; none: back to the division above")] = "",
    department: Annotated[str, typer.Option(help="refer: to whom")] = "",
    unit_name: Annotated[str, typer.Option(help="name-tenant, locate: who it is")] = "",
    uscc: Annotated[str, typer.Option(help="name-tenant, locate: its code")] = "",
    cause: Annotated[str, typer.Option(help="set-cause: deliberate or hijacked")] = "",
    by: _By = "",
) -> None:
    """Move a case on; 'cases show' tells what is possible."""
    said = {"reason": reason, "division_code": division, "department": department, "unit_name": unit_name}
    _act(no, action, by, **said, uscc=uscc, cause=cause)


@cases.command(cls=DjangoCommand)
def assign(
    no: _No,
    department: Annotated[str, typer.Option(help="Leading department: reform, cyberspace, education …")],
    division: Annotated[str, typer.Option(help="Its division code")],
    reason: _Reason,
    by: _By = "",
) -> None:
    """Give a case to a department of a division by hand."""
    _act(no, "assign", by, department=department, division_code=division, reason=reason)


@cases.command(cls=DjangoCommand)
def measure(
    no: _No,
    kind: Annotated[str, typer.Argument(help="network-cut, power-cut, dismantled, seized, cleaned, pledged, filed")],
    quantity: Annotated[int, typer.Option(min=0)] = 1,
    unit: Annotated[str, typer.Option(help="Of what: 台, kW …")] = "",
    note: Annotated[str, typer.Option()] = "",
    by: _By = "",
) -> None:
    """Note what was done, and to how many."""
    _act(no, "measure", by, kind=kind, quantity=quantity, unit=unit, note=note)


@cases.command(cls=DjangoCommand)
def evidence(no: _No, file: Annotated[Path, typer.Argument(help="Photo, form, capture")], by: _By = "") -> None:
    """Seal a file by its digests and enter it."""
    from django.conf import settings
    from django.utils import timezone

    from collector.cases.evidence import attach
    from collector.cases.verify import evidence_folder

    bound = settings.COLLECTOR.cases.max_evidence_bytes
    actor, now = by or command_actor(), timezone.now()
    try:
        with file.open("rb") as opened:
            case = attach(no, opened, file.name, evidence_folder(), bound, actor, now)
    except OSError as fault:
        raise CollectorError(f"{file}: cannot be read: {fault.strerror}; name another file") from None
    sealed = case.folded["evidence"][-1]
    typer.echo(f"{case.no}  sha256 {sealed['sha256']}\n{' ' * len(case.no)}  sm3    {sealed['sm3']}")


@cases.command(cls=DjangoCommand)
def appeal(no: _No, ground: Annotated[str, typer.Option(help="Why it is a false alarm")], by: _By = "") -> None:
    """File an appeal; two other persons decide."""
    _act(no, "appeal", by, reason=ground)


@cases.command(cls=DjangoCommand)
def vote(
    no: _No,
    verdict: Annotated[str, typer.Argument(help="uphold or deny")],
    reason: _Reason,
    by: Annotated[str, typer.Option("--by", help="Who decides")],
    allowed_days: Annotated[int, typer.Option(min=1, max=3_660, help="How long it may be seen again")] = 180,
) -> None:
    """One person's decision on an appeal; two that agree make it count."""
    _act(no, "vote", by, verdict=verdict, reason=reason, allowed_days=allowed_days)


@cases.command(cls=DjangoCommand)
def clear(no: _No, by: _By = "") -> None:
    """Check whether silence is proven, and enter what was found."""
    _tell_clearance(_act(no, "clearance", by))


@cases.command(cls=DjangoCommand)
def close(
    no: _No, cause: Annotated[str, typer.Option(help="deliberate or hijacked; it must be said")], by: _By = ""
) -> None:
    """Check, and close if silence is proven; exit 2 when it is not."""
    case = _act(no, "close", by, cause=cause)
    _tell_clearance(case)
    if case.state != "closed":
        raise CollectorError(f"case {no}: not closed: {case.folded['clearance']['proof']}; see the findings above")


@cases.command(cls=DjangoCommand)
def watch() -> None:
    """Open cases for new leads, reopen what mines again, let overdue ones rise; to be run every hour."""
    from django.utils import timezone

    from collector.cases.watch import watch as run

    done = run(timezone.now())
    typer.echo(f"opened {done.opened}  located {done.located}  relapsed {done.relapsed}  escalated {done.escalated}")


@cases.command(cls=DjangoCommand)
def rules(
    file: Annotated[Path | None, typer.Argument(help="YAML to take in; none: print the rules in force")] = None,
) -> None:
    """Print the rules of grade, route and deadline, or take a changed file in."""
    from django.utils import timezone

    from collector.cases.rules import load_rules, rules_text

    if file is None:
        typer.echo(rules_text(timezone.localdate()), nl=False)
    else:
        typer.echo(f"{load_rules(file)} rules new or changed")


def _act(no: str, word: str, by: str, **said: str | int) -> Case:
    from django.conf import settings
    from django.utils import timezone

    from collector.cases.acts import Said, Who, perform
    from collector.cases.choices import Action

    if word not in Action.values:
        raise CollectorError(f"{word}: there is no such move; see: cases show {no}")
    given = Said(**said)  # type: ignore[arg-type]  # each command gives its own texts and one number
    case = perform(no, Action(word), given, Who(by or command_actor(), timezone.now()), settings.COLLECTOR.cases)
    _tell(case)
    return case


def _tell(case: Case) -> None:
    due = f"  due {case.due_at:%Y-%m-%dT%H:%MZ}" if case.due_at else ""
    typer.echo(f"{case.no}  {case.state}  grade {case.grade or '-'}  {case.department or '-'}{due}")


def _tell_clearance(case: Case) -> None:
    found = case.folded["clearance"]
    typer.echo(f"silence: {found['proof']}  {found['since'][:19]} … {found['until'][:19]} UTC")
    for finding in found["findings"]:
        typer.echo(f"  {finding['code']}: {finding['zh']} / {finding['en']}")
