"""Are real clients of other protocols left alone, and is mining inside a real WebSocket found?"""

import asyncio
import json

import pytest
from real_clients import TALKS, in_websocket
from recorded import frames

from sensor.capture import open_capture
from sensor.detect.scan import scan
from sensor.engine.select import choose_engine
from sensor.model.flow import Direction, Endpoint
from sensor.signature import SignatureSet, load
from sensor.simulate.pcap import write_pcap

SERVER = Endpoint("198.51.100.7", 3333)
"""A port that pools use."""


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


@pytest.fixture(scope="module", params=TALKS, ids=str)
def talk(request):
    return TALKS[request.param]()


def said_of(conversations, engine, signatures, path):
    write_pcap(path / "talk.pcap", frames(conversations, SERVER))
    result = scan(open_capture(path / "talk.pcap"), choose_engine({"MINEWATCH_ENGINE": engine}), signatures)
    assert result.counters.flows == len(conversations)
    return result.detections


@pytest.mark.parametrize("engine", ["portable", "native"])
def test_a_real_client_of_something_else_is_left_alone(talk, engine, signatures, tmp_path):
    assert sum(len(one.of(way)) for one in talk for way in Direction) > 300
    assert [said for said in said_of(talk, engine, signatures, tmp_path) if said.verdict.is_claim] == []


MINER = [
    {"id": 1, "method": "login", "params": {"login": "4" + "A" * 94, "pass": "x", "agent": "XMRig/6.26.0"}},
    *(
        {"id": n, "method": "submit", "params": {"id": "1", "job_id": "7", "nonce": "b2957c02", "result": "ab" * 32}}
        for n in (2, 3)
    ),
]
POOL = [{"jsonrpc": "2.0", "method": "job", "params": {"job_id": "7", "blob": "0e" * 76, "target": "b88d0600"}}]


@pytest.mark.parametrize("engine", ["portable", "native"])
def test_mining_in_a_real_websocket_is_found(engine, signatures, tmp_path):
    talk = asyncio.run(in_websocket([json.dumps(one) for one in MINER], [json.dumps(one) for one in POOL]))
    assert b"permessage-deflate" in talk[0].of(Direction.RESP)
    assert b"login" not in talk[0].of(Direction.ORIG)
    (said,) = said_of(talk, engine, signatures, tmp_path)
    assert (said.dialect, said.transport.via, said.shares.submitted) == ("cryptonote", ["websocket"], 2)
