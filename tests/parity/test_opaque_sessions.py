"""Is an encrypted session told of with a sibling in the clear, and not alone? From packets to verdict, both engines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from opaque_kit import TlsRecords, model

from sensor.behaviour.score import Scorer
from sensor.capture import open_capture
from sensor.detect.scan import scan
from sensor.engine.api import Engine
from sensor.engine.portable import PortableEngine
from sensor.model.flow import Endpoint
from sensor.signature import SignatureSet, load
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import compose
from sensor.simulate.traffic import Traffic, merge

SERVER, MINER = "198.51.100.7", "192.0.2.20"


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def _opaque() -> Traffic:
    ends = {"client": Endpoint(MINER, 40_001), "server": Endpoint(SERVER, 443)}
    return compose("cryptonote", 3, duration_s=1200, host=None, wraps=(TlsRecords,), **ends)


def _plain(server: str, miner: str) -> Traffic:
    ends = {"client": Endpoint(miner, 40_002), "server": Endpoint(server, 3333)}
    return compose("cryptonote", 4, duration_s=200, host=None, **ends)


@pytest.mark.parametrize(
    ("siblings", "verdict"),
    [
        ([], None),
        ([_plain(SERVER, "192.0.2.21")], "confirmed"),
        ([_plain("203.0.113.5", MINER)], "probable"),
        ([_plain("203.0.113.5", "192.0.2.21")], None),
    ],
    ids=["alone", "the server spoke in the clear", "the host mines in the clear", "strangers"],
)
def test_what_becomes_of_an_encrypted_session(
    siblings: list[Traffic],
    verdict: str | None,
    native: Callable[[], Engine],
    signatures: SignatureSet,
    tmp_path: Path,
) -> None:
    path = tmp_path / "flow.pcap"
    write_pcap(path, merge([_opaque(), *siblings]).rows)
    results = [
        scan(open_capture(str(path)), engine, signatures, scorer=Scorer(model(5.0))).detections
        for engine in (native(), PortableEngine())
    ]
    assert results[0] == results[1]
    told = [one.verdict for one in results[0] if (one.miner.ip, one.pool.port) == (MINER, 443)]
    assert told == ([verdict] if verdict else [])
