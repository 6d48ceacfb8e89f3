"""Does a sensor that takes a new signature set lose a packet, double a detection, or forget an open session?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sensor.capture import open_capture
from sensor.detect.pipeline import DetectOptions, Pipeline, build_program
from sensor.engine.api import Engine, EngineSession, Limits, Program
from sensor.engine.select import VARIABLE, choose_engine
from sensor.model.errors import EngineError
from sensor.model.wire import Detection, SensorRef
from sensor.signature import SignatureSet, load
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import compose

BLIND = Program("0" * 64, (b"never-said-by-anyone",), frozenset(), frozenset(), ())


@pytest.fixture(params=["portable", "native"])
def engine(request: pytest.FixtureRequest) -> Engine:
    try:
        return choose_engine({VARIABLE: request.param})
    except EngineError:
        pytest.skip("the native engine is not built: install with MINEWATCH_NATIVE=require")


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("swap") / "stratum.pcap"
    write_pcap(path, compose("stratum-v1", 1, duration_s=600.0).rows)
    return str(path)


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def read(
    engine: Engine, capture: str, signatures: SignatureSet, swaps: dict[int, Program]
) -> tuple[EngineSession, list[Detection]]:
    """Read packet by packet; before packet ``n`` the engine is given ``swaps[n]``, the pipeline a fresh equal set."""
    with open_capture(capture) as source:
        session = engine.open(build_program(signatures), source)
        pipeline = Pipeline(signatures, sensor=SensorRef(id="s"), options=DetectOptions(update_interval_s=60.0))
        said: list[Detection] = []
        for number, events in enumerate(iter(lambda: session.read(1), None)):
            said += pipeline.feed(events)
            if number in swaps:
                session.use(swaps[number])
                pipeline.use(load())
        return session, said + pipeline.finish()


def everywhere(signatures: SignatureSet) -> Iterator[int]:
    yield from (0, 3, 7, 12, 40)


def test_nothing_changes_when_an_equal_set_comes(engine: Engine, capture: str, signatures: SignatureSet) -> None:
    still, expected = read(engine, capture, signatures, {})
    program = build_program(signatures, Limits(max_flows=5))
    swapped, said = read(engine, capture, signatures, dict.fromkeys(everywhere(signatures), program))
    assert said == expected
    assert len(said) > 3
    assert swapped.counters == still.counters


def test_an_open_session_goes_on_under_a_set_that_would_not_find_it(
    engine: Engine, capture: str, signatures: SignatureSet
) -> None:
    _, expected = read(engine, capture, signatures, {})
    _, said = read(engine, capture, signatures, {20: BLIND})
    assert said == expected


def test_a_new_set_finds_what_the_old_one_did_not(engine: Engine, capture: str, signatures: SignatureSet) -> None:
    assert read(engine, capture, signatures, {0: BLIND})[1] == []
    found = read(engine, capture, signatures, {0: BLIND, 1: build_program(signatures)})[1]
    assert found == read(engine, capture, signatures, {})[1]
