"""Is the same said of a session whether it has the wire to itself or other packets drive the clock?"""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from sensor.capture import open_capture
from sensor.detect.pipeline import DetectOptions, Pipeline, build_program
from sensor.detect.run import statements
from sensor.engine.api import Limits
from sensor.engine.select import choose_engine
from sensor.model.flow import Endpoint
from sensor.model.wire import Detection, SensorRef, State
from sensor.signature import SignatureSet, load
from sensor.simulate.cast import CASTS
from sensor.simulate.frames import Row
from sensor.simulate.pcap import write_pcap
from sensor.simulate.session import TcpSession
from sensor.simulate.talks.base import play

NS = 1_000_000_000
START_NS = 1_794_931_200 * NS
MINED_S = 700.0
IDLE_S = 120.0
LIMITS = Limits(idle_timeout_s=100.0, active_timeout_s=130.0)
MINER = "192.0.2.10"


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def connection(number: int, start_ns: int) -> list[Row]:
    """A miner's connection that ends without a word, as when the link is cut."""
    cast, rng = CASTS["stratum-v1"], random.Random(number)
    session = TcpSession(Endpoint(MINER, 50_000 + number), Endpoint("198.51.100.7", 3333), start_ns, rng)
    rig = replace(cast.rig, share_gap_s=5.0)
    play(cast.maker(session, rig, rng, cast.host), session, start_ns + round(MINED_S * NS))
    cut_ns = start_ns + round(MINED_S * NS)
    return [row for row in session.rows() if row[0] < cut_ns]


def others(duration_s: float) -> list[Row]:
    """Two hosts that have something to say every three seconds."""
    session = TcpSession(Endpoint("192.0.2.99", 40_000), Endpoint("198.51.100.99", 9000), START_NS, random.Random(0))
    for _ in range(int(duration_s / 3)):
        session.wait(3.0)
        session.client_sends(b"PING\r\n")
    return list(session.rows())


def closed(rows: list[Row], engine: str, signatures: SignatureSet, folder: Path) -> list[Detection]:
    """The last statements of the miner's sessions."""
    write_pcap(folder / "wire.pcap", sorted(rows, key=lambda row: row[0]))
    options = DetectOptions(session_idle_s=IDLE_S, update_interval_s=300.0)
    pipeline = Pipeline(signatures, sensor=SensorRef(id="s"), options=options, limits=LIMITS)
    chosen = choose_engine({"MINEWATCH_ENGINE": engine})
    session = chosen.open(build_program(signatures, LIMITS), open_capture(folder / "wire.pcap"))
    said = [one for batch in statements(session, pipeline) for one in batch]
    return [one for one in said if one.state is State.CLOSED and one.miner.ip == MINER]


@pytest.mark.parametrize("engine", ["auto", "portable"])
@pytest.mark.parametrize(
    ("rest_s", "sessions"),
    [
        pytest.param(30.0, 1, id="a reconnect while the old connection is still open"),
        pytest.param(110.0, 1, id="after it was given up"),
        pytest.param(125.0, 2, id="just over the session's idle time, before the sweep"),
        pytest.param(131.0, 2, id="about when the sweep comes"),
        pytest.param(500.0, 2, id="long after"),
    ],
)
def test_a_session_is_the_same_alone_and_on_a_busy_wire(
    rest_s: float, sessions: int, engine: str, signatures: SignatureSet, tmp_path: Path
) -> None:
    first = connection(1, START_NS)
    rows = first + connection(2, first[-1][0] + round(rest_s * NS))
    alone = closed(rows, engine, signatures, tmp_path)
    busy = closed(rows + others(2 * MINED_S + rest_s + 400.0), engine, signatures, tmp_path)
    assert len(alone) == sessions
    assert all(one.hashrate for one in alone)
    assert busy == alone
