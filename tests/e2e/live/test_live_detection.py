"""Does a live interface tell the same as the file of its packets?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from live_kit import Look, Wire

from sensor.capture import open_capture
from sensor.capture.interface import CaptureMode, InterfaceSource
from sensor.detect.scan import scan
from sensor.engine.api import Frame, PacketSource, Tick
from sensor.engine.portable import PortableEngine
from sensor.model.wire import Detection
from sensor.signature import SignatureSet, load
from sensor.simulate.frames import Row
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import DEFAULT_START_NS, compose

SCENARIOS = ("cryptonote", "stratum-v1")


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load(None)


@dataclass
class Timed:
    """A live source whose frames get the times they were made for, in the order they come."""

    source: InterfaceSource
    rows: list[Row]

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def damage(self) -> str | None:
        return self.source.damage

    def frames(self) -> Iterator[Frame]:
        frames = (item for item in self.source.frames() if not isinstance(item, Tick))
        for (at_ns, _), frame in zip(self.rows, frames, strict=True):
            yield replace(frame, at_ns=at_ns)


def found(source: PacketSource, signatures: SignatureSet) -> tuple[Detection, ...]:
    result = scan(source, PortableEngine(), signatures)
    assert result.damage is None
    return result.detections


@pytest.mark.parametrize("mode", [CaptureMode.RING, CaptureMode.SOCKET], ids=str)
@pytest.mark.parametrize("vlan", [None, 7], ids=["untagged", "vlan"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_same_as_from_the_file(
    wire: Wire,
    look: Look,
    signatures: SignatureSet,
    tmp_path: Path,
    scenario: str,
    vlan: int | None,
    mode: CaptureMode,
) -> None:
    traffic = compose(scenario, 3, DEFAULT_START_NS, duration_s=900.0, vlan=vlan)
    write_pcap(tmp_path / "sent.pcap", traffic.rows)
    with open_capture(tmp_path / "sent.pcap") as capture:
        from_file = found(capture, signatures)
    source = look(mode=mode)
    wire.send(frame for _, frame in traffic.rows)
    source.stop()
    assert found(Timed(source, traffic.rows), signatures) == from_file
    assert [one.dialect for one in from_file] == [scenario]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_same_by_the_times_of_the_kernel(wire: Wire, look: Look, signatures: SignatureSet, scenario: str) -> None:
    traffic = compose(scenario, 3, DEFAULT_START_NS, duration_s=900.0)
    source = look()
    wire.send(frame for _, frame in traffic.rows)
    source.stop()
    (detection,) = found(source, signatures)
    (planted,) = traffic.sessions
    assert (detection.miner.ip, detection.miner.port, detection.pool.ip) == (
        planted.miner_ip,
        planted.miner_port,
        planted.pool_ip,
    )
    assert (detection.dialect, detection.account, detection.shares.submitted) == (
        planted.dialect,
        planted.account,
        planted.shares_submitted,
    )
