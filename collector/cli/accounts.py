"""How do sensors, offices and people get in? Tokens are printed once, or written to a file of the owner's only."""

from __future__ import annotations

import csv
import getpass
import os
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from collector.cli.access import command_actor
from collector.faults import CollectorError

if TYPE_CHECKING:
    from collector.accounts.choices import OfficeKind
    from collector.ingest.models import SensorHealth

_TokenFile = Annotated[Path | None, typer.Option(help="Write the token here (0600) instead of printing it")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("enroll-sensor")(enroll)
    app.command("office-token")(office_token)
    app.command("approve-token")(approve_token)
    app.command("create-user")(create_user)
    app.command("create-users")(create_users)
    app.command("sensors")(list_sensors)
    app.command("revoke-token")(revoke)


def enroll(
    sensor_id: Annotated[str, typer.Argument(help="As in sensor.yaml")],
    division: Annotated[str, typer.Option(help="Six-digit division code of the site")] = "",
    operator: Annotated[str, typer.Option(help="Carrier whose network it watches: trace requests go to it")] = "",
    unit: Annotated[str, typer.Option(help="Notified unit whose own sensor it is: it sees what that found")] = "",
    rotate: Annotated[bool, typer.Option("--rotate", help="Give a known sensor a new token; the old one ends")] = False,
    token_file: _TokenFile = None,
) -> None:
    """Enroll a sensor and show its token, once."""
    from django.utils import timezone

    from collector.ingest.services import enroll_sensor

    now = timezone.now()
    place = {"operator": operator, "unit": unit}
    hand_over(lambda: enroll_sensor(sensor_id, division, now, rotate=rotate, **place), token_file)


def office_token(
    office: Annotated[str, typer.Argument(help="Name of the office; made when new")],
    division: Annotated[str, typer.Option(help="Division code whose subtree the office sees")],
    kind: Annotated[str, typer.Option(help="Kind of office: cyberspace, reform, carrier, assessor, unit, …")] = "",
    hide: Annotated[list[str] | None, typer.Option(help="Field its bearer never sees; repeatable")] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Ends after so many days")] = 3650,
    token_file: _TokenFile = None,
) -> None:
    """Make an API key for an office and show it, once. It works when a security administrator has approved it."""
    from django.db import transaction
    from django.utils import timezone

    from collector.accounts.administration import By, issue_key
    from collector.accounts.services import office_named

    def issue() -> str:
        with transaction.atomic():
            row = office_named(office, division, _kind(kind))
            by = By(command_actor(), None, timezone.now())
            return issue_key(by, row, f"office {office}", days, hide or ())

    hand_over(issue, token_file)
    typer.echo("it waits: a security administrator approves it in the console, or by approve-token", err=True)


def approve_token(
    prefix: Annotated[str, typer.Argument(help="First characters of the key, as the console shows them")],
    name: Annotated[str, typer.Option("--as", help="Login name of the security administrator who approves")],
    reason: Annotated[str, typer.Option(help="Why: it stands in the audit log")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Password, then time code, on stdin")
    ] = False,
) -> None:
    """Let an office's API key work. The second person gives their own password, and time code where they have one."""
    from django.utils import timezone

    from collector.accounts.administration import By, approve_key
    from collector.accounts.proof import prove_security_admin
    from collector.accounts.services import waiting_key

    def ask(what: str) -> str:
        return sys.stdin.readline().rstrip("\n") if password_stdin else getpass.getpass(f"{what}: ")

    token = waiting_key(prefix)
    prove_security_admin(name, token.office, ask)
    approve_key(By(name, None, timezone.now(), " ".join(reason.split())[:500]), token)
    typer.echo(f"key {token.prefix}… ({token.name}): approved by {name}")


def create_user(
    name: Annotated[str, typer.Argument(help="Login name")],
    office: Annotated[str, typer.Option(help="Name of the office; made when new")],
    division: Annotated[str, typer.Option(help="Division code whose subtree the office sees")],
    role: Annotated[str, typer.Option(help="manager, officer, viewer, system-, security- or audit-admin")] = "officer",
    kind: Annotated[str, typer.Option(help="Kind of office, where it is new")] = "",
    uscc: Annotated[str, typer.Option(help="Of a notified unit: its unified social credit code")] = "",
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="The role ends after so many days")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin")] = False,
) -> None:
    """Make a person's account and its role in an office."""
    from django.core.exceptions import ValidationError
    from django.utils import timezone

    from collector.accounts.services import Post, add_user

    password = sys.stdin.readline().rstrip("\n") if password_stdin else getpass.getpass("password: ")
    try:
        ends = timezone.now() + timedelta(days=days) if days else None
        add_user(name, password, Post(office, division, role, _kind(kind), uscc, ends))
    except ValidationError as fault:
        raise CollectorError(f"user {name}: {' '.join(fault.messages)}") from None
    typer.echo(f"user {name}: {role} of {office}", err=True)


