"""Are whole streams of real captures the ones that tshark puts together?"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from sensor.capture import open_capture
from sensor.engine.api import AddressEntry, Candidate, Program, StreamChunk
from sensor.engine.portable import PortableEngine
from sensor.model.flow import Direction

EVERYTHING = (AddressEntry("0.0.0.0/0"), AddressEntry("::/0"))
PROGRAM = Program("all", (), frozenset(), frozenset(), EVERYTHING)
Ends = tuple[str, str]
Streams = dict[Ends, tuple[bytes, bytes]]


@pytest.fixture(scope="module")
def tshark() -> str:
    found = shutil.which("tshark")
    if found is None and os.environ.get("CI") != "true":
        pytest.skip("tshark is not installed")
    assert found, "tshark is not installed, and CI needs it"
    return found


@pytest.mark.parametrize(
    ("name", "at_least"),
    [
        ("mining/nDPI__mining.pcapng", 3),
        ("mining/nDPI-history__ethereum-2018.pcap", 1),
        ("mining/jsiwek__bitcoin-mining.pcap", 10),
        ("mining/jsiwek__bitcoin-mining-in-progress.pcap", 1),
        ("mining/jsiwek__coinhive-stratum.pcap", 10),
        ("mining/jsiwek__coinhive.pcap", 10),
        ("benign/nDPI__1kxun.pcap", 10),
        ("benign/zeek__irc-basic.pcap", 1),
    ],
)
def test_streams_are_those_of_tshark(shared: Path, tshark: str, name: str, at_least: int) -> None:
    file = shared / "captures" / name
    ours = _by_engine(file)
    assert len(ours) >= at_least
    assert ours == _by_tshark(tshark, file, list(ours))


def _by_engine(file: Path) -> Streams:
    """Streams by (orig, resp) of the TCP flows with payload and without a gap whose endpoints are used once."""
    found: dict[int, tuple[Ends, bytearray, bytearray]] = {}
    cut: set[int] = set()
    with open_capture(file) as source:
        session = PortableEngine().open(PROGRAM, source)
        while (events := session.read()) is not None:
            for event in events:
                if isinstance(event, Candidate) and event.five_tuple.l4 == "tcp":
                    ends = str(event.five_tuple.orig), str(event.five_tuple.resp)
                    found[event.flow_id] = ends, bytearray(), bytearray()
                elif isinstance(event, StreamChunk):
                    found[event.flow_id][1 + event.direction].extend(event.data)
                    cut |= {event.flow_id} if event.gap else set()
    used = Counter(frozenset(ends) for ends, _, _ in found.values())
    whole = [row for flow_id, row in found.items() if flow_id not in cut and used[frozenset(row[0])] == 1]
    return {ends: (bytes(up), bytes(down)) for ends, up, down in whole if up or down}


def _by_tshark(tshark: str, file: Path, wanted: list[Ends]) -> Streams:
    follow = [part for ends in wanted for part in ("-z", f"follow,tcp,raw,{ends[0]},{ends[1]}")]
    run = subprocess.run([tshark, "-q", "-r", file, *follow], capture_output=True, text=True, check=True)
    found: Streams = {}
    for section in run.stdout.split("Follow: tcp,raw\n")[1:]:
        _, first, second, *lines = section.split("\n")
        ends = first.partition(": ")[2], second.partition(": ")[2]
        sides = b"", b""
        for line in lines:
            if line.startswith("="):
                break
            side = Direction.RESP if line.startswith("\t") else Direction.ORIG
            grown = sides[side] + bytes.fromhex(line.strip())
            sides = (sides[0], grown) if side else (grown, sides[1])
        # tshark puts the client first, this engine the sender of the first packet.
        found[ends if ends in wanted else ends[::-1]] = sides if ends in wanted else sides[::-1]
    return found
