"""Who else reads captures, how is each one run, and which hosts does it call miners?"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

PLANTED = "10.250.1."
"""What the addresses of the planted miners begin with."""
BRACE_FILTER = "tcp[((tcp[12] & 0xf0) >> 2)] = 0x7b"
LITERALS = ("mining.", '"login"', "eth_submit", '"method"', '"job_id"', "getblocktemplate")
_MINING_FLOW = re.compile(rb"TCP ([0-9.]+):\d+ <?-> ([0-9.]+):\d+ .*\bMining\b")
_ALERT = re.compile(rb"\{TCP\} ([0-9.]+):\d+ -> ([0-9.]+):\d+")
_NFSTREAM = """
import sys, nfstream
for flow in nfstream.NFStreamer(sys.argv[1], n_meters=1):
    if "mining" in flow.application_name.lower():
        print(flow.src_ip, flow.dst_ip)
"""

Command = Callable[[Path, Path], list[str]]
"""The words to run, of a capture and a folder that the program may write to."""
Ends = tuple[str, str]
Claims = Callable[[bytes, Path], set[Ends]]
"""Pairs of addresses called mining, of what the program printed and the folder it wrote to."""


@dataclass(frozen=True)
class Contestant:
    """A program that reads captures."""

    name: str
    command: Command
    env: dict[str, str] = field(default_factory=dict)
    is_slow: bool = False
    """A slow one gets a slice of each capture."""
    claims: Claims | None = None
    """None where the program does not look for miners."""
    telling: Command | None = None
    """How it is run once more, untimed, to tell what it found; None where the timed run tells it."""


def contestants(folder: Path, nfstream_python: str | None) -> Iterator[Contestant]:
    """Those that are installed here. NFStream may live in another Python."""
    yield from _ours()
    if tcpdump := shutil.which("tcpdump"):
        yield Contestant("tcpdump", lambda path, _: [tcpdump, "-nr", str(path), "-w", os.devnull, BRACE_FILTER])
    if ndpi := shutil.which("ndpiReader"):
        yield _ndpi(ndpi)
    if python := nfstream_python or (sys.executable if importlib.util.find_spec("nfstream") else None):
        yield Contestant("nfstream", lambda path, _: [python, "-c", _NFSTREAM, str(path)], {}, True, _words)
    if suricata := shutil.which("suricata"):
        yield _suricata(suricata, folder)


def _ours() -> Iterator[Contestant]:
    scan = [sys.executable, "-c", "from sensor.cli.main import entry; entry()", "scan", "--format", "json"]
    words: Command = lambda path, _: [*scan, str(path)]  # noqa: E731
    if importlib.util.find_spec("sensor.engine._native"):
        yield Contestant("native", words, {"MINEWATCH_ENGINE": "native"}, claims=_detections)
    yield Contestant("portable", words, {"MINEWATCH_ENGINE": "portable"}, is_slow=True, claims=_detections)


def _detections(output: bytes, _: Path) -> set[Ends]:
    rows = [json.loads(line) for line in output.splitlines() if line.strip()]
    return {(row["miner"]["ip"], row["pool"]["ip"]) for row in rows}


def _words(output: bytes, _: Path) -> set[Ends]:
    return {(line.split()[0], line.split()[1]) for line in output.decode().splitlines()}


def _ndpi(program: str) -> Contestant:
    """Its list of flows costs it much, so that it is not timed while it prints one."""
    words: Command = lambda path, _: [program, "-i", str(path), "-q", "-n", "1"]  # noqa: E731
    return Contestant(
        "ndpi",
        words,
        claims=lambda output, _: _ends(_MINING_FLOW, output),
        telling=lambda path, out: [*words(path, out), "-v", "2"],
    )


def _suricata(program: str, folder: Path) -> Contestant:
    rules = folder / "mining.rules"
    rule = 'alert tcp any any -> any any (msg:"mining"; content:"{}"; sid:{};)\n'
    rules.write_text("".join(rule.format(text.replace('"', "|22|"), at) for at, text in enumerate(LITERALS, start=1)))
    fixed = ["-S", str(rules), "-k", "none", "--runmode", "single", "--set", "outputs.1.eve-log.enabled=no"]
    fixed += ["--set", "outputs.7.stats.enabled=no"]
    return Contestant(
        "suricata",
        lambda path, out: [program, *fixed, "-l", str(out), "-r", str(path)],
        claims=lambda _, out: _ends(_ALERT, (out / "fast.log").read_bytes()),
    )


def _ends(pattern: re.Pattern[bytes], text: bytes) -> set[Ends]:
    return {(one.decode(), other.decode()) for one, other in pattern.findall(text)}
