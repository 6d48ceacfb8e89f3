"""Every dialect that can be played: does the estimate find the hash rate that was planted?"""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest

from sensor.capture import open_capture
from sensor.detect.scan import scan
from sensor.engine.select import choose_engine
from sensor.signature import SignatureSet, load
from sensor.simulate.cast import CASTS
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import compose

UNKNOWN = {"nicehash", "stratum-v2-noise"}
"""Stratum V1 with an account that any algorithm may have, and what cannot be read: no rate is told."""
UNITS = {"zip-301": "Sol/s", "beam": "Sol/s", "grin": "G/s", "aleo": "P/s"}
SIGMAS = 4


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


@pytest.mark.parametrize("name", [str(name) for name in CASTS])
def test_planted_rate_is_found(name: str, signatures: SignatureSet, tmp_path: Path) -> None:
    traffic = compose(name, 3, duration_s=1200)
    write_pcap(tmp_path / "day.pcap", traffic.rows)
    found = scan(open_capture(tmp_path / "day.pcap"), choose_engine(os.environ), signatures).detections
    rates = [one.hashrate for one in found if one.shares.submitted]
    (planted,) = traffic.sessions
    if name in UNKNOWN:
        assert not any(rates)
        return
    (rate,) = rates
    assert rate is not None and rate.last_15m is not None
    assert rate.unit == UNITS.get(name, "H/s")
    assert abs(math.log(rate.value / planted.hashrate_hs)) <= SIGMAS / math.sqrt(planted.shares_accepted)
    assert rate.last_15m.low <= planted.hashrate_hs * 1.2 and planted.hashrate_hs <= rate.last_15m.high * 1.2
