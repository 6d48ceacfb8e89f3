"""How is the collector kept running and safe? ``worker`` does recurring work; ``backup`` and ``restore``."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

IDLE_S = 5.0


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("worker")(worker)
    app.command("jobs")(list_jobs)
    app.command("backup")(backup)
    app.command("restore")(restore)


def worker(
    once: Annotated[bool, typer.Option("--once", help="Do what is due, then end")] = False,
) -> None:
    """Do recurring work until SIGTERM or SIGINT: attribution, terms, proof of the logs. On PostgreSQL run several."""
    from django.db import close_old_connections
    from django.utils import timezone

    from collector.jobs.queue import run_one
    from collector.works import WORKS, plan

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    while not stopping.is_set():
        close_old_connections()
        plan(timezone.now())
        job = run_one(WORKS, timezone.now)
        if job is not None:
            typer.echo(f"{job.kind}: {job.state} {job.said}")
        elif once:
            return
        else:
            stopping.wait(IDLE_S)


def list_jobs(limit: Annotated[int, typer.Option(min=1, max=1000)] = 20) -> None:
    """List the newest jobs and how they ended."""
    from django.utils import timezone
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from collector.jobs.models import Job

    table = Table("job", "state", "due", "tries", "said")
    for job in Job.objects.order_by("-pk")[:limit]:
        due = timezone.localtime(job.due_at).strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(job.kind, job.state, due, str(job.attempts), Text(job.said))
    Console().print(table)


def backup(target: Annotated[Path, typer.Argument(help="File to write; must not be there yet")]) -> None:
    """Write a consistent copy of the database while the collector works. Keep secret.key and exchange.key with it."""
    from collector.backup import backup as copy

    typer.echo(f"{target}  {copy(target)} bytes")


def restore(source: Annotated[Path, typer.Argument(help="A backup")]) -> None:
    """Bring a backup back into an empty database; then run migrate and verify."""
    from collector.backup import restore as load

    load(source)
    typer.echo("restored; now: minewatch collector migrate, then verify", err=True)
