"""``minewatch audit``: which machine of ours mines, and what could not be seen?"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sensor.audit.assets import AssetTable, read_assets
from sensor.audit.run import AuditReport, audit
from sensor.audit.source import Captures, Milestones, TimedInterface, Watched
from sensor.audit.told import audit_told, is_told, read_told
from sensor.capture.interface import InterfaceOptions, InterfaceSource, open_interface
from sensor.cli.audit import view
from sensor.cli.audit.document import as_document
from sensor.cli.audit.page import as_page
from sensor.cli.audit.workbook import as_workbook
from sensor.cli.options import network, signature_set
from sensor.cli.render.columns import pool_text
from sensor.engine.api import PacketSource
from sensor.engine.select import choose_engine
from sensor.model.bilingual import Lang
from sensor.model.errors import ConfigError
from sensor.model.evidence import VERDICT_WORDS
from sensor.signature import SignatureSet

FOUND, BROKEN = 1, 2
WRITERS = {".html": as_page, ".htm": as_page, ".xlsx": as_workbook, ".json": as_document}
MAX_SAID_FAULTS = 20
_ENDING = (signal.SIGINT, signal.SIGTERM)

app = typer.Typer()


@app.command()
def command(
    output: Annotated[
        list[Path], typer.Option("-o", "--output", help="Report to write: .html, .xlsx or .json; repeatable.")
    ],
    captures: Annotated[
        list[str] | None,
        typer.Argument(help="Captures (pcap, pcapng; gz and zst too; - is stdin), or what a sensor told (.jsonl)."),
    ] = None,
    interface: Annotated[str | None, typer.Option("-i", "--interface", help="Look at this interface instead.")] = None,
    seconds: Annotated[float, typer.Option(min=1, help="How long to look at the interface.")] = 600,
    assets: Annotated[Path | None, typer.Option(help="Asset table (CSV): machine, rack, owner by IP or MAC.")] = None,
    home_net: Annotated[list[str] | None, typer.Option(help="Only miners in this network (CIDR); repeatable.")] = None,
    unit: Annotated[str, typer.Option(help="Name of the unit, for the head of the report.")] = "",
    lang: Annotated[Lang, typer.Option(help="Language of the report.")] = Lang.BOTH,
    signatures: Annotated[Path | None, typer.Option(help="Signature folder; the shipped set without it.")] = None,
    progress: Annotated[bool, typer.Option("--progress", help="Say on stderr how many percent are read.")] = False,
) -> None:
    """Join what mines with an asset table. Exit status: 0 nothing found, 1 mining found, 2 something was not read."""
    if bool(captures) == bool(interface):
        raise ConfigError("give either capture files, or an interface with -i")
    writers = [(path, _writer(path)) for path in output]
    table = _table(assets)
    homes = tuple(map(network, home_net or []))
    rules = signature_set(signatures)
    if captures and any(map(is_told, captures)):
        report = _of_told(captures, table, rules, homes)
    else:
        report = _of_packets(captures or [], interface, seconds, table, rules, homes, is_told=progress)
    for path, writer in writers:
        _write(path, writer(report, lang, unit))
    _say(report, lang, [path for path, _ in writers])
    raise typer.Exit(BROKEN if report.damage else FOUND if report.claims else 0)


def _of_told(
    names: Sequence[str], table: AssetTable | None, rules: SignatureSet, homes: tuple[str, ...]
) -> AuditReport:
    """What sensors told already: no packet is read."""
    if not all(map(is_told, names)):
        raise ConfigError("captures and .jsonl files together: audit them one after the other")
    return audit_told(read_told(names), names, table, rules, made_at=datetime.now(UTC), home_networks=homes)


def _of_packets(
    captures: Sequence[str],
    interface: str | None,
    seconds: float,
    table: AssetTable | None,
    rules: SignatureSet,
    homes: tuple[str, ...],
    *,
    is_told: bool,
) -> AuditReport:
    with ExitStack() as stack:
        source, live = _source(stack, captures, interface, seconds, is_told=is_told)
        return audit(
            source,
            captures or [source.name],
            table,
            choose_engine(os.environ),
            rules,
            made_at=datetime.now(UTC),
            home_networks=homes,
            live=None if live is None else lambda: live.counters,
        )


def _source(
    stack: ExitStack, captures: Sequence[str], interface: str | None, seconds: float, *, is_told: bool
) -> tuple[PacketSource, InterfaceSource | None]:
    """What is read, closed with ``stack``; an interface also ends early on SIGINT and SIGTERM."""
    if interface is None:
        files = Captures(captures)
        stack.callback(files.close)
        return Watched(files, (Milestones(lambda: files.share_read, _tell).look,)) if is_told else files, None
    # Held back until somebody takes them: a signal while the ring is opened ends the look as well.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        live = stack.enter_context(open_interface(InterfaceOptions(interface=interface)))
        stack.enter_context(_stopping(live.stop))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return TimedInterface(live, seconds, time.monotonic_ns), live


def _tell(percent: int) -> None:
    sys.stderr.write(f"progress {percent}\n")
    sys.stderr.flush()


@contextmanager
def _stopping(stop: Callable[[], None]) -> Iterator[None]:
    """A signal ends the look early; the report is written all the same."""

    def end(_number: int, _frame: FrameType | None) -> None:
        stop()

    before = {number: signal.signal(number, end) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _table(path: Path | None) -> AssetTable | None:
    if path is None:
        return None
    table = read_assets(path)
    for fault in table.faults[:MAX_SAID_FAULTS]:
        sys.stderr.write(f"minewatch: warning: {fault}\n")
    more = len(table.faults) + table.more_faults - MAX_SAID_FAULTS
    if more > 0:
        sys.stderr.write(f"minewatch: warning: {table.file}: {more} more faults; the report lists them\n")
    return table


def _writer(path: Path) -> Callable[[AuditReport, Lang, str], bytes]:
    """By the name's end. The file is made now: an hour of looking must not end at a folder that is not there."""
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise ConfigError(f"-o {path}: what kind of report? end the name in .html, .xlsx or .json")
    _write(path, b"")
    return writer


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as fault:
        raise ConfigError(f"-o {path}: cannot be written ({fault.strerror}); choose another file") from fault


def _say(report: AuditReport, lang: Lang, paths: list[Path]) -> None:
    if report.damage:
        sys.stderr.write(f"minewatch: warning: {report.damage}; what came before was read\n")
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(Text(view.conclusion(report).told(lang)))
    if report.findings:
        console.print(_summary(report, lang))
    console.print(Text(" ".join(str(path) for path in paths)), soft_wrap=True)


def _summary(report: AuditReport, lang: Lang) -> Table:
    table = Table(show_edge=False, pad_edge=False, show_header=False)
    for _ in range(5):
        table.add_column(overflow="fold")
    for finding in (*report.claims, *report.leads):
        cells = (
            VERDICT_WORDS[finding.detection.verdict].told(lang),
            view.machine(finding, lang).replace("\n", " "),
            finding.place.asset.rack if finding.place.asset else "",
            finding.place.ip,
            pool_text(finding.detection),
        )
        table.add_row(*(Text("".join(char if char.isprintable() else "?" for char in cell)) for cell in cells))
    return table
