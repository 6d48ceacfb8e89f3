"""``minewatch explain``: why is this flow called mining, or why not?"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sensor.capture import open_capture
from sensor.capture.files import STDIN
from sensor.cli.explain.output import as_json, as_page, as_text, print_sections
from sensor.cli.explain.view import sections
from sensor.cli.options import signature_set
from sensor.cli.render.columns import endpoint
from sensor.detect.scan import scan
from sensor.engine.api import Engine
from sensor.engine.select import choose_engine
from sensor.explain.pick import FlowPick, flow_of, flows_of
from sensor.explain.run import Explanation, explain
from sensor.model.bilingual import Lang, lang_of
from sensor.model.errors import CaptureError, ConfigError
from sensor.model.wire import Detection
from sensor.signature import SignatureSet

MAX_LISTED = 12
PIPE_WIDTH = 160

app = typer.Typer()


class Format(StrEnum):
    """How the explanation is written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


class Tongue(StrEnum):
    """Language of the explanation."""

    ZH = "zh"
    EN = "en"


@app.command()
def command(
    capture: Annotated[str, typer.Argument(help="Capture file (pcap, pcapng; gz and zst too), or - for stdin.")],
    flow: Annotated[str | None, typer.Option(help="The flow, as A:port-B:port; IPv6 in brackets.")] = None,
    detection: Annotated[str | None, typer.Option(help="The detection_id of a scan, or its beginning.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for the evidence files and the explanation.")
    ] = None,
    output_format: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TEXT,
    lang: Annotated[Tongue | None, typer.Option(help="Language; that of the locale without it.")] = None,
    messages: Annotated[int, typer.Option(min=1, help="Messages shown in the timeline (text and html).")] = 40,
    signatures: Annotated[Path | None, typer.Option(help="Signature folder; the shipped set without it.")] = None,
) -> None:
    """Explain one flow: messages, evidence, verdict, the estimate's arithmetic, an evidence pcap, tshark's opinion.

    Exit status: 0 explained, 2 something could not be read.
    """
    engine, rules = choose_engine(os.environ), signature_set(signatures)
    pick = flow_of(flow) if flow else _pick(capture, detection, engine, rules)
    with _folder(output) as folder, open_capture(capture) as source:
        told = explain(source, pick, engine, rules, folder)
        if not told.packets:
            raise CaptureError(f"{capture}: no packet between {_ends(pick)}; look with minewatch scan {capture}")
        _write(told, output, output_format, Lang(lang or lang_of(os.environ)), messages, flow_only=bool(flow))


def _pick(capture: str, wanted: str | None, engine: Engine, signatures: SignatureSet) -> FlowPick:
    """The flows of the one session that is meant. Reads the capture a first time."""
    if capture == STDIN:
        raise ConfigError("-: standard input can be read only once; choose the flow with --flow A:port-B:port")
    found = scan(open_capture(capture), engine, signatures).detections
    meant = [one for one in found if wanted is None or one.detection_id.startswith(wanted.lower())]
    if len(meant) == 1:
        return flows_of(meant[0])
    if not meant:
        what = f"no detection {wanted}" if wanted else "no mining session"
        raise CaptureError(f"{capture}: {what}; choose a flow with --flow A:port-B:port")
    raise ConfigError(f"{capture}: {len(meant)} sessions; choose one with --detection ID or --flow:\n{_listed(meant)}")


def _listed(found: list[Detection]) -> str:
    lines = [
        f"  {one.detection_id[:12]}  {one.verdict.value}  {endpoint(one.miner.ip, one.miner.port)}"
        f"-{endpoint(one.pool.ip, one.pool.port)}  {one.dialect or ''}"
        for one in found[:MAX_LISTED]
    ]
    return "\n".join(lines + ([f"  … {len(found) - MAX_LISTED} more"] if len(found) > MAX_LISTED else []))


def _ends(pick: FlowPick) -> str:
    one, other = pick.pairs[0]
    return f"{one} and {other}"


@contextmanager
def _folder(output: Path | None) -> Iterator[Path]:
    """Where evidence files go: the folder asked for, or one that is gone afterwards."""
    if output is None:
        with tempfile.TemporaryDirectory(prefix="minewatch-") as folder:
            yield Path(folder)
        return
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise ConfigError(f"-o {output}: no folder can be made there ({fault.strerror}); choose another") from fault
    yield output


def _write(
    told: Explanation, folder: Path | None, output_format: Format, lang: Lang, messages: int, *, flow_only: bool
) -> None:
    parts = sections(told, lang, max_messages=messages, flow_only=flow_only)
    if output_format is Format.TEXT:
        width = None if sys.stdout.isatty() else PIPE_WIDTH
        print_sections(parts, Console(file=sys.stdout, width=width))
        data, suffix = as_text(parts), "txt"
    else:
        data = as_json(told) if output_format is Format.JSON else as_page(parts, lang)
        suffix = output_format.value
    if folder is None:
        if output_format is not Format.TEXT:
            sys.stdout.buffer.write(data)
            sys.stdout.flush()
        return
    path = folder / f"explanation.{suffix}"
    try:
        path.write_bytes(data)
    except OSError as fault:
        raise ConfigError(f"-o {path}: cannot be written ({fault.strerror}); choose another folder") from fault
