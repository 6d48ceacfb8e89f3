"""Is the explanation of a real session that of the very detection a scan makes, sums and shares included?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sensor.capture import open_capture
from sensor.detect.scan import scan
from sensor.engine.select import choose_engine
from sensor.explain.pick import flows_of
from sensor.explain.run import explain
from sensor.explain.timeline import Role
from sensor.signature import load

CAPTURES = [
    "hashrate/1574720899_9M3tc.pcap",  # one long session, joined by a flow that was open before
    "hashrate/1578529652_yUoQZ.pcap",  # two miners at one pool, reconnects, silences longer than the idle time
    "hashrate/1617741719_i6WEA.pcap",
    "hashrate/1619812647_8alcB.pcap",
]


@pytest.mark.parametrize("name", CAPTURES)
def test_the_explanation_is_that_of_the_scan(
    name: str, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    engine, signatures, path = choose_engine(os.environ), load(), shared / "captures" / name
    found = scan(open_capture(path), engine, signatures).detections
    assert found
    for detection in found:
        told = explain(open_capture(path), flows_of(detection), engine, signatures, tmp_path)
        (story,) = [each for each in told.stories if each.detection.detection_id == detection.detection_id]
        assert story.detection == detection
        assert told.roles[Role.SUBMIT] == detection.shares.submitted
        assert told.roles[Role.ACCEPTED] == detection.shares.accepted
        assert detection.hashrate is not None
        assert story.arithmetic.whole is not None
        assert story.arithmetic.whole.value == pytest.approx(detection.hashrate.value)
