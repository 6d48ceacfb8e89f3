"""Which commands exchange findings? ``minewatch collector exchange …``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from collector.cli.access import command_actor
from collector.cli.start import DjangoCommand
from collector.faults import CollectorError

_Moment = Annotated[datetime, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="UTC")]
_Division = Annotated[str, typer.Option(help="Division code; all below it is included")]
_Output = Annotated[Path, typer.Option("-o", "--output", help="File to write; a folder for misp")]
_Recipient = Annotated[str, typer.Option(help="Who gets it; goes into the log")]
_FIRST, _LAST = datetime(2009, 1, 3), datetime(9999, 12, 31)  # noqa: DTZ001  # typer gives moments without zone

exchange = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Bundles, open formats, foreign sensors.")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(exchange, name="exchange")


@exchange.command(cls=DjangoCommand)
def key() -> None:
    """Show this office's public key, for its peers to trust."""
    from django.conf import settings

    from collector.exchange.envelope import own_key, public_text

    typer.echo(public_text(own_key(settings.COLLECTOR.data_dir)))


@exchange.command(cls=DjangoCommand)
def trust(
    name: Annotated[str, typer.Argument(help="Name of the other office")],
    public_key: Annotated[str, typer.Argument(help="As its own `exchange key` shows it")],
    division: _Division,
) -> None:
    """Trust another office's signature for its division."""
    from django.utils import timezone

    from collector.audit.choices import Action
    from collector.audit.services import Deed, record
    from collector.exchange.bundles import trust as trust_peer

    peer = trust_peer(name, public_key, division)
    deed = Deed(command_actor(), Action.GRANT, "peer", name, detail={"key": public_key, "division": division})
    record(deed, timezone.now())
    typer.echo(f"{peer}: trusted for {peer.division_code}", err=True)


@exchange.command(cls=DjangoCommand)
def export(
    output: _Output,
    division: _Division,
    recipient: _Recipient,
    since: _Moment = _FIRST,
    until: _Moment = _LAST,
) -> None:
    """Write a signed bundle: detections, frozen lists and case summaries of a span."""
    from django.conf import settings
    from django.utils import timezone

    from collector.exchange.bundles import Span, make_bundle
    from collector.exchange.envelope import own_key

    now = timezone.now()
    span = Span(division, *_ended(since, until, now))
    data = make_bundle(own_key(settings.COLLECTOR.data_dir), span, recipient, command_actor(), now)
    _write(output, data)
    typer.echo(f"{output}  {len(data)} bytes")


@exchange.command("import", cls=DjangoCommand)
def import_bundle(file: Annotated[Path, typer.Argument(help="A bundle as it came")]) -> None:
    """Take in a trusted peer's bundle; the same one again changes nothing."""
    from django.conf import settings
    from django.utils import timezone

    from collector.exchange.bundles import take_bundle

    taken = take_bundle(file, command_actor(), timezone.now(), settings.COLLECTOR.ingest)
    for reason in taken.refused[:20]:
        typer.echo(reason, err=True)
    counts = f"{taken.detections} detections, {taken.duplicates} known, {taken.documents} documents"
    typer.echo(f"{taken.peer}: {counts}" if taken.is_new else f"{taken.peer}: had come before, nothing changed")


@exchange.command(cls=DjangoCommand)
def received(
    division: _Division = "000000",
    state: Annotated[str, typer.Option(help="Only cases in this state")] = "",
) -> None:
    """Show the cases and lists that other offices sent, the newest word on each."""
    from collector.cli.divisions import division_scope
    from collector.exchange.received import cases_there, lists_there

    scope = division_scope(division)
    for case in cases_there(scope, state):
        said = "  ".join(str(case.said[name] or "-") for name in ("state", "grade", "cause", "division", "department"))
        typer.echo(f"{case.peer}  {case.no}  {said}")
    for one in () if state else lists_there(scope):
        typer.echo(f"{one.peer}  {one.number}  {one.rows} rows")


@exchange.command(cls=DjangoCommand)
def foreign(
    form: Annotated[Literal["eve", "zeek"], typer.Argument(help="eve: Suricata; zeek: notice.log as JSON")],
    file: Annotated[Path, typer.Argument(help="The log")],
    sensor: Annotated[str, typer.Option(help="Name to know that sensor by")],
    division: _Division,
) -> None:
    """Take in mining alerts of a foreign sensor: probable at most, never confirmed."""
    from django.conf import settings
    from django.utils import timezone

    from collector.exchange.foreign_intake import take_log

    taken = take_log(file, form, (sensor, division), timezone.now(), settings.COLLECTOR.ingest)
    for one in taken.unread[:20]:
        typer.echo(f"{file}: line {one.line_no}: {one.reason}", err=True)
    typer.echo(f"{taken.accepted} detections, {taken.duplicates} known, {len(taken.unread)} lines not usable")


@exchange.command(cls=DjangoCommand)
def write(
    form: Annotated[Literal["ecs", "stix", "misp", "cef"], typer.Argument(help="Form of the output")],
    output: _Output,
    division: _Division,
    recipient: _Recipient,
    since: _Moment = _FIRST,
    until: _Moment = _LAST,
) -> None:
    """Write detections for another system: NDJSON with ECS names, STIX 2.1, a MISP feed, CEF."""
    from django.utils import timezone

    from collector.exchange.outgoing import Wanted, shared, written

    now = timezone.now()
    wanted = Wanted(form, division, *_ended(since, until, now))
    files = written(wanted)
    for name, data in files.items():
        _write(output / name if form == "misp" else output, data)
    shared(wanted, recipient, files, command_actor(), now)
    typer.echo(f"{output}  {sum(map(len, files.values()))} bytes")


def _ended(since: datetime, until: datetime, now: datetime) -> tuple[datetime, datetime]:
    """The span in UTC; it ends now at the latest, so that nothing of it is still to come."""
    return since.replace(tzinfo=UTC), min(until.replace(tzinfo=UTC), now)


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as fault:
        raise CollectorError(f"{path}: cannot be written: {fault}; choose another place with -o") from None
