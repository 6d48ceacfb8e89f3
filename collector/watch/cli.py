"""Which commands does pool watch have? ``minewatch collector watch …``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from collector.cli.start import DjangoCommand
from collector.faults import CollectorError

_Who = Annotated[str, typer.Option(help="Who decides")]
_Reason = Annotated[str, typer.Option(help="What the decision stands on")]

watch = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Pools that were seen, what may be listed, signed updates."
)


def register(app: typer.Typer) -> None:
    """Add the commands of this area."""
    app.add_typer(watch, name="watch")


@watch.command(cls=DjangoCommand)
def run() -> None:
    """Read new statements, propose what they found, take back what nobody sees any longer."""
    from collector.watch.services import watch_pools

    typer.echo(watch_pools(datetime.now(UTC)))


@watch.command(cls=DjangoCommand)
def proposals(
    state: Annotated[str, typer.Option(help="proposed, accepted, declined or stale")] = "proposed",
) -> None:
    """What may be listed."""
    from collector.watch.choices import ProposalState
    from collector.watch.models import Proposal

    if state not in ProposalState.values:
        raise CollectorError(f"state {state}: there is no such state; use one of {', '.join(ProposalState.values)}")
    for row in Proposal.objects.filter(state=state).order_by("pk"):
        ports = ",".join(map(str, row.ports))
        typer.echo(f"{row.pk}  {row.kind}  {row.value}  {ports or '-'}  {row.evidence['hosts']} hosts  {row.reason}")


@watch.command(cls=DjangoCommand)
def accept(number: int, who: _Who, reason: _Reason) -> None:
    """Have a proposal listed with the next update."""
    _decide(number, True, who, reason)


@watch.command(cls=DjangoCommand)
def decline(number: int, who: _Who, reason: _Reason) -> None:
    """Have a proposal never listed."""
    _decide(number, False, who, reason)


@watch.command(cls=DjangoCommand)
def update(who: _Who, output: Annotated[Path, typer.Option("-o", "--output", help="Directory")] = Path()) -> None:
    """Write the signed update of what was accepted; its public key: lists public-key."""
    from django.conf import settings

    from collector.lists.signing import load_signer
    from collector.watch.updates import make_update, write_update

    made, is_new = make_update(who, load_signer(settings.COLLECTOR.data_dir), datetime.now(UTC))
    typer.echo(f"{write_update(made, output)}  revision {made.revision}  {made.entries} entries")
    if not is_new:
        typer.echo("unchanged since it was made")


@watch.command(cls=DjangoCommand)
def requests(most: Annotated[int, typer.Option(min=1, max=200, help="How many at the most")] = 20) -> None:
    """Servers to verify, a line each, for `minewatch verify --requests`."""
    from collector.watch.verifying import wanted

    for one in wanted(datetime.now(UTC), most):
        typer.echo(one.model_dump_json(by_alias=True))


@watch.command(cls=DjangoCommand)
def answers(file: Annotated[Path, typer.Argument(help="What verify wrote; - for stdin")]) -> None:
    """Note what servers answered."""
    from collector.watch.verifying import take_answers

    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise CollectorError(f"{file}: cannot be read: {fault}; name what verify wrote") from None
    typer.echo(f"{take_answers(text.splitlines(), datetime.now(UTC))} noted")


def _decide(number: int, is_accepted: bool, who: str, reason: str) -> None:
    from collector.watch.proposals import decide

    row = decide(number, is_accepted, who, reason, datetime.now(UTC))
    typer.echo(f"{row.pk}  {row.state}  {row.value}")
