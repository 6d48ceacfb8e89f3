"""What can be done with lists from the command line? Freeze, dispatch, follow, check; tip-offs and referrals."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from collector.cli.start import DjangoCommand
from collector.faults import CollectorError

if TYPE_CHECKING:
    from collector.lists.models import ListIssue
    from collector.lists.signing import Signer

_Kind = Literal[
    "weekly",
    "key",
    "stock",
    "check",
    "projects",
    "planned",
    "price",
    "credit",
    "self-audit",
    "energy",
    "referral",
]
_Folder = Annotated[Path, typer.Option("-o", "--output", help="Directory to write into")]
_Issue = Annotated[str, typer.Argument(help="Number of the issue, like MW-330400-2026W47-01")]
_Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]

lists = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Freeze, dispatch and follow lists.")


@lists.command(cls=DjangoCommand)
def freeze(
    week: Annotated[str, typer.Option(help="ISO week in China time, like 2026-W47")],
    division: Annotated[str, typer.Option(help="Division code, like 330400; all below it is included")],
    kind: Annotated[_Kind, typer.Option(help="Which list")] = "weekly",
    output: _Folder = Path(),
    lang: Annotated[Literal["zh", "en"], typer.Option()] = "zh",
    charset: Annotated[Literal["utf-8", "gb18030"], typer.Option(help="Of the CSV file")] = "utf-8",
    sign: Annotated[bool, typer.Option(help="Add a detached Ed25519 signature")] = True,
) -> None:
    """Freeze a list and write it as a ZIP (XLSX, CSV, NDJSON, manifest, signature)."""
    from collector.lists.choices import ListKind
    from collector.lists.render.bundle import bundle
    from collector.lists.services import freeze as freeze_list
    from collector.lists.week import parse_week

    frozen = freeze_list(parse_week(week), division, datetime.now(UTC), ListKind(kind))
    issue = frozen.issue
    file = bundle(issue, lang, charset, signer=_signer() if sign else None)
    typer.echo(f"{write(output, file.name, file.data)}\nissue {issue.number}  rows {issue.row_count}  {issue.digest}")
    if not frozen.is_new:
        typer.echo("unchanged since it was frozen: the same issue was written again")
    if issue.summary.get("alarm"):
        typer.echo(f"alarm: the stock has risen for {issue.summary['rises']} weeks", err=True)


@lists.command(cls=DjangoCommand)
def dispatch(issue: _Issue, output: _Folder = Path()) -> None:
    """Write every county's own file of an issue, and remember what each was handed."""
    from collector.lists.dispatching import dispatch as send

    for sent in send(_known(issue), datetime.now(UTC), _signer()):
        path = write(output, sent.file.name, sent.file.data)
        typer.echo(f"{path}  {sent.dispatch.recipient_name}  {sent.dispatch.row_count} rows  sm3 {sent.dispatch.sm3}")


@lists.command(cls=DjangoCommand)
def receive(
    issue: _Issue,
    division: Annotated[str, typer.Option(help="Division code of the recipient")],
    person: Annotated[str, typer.Option(help="Who took the file over")],
) -> None:
    """Note that a recipient signed for its file (签收)."""
    from collector.lists.dispatching import receive as note

    found = note(_known(issue), division, person, datetime.now(UTC))
    typer.echo(f"{found.recipient_name}: {found.received_by}, {found.received_at:%Y-%m-%d %H:%M:%S}Z")


@lists.command(cls=DjangoCommand)
def waiting(issue: _Issue) -> None:
    """Who has not signed or not answered yet."""
    from collector.lists.dispatching import waiting as open_ones

    for one in open_ones(_known(issue)):
        state = "no reply" if one.received_at else "not signed for"
        typer.echo(f"{one.recipient_code}  {one.recipient_name}  {one.row_count} rows  {state}")


@lists.command(cls=DjangoCommand)
def reply(
    file: Annotated[Path, typer.Argument(help="The list as it came back: XLSX or CSV")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge every row, change nothing")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="One bad row keeps the whole file out")] = False,
    force: Annotated[bool, typer.Option("--force", help="Take the same content in again")] = False,
) -> None:
    """Take in a reply; rows find themselves by the hidden id."""
    from collector.cli.imports import import_file

    import_file("list-reply", file, None, dry_run, strict, force)


@lists.command("public-key", cls=DjangoCommand)
def public_key(output: _Folder = Path()) -> None:
    """Write the public key that recipients check signatures with."""
    signer = _signer()
    typer.echo(str(write(output, f"minewatch-{signer.key_id}.pub.pem", signer.public_pem())))


@lists.command(cls=DjangoCommand)
def check(
    manifest: Annotated[Path, typer.Argument(help="manifest.json of a list or pack")],
    signature: Annotated[Path, typer.Argument(help="manifest.json.sig")],
    key: Annotated[Path, typer.Option(help="Public key of the office that signed (PEM)")],
) -> None:
    """Check a signature; exit 1 when it does not hold."""
    from collector.lists.signing import check as holds

    try:
        parts = [path.read_bytes() for path in (manifest, signature, key)]
    except OSError as fault:
        raise CollectorError(f"{fault.filename}: cannot be read: {fault.strerror}; check the path") from None
    is_good = holds(*parts)
    typer.echo("signature holds" if is_good else "signature does NOT hold")
    raise typer.Exit(0 if is_good else 1)


@lists.command("tip-off", cls=DjangoCommand)
def tip_off(
    address: Annotated[str, typer.Option(help="Where, in detail")],
    division: Annotated[str, typer.Option(help="Division code")],
    channel: Annotated[str, typer.Option(help="Telephone, letter, 12398 …")] = "12398",
    unit: Annotated[str, typer.Option(help="The company behind it")] = "",
    electricity: Annotated[str, typer.Option(help="What is known of the electricity")] = "",
    text: Annotated[str, typer.Option(help="Everything else")] = "",
    contact: Annotated[str, typer.Option(help="How to reach the teller; may be left out")] = "",
) -> None:
    """Write a tip-off down and print its follow-up code."""
    from collector.lists.registering import Told
    from collector.lists.registering import tip_off as note

    typer.echo(note(Told(address, division, channel, unit, electricity, text, contact), datetime.now(UTC)).code)


@lists.command("follow-up", cls=DjangoCommand)
def follow_up(
    code: Annotated[str, typer.Argument(help="The code the teller was given")],
    progress: Annotated[str, typer.Option(help="Set: open, accepted, done or refused")] = "",
    answer: Annotated[str, typer.Option(help="What the teller is told")] = "",
    lead: Annotated[str, typer.Option(help="Number of the lead it led to")] = "",
) -> None:
    """Say how a tip-off stands; with --progress, set it first."""
    from collector.lists.registering import answer as set_answer
    from collector.lists.registering import follow_up as find

    found = set_answer(code, progress, answer, lead) if progress else find(code)
    typer.echo(f"{found.code}  {found.get_progress_display()}  {found.answer}")


def write(folder: Path, name: str, data: bytes) -> Path:
    """Write a file; raises ``CollectorError``."""
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as fault:
        raise CollectorError(f"{path}: cannot be written: {fault}; choose another directory with -o") from None
    return path


def _known(number: str) -> ListIssue:
    from collector.lists.models import ListIssue

    found = ListIssue.objects.filter(number=number).first()
    if found is None:
        raise CollectorError(
            f"issue {number}: there is no such issue; freeze it first: lists freeze",
            f"清单 {number}：不存在；先用 lists freeze 生成",
        )
    return found


def _signer() -> Signer:
    from django.conf import settings

    from collector.lists.signing import load_signer

    return load_signer(settings.COLLECTOR.data_dir)
