"""``minewatch sensor``: run the sensor that a configuration file describes, or check the file."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sensor.config import load
from sensor.daemon.logs import configure_logs
from sensor.daemon.plan import Plan, describe, prepare
from sensor.daemon.supervisor import Signals, run

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(
    config: Annotated[Path, typer.Option("-c", "--config", help="The sensor.yaml to run.")],
    check: Annotated[bool, typer.Option("--check", help="Check it and all it names, say what it does, end.")] = False,
    retry_refused: Annotated[
        bool, typer.Option("--retry-refused", help="First queue once more what the collector had refused.")
    ] = False,
) -> None:
    """Run the sensor. Ends with status 0 when told to stop, or when all captures are read and delivered."""
    options = load(config)
    plan = prepare(options, os.environ)
    if check:
        _show(plan)
        return
    configure_logs(options.log)
    run(plan, _signals(), retry_refused=retry_refused)


def _show(plan: Plan) -> None:
    table = Table(title="配置可用 configuration is usable", title_justify="left")
    table.add_column("项目 item", no_wrap=True)
    table.add_column("内容 value", overflow="fold")
    for row in describe(plan):
        table.add_row(*row)
    Console().print(table)


def _signals() -> Signals:
    """SIGTERM and SIGINT stop; a second one ends the process at once, which loses nothing either. SIGHUP reloads."""
    asked = Signals()

    def on_stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        asked.stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_stop)
    signal.signal(signal.SIGHUP, lambda number, frame: asked.reload.set())
    return asked
