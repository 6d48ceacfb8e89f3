"""``minewatch scan``: is there mining in these captures?"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from sensor.capture import CaptureFile, open_capture
from sensor.cli.options import network
from sensor.cli.parallel import scanned_ahead
from sensor.cli.render import files
from sensor.cli.render.files import Found
from sensor.cli.render.table import as_table
from sensor.detect.run import settle
from sensor.detect.scan import ScanResult, scan
from sensor.engine.api import Engine
from sensor.engine.select import choose_engine
from sensor.model.errors import CaptureError, ConfigError
from sensor.signature import SignatureSet, load

FOUND, BROKEN = 1, 2

app = typer.Typer()


class Format(StrEnum):
    """How the result is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    HTML = "html"
    XLSX = "xlsx"


WRITERS = {Format.CSV: files.as_csv, Format.HTML: files.as_html, Format.XLSX: files.as_xlsx}


@app.command()
def command(
    captures: Annotated[
        list[str], typer.Argument(help="Capture files (pcap, pcapng; gz and zst too), or - for stdin.")
    ],
    output_format: Annotated[Format, typer.Option("--format", help="How to write the result.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write to this file, not to stdout.")] = None,
    home_net: Annotated[list[str] | None, typer.Option(help="Only miners in this network (CIDR); repeatable.")] = None,
    signatures: Annotated[Path | None, typer.Option(help="Signature folder; the shipped set without it.")] = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=1, help="Captures that are scanned at the same time.")] = 1,
) -> None:
    """Find mining in capture files. Exit status: 0 nothing found, 1 mining found, 2 something could not be read."""
    home_networks = tuple(map(network, home_net or []))
    if output_format is Format.XLSX and output is None:
        raise ConfigError("--format xlsx: a workbook needs a file; add -o FILE.xlsx")
    run = _Run(choose_engine(os.environ), load(signatures), home_networks)
    out = _Output(output_format, output)
    settle()
    with scanned_ahead(run.scan, captures, jobs) as ahead, _progress() as progress:
        for result in run.over(captures, ahead, progress):
            out.take(result)
    out.end()
    raise typer.Exit(BROKEN if run.broken else FOUND if out.claims else 0)


class _Run:
    """Scans captures; one that cannot be read is said and left out."""

    def __init__(self, engine: Engine, signatures: SignatureSet, home_networks: tuple[str, ...]) -> None:
        self._engine = engine
        self._signatures = signatures
        self._home_networks = home_networks
        self.broken = False

    def over(
        self, captures: list[str], ahead: Mapping[int, Future[ScanResult]], progress: Progress
    ) -> Iterator[ScanResult]:
        """Results in the order of the captures; of those in ``ahead``, by their places, they are waited for."""
        whole = progress.add_task("", total=sum(map(_size, captures)) or None)
        for place, name in enumerate(captures):
            progress.update(whole, description=Path(name).name)
            try:
                if place in ahead:
                    result = ahead[place].result()
                    progress.advance(whole, _size(name))
                else:
                    source = open_capture(name)
                    result = self._scan(source, _advance(progress, whole, source))
            except CaptureError as fault:
                self._fail(str(fault))
                continue
            except BrokenProcessPool:
                self._fail(f"{name}: the process that scanned it was ended from outside; try again with fewer --jobs")
                continue
            if result.damage:
                self._say(f"warning: {name}: {result.damage}; what came before was read")
            yield result

    def scan(self, name: str) -> ScanResult:
        """One capture's result. Raises :class:`~sensor.model.errors.CaptureError` where it cannot be read."""
        return self._scan(open_capture(name), lambda: None)

    def _fail(self, message: str) -> None:
        self._say(f"error: {message}")
        self.broken = True

    def _scan(self, source: CaptureFile, on_progress: Callable[[], None]) -> ScanResult:
        return scan(source, self._engine, self._signatures, home_networks=self._home_networks, on_progress=on_progress)

    @staticmethod
    def _say(message: str) -> None:
        sys.stderr.write(f"minewatch: {message}\n")


class _Output:
    """Collects results and writes them: JSON lines as they come, the other formats at the end."""

    def __init__(self, output_format: Format, path: Path | None) -> None:
        self._format = output_format
        self._path = path
        self._found: list[Found] = []
        self.claims = 0
        if path is not None:
            _write(path, b"", "wb")

    def take(self, result: ScanResult) -> None:
        """Take in one capture's result."""
        found = [(result.capture, detection) for detection in result.detections]
        self.claims += sum(detection.verdict.is_claim for _, detection in found)
        if self._format is Format.JSON:
            self._emit(b"".join(map(files.json_line, found)))
        else:
            self._found.extend(found)

    def end(self) -> None:
        """Write what is written at the end."""
        if self._format in WRITERS:
            self._emit(WRITERS[self._format](self._found))
        elif self._format is Format.TABLE:
            self._table()

    def _table(self) -> None:
        stream = self._path.open("a", encoding="utf-8") if self._path else sys.stdout
        console = Console(file=stream, width=200 if self._path or not sys.stdout.isatty() else None)
        if self._found:
            console.print(as_table(self._found))
        console.print(
            f"{self.claims} 条挖矿 · mining sessions: {self.claims}, suspected: {len(self._found) - self.claims}"
        )
        if self._path:
            stream.close()

    def _emit(self, data: bytes) -> None:
        if self._path is not None:
            _write(self._path, data, "ab")
        else:
            sys.stdout.buffer.write(data)
            sys.stdout.flush()


def _write(path: Path, data: bytes, mode: str) -> None:
    try:
        with path.open(mode) as stream:
            stream.write(data)
    except OSError as fault:
        raise ConfigError(f"-o {path}: cannot be written ({fault.strerror}); choose another file") from fault


def _size(name: str) -> int:
    try:
        return Path(name).stat().st_size
    except OSError:
        return 0


@contextmanager
def _progress() -> Iterator[Progress]:
    """A progress bar on stderr; nothing where stderr is not a terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield progress


def _advance(progress: Progress, task: object, source: CaptureFile) -> Callable[[], None]:
    seen = 0

    def advance() -> None:
        nonlocal seen
        progress.advance(task, source.position - seen)  # type: ignore[arg-type]
        seen = source.position

    return advance
