"""Is everything that packets may call for loaded by then? A worker without privileges may not read a library."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from quic_kit import crypto, named, protect
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from tls_kit import LOCALHOST, V12, certificate, handshake

from sensor.engine.select import VARIABLE
from sensor.model.flow import Direction, Endpoint
from sensor.simulate.frames import Row
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import build
from sensor.simulate.session import SessionOptions, TcpSession

START_NS = 1_790_000_000 * 10**9
PLAYED = (
    "cryptonote", "eth-proxy", "ethereumstratum-1", "ethereumstratum-2", "zip-301", "getwork", "browser-miner", "kaspa",
    "nimiq", "conflux", "stratum-v2-noise", "btcagent", "alephium-node", "xmrig-proxy", "dns-noise", "web",
)  # fmt: skip
CHILD = """
import os
import sys
from sensor.capture import open_capture
from sensor.detect.pipeline import Pipeline, build_program
from sensor.detect.run import statements
from sensor.detect.warm import warm_up
from sensor.engine.select import choose_engine
from sensor.model.wire import SensorRef
from sensor.signature import load

signatures = load()
warm_up()
engine, sensor, program = choose_engine(os.environ), SensorRef(id="s"), build_program(signatures)
opened = [(engine.open(program, open_capture(path)), Pipeline(signatures, sensor=sensor)) for path in sys.argv[1:]]
before = set(sys.modules)
for session, pipeline in opened:
    for said in statements(session, pipeline):
        [one.to_json() for one in said]
print(" ".join(sorted(set(sys.modules) - before)))
"""


def _captures(folder: Path) -> Iterator[Path]:
    for name in PLAYED:
        yield _written(folder / f"{name}.pcap", build(name, duration_s=30))
    yield _written(folder / "quic.pcap", [(START_NS, _quic())])
    yield _written(folder / "certificate.pcap", _certificate(folder))


def _written(path: Path, rows: Iterator[Row] | list[Row]) -> Path:
    write_pcap(path, rows)
    return path


def _quic() -> bytes:
    frame = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(src="192.0.2.10", dst="198.51.100.7")
    return bytes(frame / UDP(sport=50_000, dport=443) / protect(crypto(0, named(b"supportxmr.com"))))


def _certificate(folder: Path) -> Iterator[Row]:
    ends = Endpoint("192.0.2.10", 40_000), Endpoint("198.51.100.7", 4443)
    session = TcpSession(*ends, START_NS, random.Random(3), SessionOptions())
    for way, data in handshake(certificate(LOCALHOST, 1, 3650), None, V12, folder):
        (session.client_sends if way is Direction.ORIG else session.server_sends)(data)
    session.close()
    return session.rows()


@pytest.mark.parametrize("engine", ["auto", "portable"])
def test_packets_load_nothing(engine: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHILD, *map(str, _captures(tmp_path))]
    env = {**os.environ, VARIABLE: engine}
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=env).stdout.split()
    assert loaded == []
