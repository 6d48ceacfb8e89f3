"""``minewatch scan``: is there mining in these captures?"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

# Before what imports it in turn: at the end of that chain Python's stack is full, and each call that builds one of its
# models would take another piece and give it back, 5 ms in all.
from sensor.signature import SignatureSet

# isort: split
from sensor.capture import CaptureFile, open_capture
from sensor.cli.options import network, signature_set
from sensor.cli.render.lines import Found, json_line
from sensor.cli.render.progress import Bar, progress
from sensor.detect.scan import ScanResult, scan
from sensor.engine.api import Engine
from sensor.engine.select import choose_engine
from sensor.model.errors import CaptureError, ConfigError
from sensor.model.garbage import made_to_stay

if TYPE_CHECKING:
    from sensor.behaviour.score import Scorer
    from sensor.cli.parallel import Awaited, Scan

FOUND, BROKEN = 1, 2

app = typer.Typer()


class Format(StrEnum):
    """How the result is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    HTML = "html"
    XLSX = "xlsx"


@app.command()
def command(
    captures: Annotated[
        list[str], typer.Argument(help="Capture files (pcap, pcapng; gz and zst too), or - for stdin.")
    ],
    output_format: Annotated[Format, typer.Option("--format", help="How to write the result.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write to this file, not to stdout.")] = None,
    home_net: Annotated[list[str] | None, typer.Option(help="Only miners in this network (CIDR); repeatable.")] = None,
    signatures: Annotated[Path | None, typer.Option(help="Signature folder; the shipped set without it.")] = None,
    behaviour_model: Annotated[
        Path | None, typer.Option(help="Judge flows nobody can read by this model; alone it is never told.")
    ] = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", min=1, help="Captures that are scanned at the same time.")] = 1,
) -> None:
    """Find mining in capture files. Exit status: 0 nothing found, 1 mining found, 2 something could not be read."""
    home_networks = tuple(map(network, home_net or []))
    if output_format is Format.XLSX and output is None:
        raise ConfigError("--format xlsx: a workbook needs a file; add -o FILE.xlsx")
    with made_to_stay():
        run = _Run(choose_engine(os.environ), signature_set(signatures), home_networks, behaviour_model)
    out = _Output(output_format, output)
    with _ahead(run.scan, captures, jobs) as ahead, progress(sum(map(_size, captures))) as bar:
        for result in run.over(captures, ahead, bar):
            out.take(result)
    out.end()
    # The interpreter would look through all there is once more, to free what the end of the process frees anyway.
    gc.freeze()
    raise typer.Exit(BROKEN if run.broken else FOUND if out.claims else 0)


class _Run:
    """Scans captures; one that cannot be read is said and left out."""

    def __init__(
        self, engine: Engine, signatures: SignatureSet, home_networks: tuple[str, ...], model: Path | None
    ) -> None:
        self._engine = engine
        self._scorer = _scorer(model) if model else None
        self._signatures = signatures
        self._home_networks = home_networks
        self.broken = False

    def over(self, captures: list[str], ahead: Mapping[int, Awaited], bar: Bar) -> Iterator[ScanResult]:
        """Results in the order of the captures; of those in ``ahead``, by their places, they are waited for."""
        for place, name in enumerate(captures):
            bar.name(Path(name).name)
            try:
                if place in ahead:
                    result = ahead[place]()
                    bar.advance(_size(name))
                else:
                    source = open_capture(name)
                    result = self._scan(source, _advance(bar, source))
            except CaptureError as fault:
                self._fail(str(fault))
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
        return scan(
            source,
            self._engine,
            self._signatures,
            home_networks=self._home_networks,
            on_progress=on_progress,
            scorer=self._scorer,
        )

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
            self._emit(b"".join(map(json_line, found)))
        else:
            self._found.extend(found)

    def end(self) -> None:
        """Write what is written at the end."""
        if self._format is Format.TABLE:
            self._table()
        elif self._format is not Format.JSON:
            self._emit(_writer(self._format)(self._found))

    def _table(self) -> None:
        told = f"{self.claims} 条挖矿 · mining sessions: {self.claims}, suspected: {len(self._found) - self.claims}"
        stream = self._path.open("a", encoding="utf-8") if self._path else sys.stdout
        if self._found or stream.isatty():
            self._print(told, stream)
        else:
            stream.write(f"{told}\n")
        if self._path:
            stream.close()

    def _print(self, told: str, stream: TextIO) -> None:
        # Imported like the other writers: each costs more than a small capture's scan.
        from rich.console import Console

        from sensor.cli.render.table import as_table

        console = Console(file=stream, width=None if stream.isatty() else 200)
        if self._found:
            console.print(as_table(self._found))
        console.print(told)

    def _emit(self, data: bytes) -> None:
        if self._path is not None:
            _write(self._path, data, "ab")
        else:
            sys.stdout.buffer.write(data)
            sys.stdout.flush()


def _ahead(scan: Scan, captures: list[str], jobs: int) -> AbstractContextManager[Mapping[int, Awaited]]:
    if min(jobs, len(captures)) < 2:
        return nullcontext({})
    # Imported like the writers: most scans have one capture.
    from sensor.cli.parallel import scanned_ahead

    return scanned_ahead(scan, captures, jobs)


def _scorer(model: Path) -> Scorer:
    # Imported like the writers: most scans name no model.
    from sensor.behaviour.score import Scorer
    from sensor.behaviour.shelf import model_in

    return Scorer(model_in(model, None))


def _writer(output_format: Format) -> Callable[[Sequence[Found]], bytes]:
    if output_format is Format.HTML:
        from sensor.cli.render.page import as_html

        return as_html
    if output_format is Format.XLSX:
        from sensor.cli.render.workbook import as_xlsx

        return as_xlsx
    from sensor.cli.render.rows import as_csv

    return as_csv


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


def _advance(bar: Bar, source: CaptureFile) -> Callable[[], None]:
    seen = 0

    def advance() -> None:
        nonlocal seen
        bar.advance(source.position - seen)
        seen = source.position

    return advance
