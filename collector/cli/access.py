"""How is access kept in order? Second factors, the audit log, its proof, and what goes after its term."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from collector.faults import CollectorError

_LINES = 50


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("verify")(verify)
    app.command("audit-log")(audit_log)
    app.command("purge")(purge)
    app.command("reset-second-factor")(reset_second_factor)


def verify() -> None:
    """Walk every hash-chained log and tell where it was altered."""
    from collector.chain import verify_all

    told = verify_all()
    for name, verdict in told.items():
        typer.echo(f"{name}: {verdict.rows} rows, head {verdict.head}, {len(verdict.breaks)} breaks")
    broken = [(name, one) for name, verdict in told.items() for one in verdict.breaks]
    for name, one in broken[:_LINES]:
        typer.echo(f"{name} {one.seq}: {one.what}", err=True)
    if broken:
        raise CollectorError(f"{len(broken)} breaks: rows were changed outside the collector; compare with a backup")


def audit_log(
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = _LINES,
    action: Annotated[str, typer.Option(help="Only this: login, look, unmask, export, share, purge, …")] = "",
    actor: Annotated[str, typer.Option(help="Only this login name")] = "",
) -> None:
    """Show the newest entries of the audit log; --action share is the log of what was shared with whom."""
    from django.utils import timezone

    from collector.audit.models import AuditEntry

    rows = AuditEntry.objects.order_by("-seq")
    rows = rows.filter(action=action) if action else rows
    rows = rows.filter(actor=actor) if actor else rows
    table = Table("no", "at", "who", "from", "did", "what", "why")
    for row in rows[:limit]:
        at = timezone.localtime(row.at).strftime("%Y-%m-%d %H:%M:%S")
        what = Text(f"{row.object_kind} {row.object_id} {row.detail.get('path', '')}".strip())
        table.add_row(str(row.seq), at, Text(row.actor), row.address or "", row.action, what, Text(row.purpose))
    Console().print(table)


def purge() -> None:
    """Delete rows about persons that are older than the terms in the configuration."""
    from django.conf import settings
    from django.utils import timezone

    from collector.retention import purge_all

    for done in purge_all(settings.COLLECTOR.retention, command_actor(), timezone.now()):
        typer.echo(f"{done.name}: {done.rows} rows from before {done.before:%Y-%m-%d} deleted")


def reset_second_factor(name: Annotated[str, typer.Argument(help="Login name")]) -> None:
    """Take a person's time code away, as when the telephone was lost; the next login sets up a new one."""
    from django.contrib.auth.models import User
    from django.db import transaction
    from django.utils import timezone

    from collector.accounts.factor import remove
    from collector.audit.choices import Action
    from collector.audit.services import Deed, record

    user = User.objects.filter(username=name).first()
    if user is None:
        raise CollectorError(f"user {name}: there is no such person; see: minewatch collector audit-log")
    with transaction.atomic():
        count = remove(user)
        record(Deed(command_actor(), Action.GRANT, "second-factor", name, purpose="reset"), timezone.now())
    typer.echo(f"user {name}: {count} devices removed")


def command_actor() -> str:
    """Who runs a command, as the audit log names them."""
    return f"command:{getpass.getuser()}"