def create_users(
    table: Annotated[Path, typer.Argument(help="CSV with the columns name, office, division, role, kind, uscc")],
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin")] = False,
) -> None:
    """Make the accounts of a table, all or none, with one password for all: for demonstrations and training."""
    from django.core.exceptions import ValidationError
    from django.db import transaction

    from collector.accounts.services import Post, add_user

    password = sys.stdin.readline().rstrip("\n") if password_stdin else getpass.getpass("password: ")
    with table.open(encoding="utf-8-sig", newline="") as file, transaction.atomic():
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                kind = _kind(row["kind"])
                add_user(row["name"], password, Post(row["office"], row["division"], row["role"], kind, row["uscc"]))
            except KeyError as fault:
                raise CollectorError(f"{table}:1: has no column {fault}; see --help") from None
            except ValidationError as fault:
                raise CollectorError(f"{table}:{number}: {' '.join(fault.messages)}") from None
            typer.echo(f"user {row['name']}: {row['role']} of {row['office']}", err=True)


def list_sensors() -> None:
    """List the sensors: last delivery and heartbeat, drops, age of signatures, clock, first characters of the token."""
    from django.utils import timezone

    from collector.ingest.services import sensor_overview

    table = Table("sensor", "division", "token", "last delivery", "detections")
    health = Table("sensor", "heartbeat", "drops", "signatures", "clock")
    now = timezone.now()
    for row in sensor_overview():
        last = timezone.localtime(row.last_delivery).strftime("%Y-%m-%d %H:%M:%S") if row.last_delivery else "never"
        table.add_row(Text(row.sensor_id), row.division_code, row.token or "none", last, str(row.detections))
        health.add_row(Text(row.sensor_id), *_health_cells(row.health, now))
    Console().print(table, health)


def _health_cells(health: SensorHealth | None, now: datetime) -> tuple[str, str, str, str]:
    """When the last heartbeat ended, what was lost in it, how old the signatures are, how wrong the clock is."""
    if health is None:
        return "never", "", "", ""
    lost = health.kernel_drops + health.shed
    share = f"{lost} ({lost / (health.packets + lost):.2%})" if lost else "0"
    clock = "not synchronised" if health.clock_error_ms is None else f"± {health.clock_error_ms:.1f} ms"
    ago_s = max(0, round((now - health.t1).total_seconds()))
    return f"{ago_s} s ago", share, f"{health.signature_age_s // 86_400} d", clock


def revoke(
    prefix: Annotated[str, typer.Argument(help="First characters of the token, as lists show them")],
) -> None:
    """End a token for good: a sensor's or an office's."""
    from django.utils import timezone

    from collector.accounts.services import revoke_by_prefix

    token = revoke_by_prefix(prefix, timezone.now())
    typer.echo(f"token {token.prefix}… ({token.name}): revoked")


def _kind(text: str) -> OfficeKind:
    from collector.accounts.choices import OfficeKind

    if text and text not in OfficeKind.values:
        raise CollectorError(f"--kind {text}: there is no such kind; choose one of {', '.join(OfficeKind.values)}")
    return OfficeKind(text or OfficeKind.CYBERSPACE)


def hand_over(issue: Callable[[], str], token_file: Path | None) -> None:
    """Issue a token and give its text away once. The file is opened first: no token is made that could be lost."""
    if token_file is None:
        typer.echo(issue())
        return
    partial = token_file.with_name(token_file.name + ".partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    except OSError as fault:
        raise CollectorError(f"{token_file}: cannot be written: {fault.strerror}; choose another file") from None
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            os.fchmod(descriptor, 0o600)
            file.write(issue() + "\n")
        partial.replace(token_file)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    typer.echo(f"token written to {token_file}", err=True)
