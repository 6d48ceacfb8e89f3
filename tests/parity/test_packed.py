"""Is a packed capture read as the plain one is, also where the packing breaks off?"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from parity_kit import account

from sensor.capture import open_capture
from sensor.engine.api import Engine, Program
from sensor.engine.portable import PortableEngine

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PROGRAM = Program("packed", (b'"mining.', b'"login"', b"Host: "), frozenset({"com"}), frozenset(), ())
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "gzip-members": lambda data: gzip.compress(data[:999]) + gzip.compress(data[999:]),
    "gzip-cut": lambda data: gzip.compress(data)[:-2000],
    "zstd": zstd.compress,
    "zstd-cut": lambda data: zstd.compress(data)[:-500],
    "plain-cut": lambda data: data[:-33],
    "empty": lambda data: b"",
}


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("name", ["nDPI__mining.pcapng", "jsiwek__bitcoin-mining.pcap"])
def test_packed(shared: Path, native: Callable[[], Engine], tmp_path: Path, name: str, packing: str) -> None:
    path = tmp_path / name
    path.write_bytes(PACKINGS[packing]((shared / "captures" / "mining" / name).read_bytes()))
    ours = account(native(), PROGRAM, open_capture(path))
    reference = account(PortableEngine(), PROGRAM, open_capture(path))
    is_damaged = packing.endswith("cut") or packing == "empty"
    assert (ours.damage is not None, reference.damage is not None) == (is_damaged, is_damaged)
    assert (ours.candidates, ours.streams) == (reference.candidates, reference.streams)
