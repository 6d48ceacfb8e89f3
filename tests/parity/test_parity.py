"""Does the native engine say of every real capture what the portable one says?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from parity_kit import account

from sensor.capture import open_capture
from sensor.engine.api import AddressEntry, Engine, Limits, Program
from sensor.engine.portable import PortableEngine
from sensor.model.errors import CaptureError
from sensor.signature import load

FOLDERS = ("mining", "tunnels", "malformed", "encrypted-flows", "hashrate", "benign")
COMMON = (b"HTTP/1.", b"Host: ", b"User-Agent", b"220 ", b"SSH-2.0", b"EHLO", b"BitTorrent", b"\x16\x03\x01\x00")
"""Anchors of ordinary traffic: many more flows are candidates than mining makes."""


def _mining() -> Program:
    signatures = load()
    names = signatures.name_suffixes, signatures.names
    return Program("mining", signatures.anchors, *names, (), shapes=signatures.shapes)


def _common() -> Program:
    suffixes = frozenset({"com", "google.com", "net", "local", "org", "cn"})
    networks = ("10.0.0.0/8", "192.168.1.0/24", "8.8.8.8/32", "2a00::/12", "fe80::/10", "172.16.0.0/12")
    addresses = tuple(AddressEntry(network) for network in networks[3:])
    ported = (AddressEntry(networks[0], frozenset({80, 443})), AddressEntry(networks[2]))
    return Program("common", COMMON, suffixes, frozenset({"www.example.com"}), addresses + ported)


def _tight() -> Program:
    flows = Limits(head_bytes=300, max_followed=3, max_gap_bytes=3000, idle_timeout_s=20, active_timeout_s=7)
    limits = replace(
        flows, max_quic_per_s=4, max_quic_named_per_s=1, max_quic_hellos=1, max_quic_bytes=1500, quic_timeout_s=0.05
    )
    shapes = ((64, 234), (100, 200), (1, 1), (20, 20), (21, 100))
    return Program("tight", COMMON, frozenset({"com"}), frozenset(), (), limits, shapes)


PROGRAMS = {"mining": _mining, "common": _common, "tight": _tight}


@pytest.fixture(scope="module", params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> Program:
    return PROGRAMS[request.param]()


@pytest.mark.parametrize("folder", FOLDERS)
def test_same_answers(shared: Path, native: Callable[[], Engine], program: Program, folder: str) -> None:
    captures = [path for path in sorted((shared / "captures" / folder).rglob("*")) if path.is_file()]
    if not captures:
        pytest.skip(f"no captures in {folder}")
    differing = [found for path in captures if (found := _difference(path, native(), program))]
    assert not differing, f"{len(differing)} of {len(captures)}:\n" + "\n".join(differing)


def _difference(path: Path, native: Engine, program: Program) -> str | None:
    try:
        ours = account(native, program, open_capture(path))
        reference = account(PortableEngine(), program, open_capture(path))
    except CaptureError:
        return None
    for name in ("candidates", "streams", "ends", "named", "counters"):
        if getattr(ours, name) != getattr(reference, name):
            return f"{path.name}: {name}"
    if (ours.damage is None) != (reference.damage is None):
        return f"{path.name}: damage: {ours.damage!r}, not {reference.damage!r}"
    return None
