"""``minewatch doctor``: what is wrong on this host, and how is it mended? Exit 0 all well, 1 warnings, 2 a stop."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sensor.cli.doctor.delivery import look_at_collector, look_at_signatures, look_at_spool
from sensor.cli.doctor.finding import Finding, Level
from sensor.cli.doctor.host import look_at_host
from sensor.cli.doctor.interfaces import look_at_interface
from sensor.config import SensorOptions, load

app = typer.Typer(add_completion=False, rich_markup_mode=None)
_WORDS = {
    Level.WELL: ("正常 ok", "green"),
    Level.WARNING: ("注意 warning", "yellow"),
    Level.STOP: ("阻断 stop", "bold red"),
}


@app.command()
def command(
    config: Annotated[Path | None, typer.Option("-c", "--config", help="The sensor.yaml to look at it for.")] = None,
) -> None:
    """Look at this host for the sensor of a configuration, or for any. Exit 0 all well, 1 warnings, 2 a stop."""
    findings = list(examine(load(config) if config else None))
    Console().print(_table(findings))
    worst = max(finding.level for finding in findings)
    if worst:
        raise typer.Exit(worst.value)


def examine(options: SensorOptions | None) -> Iterator[Finding]:
    """Every finding; nothing is changed on the host and nothing is delivered."""
    yield from look_at_host(options, os.environ)
    yield from look_at_signatures(options.signatures if options else None, time.time_ns())
    if options is None:
        return
    for source in options.sources:
        if source.interface:
            yield from look_at_interface(source.interface)
    if options.uplink:
        yield from look_at_spool(options)
        yield from look_at_collector(options.uplink, options.sensor.id, os.environ)


def _table(findings: list[Finding]) -> Table:
    table = Table(title="探针体检 minewatch doctor", title_justify="left")
    table.add_column("项目 item")
    table.add_column("结论 result", no_wrap=True)
    table.add_column("所见 found", overflow="fold")
    table.add_column("处理 how to mend", overflow="fold")
    for finding in findings:
        word, style = _WORDS[finding.level]
        mend = "\n".join(dict.fromkeys(text for text in finding.mend if text))
        # Text, not str: what a system or a collector says must not be read as markup.
        table.add_row(" ".join(finding.what), Text(word, style), Text(finding.found), Text(mend))
    return table
