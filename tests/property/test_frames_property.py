"""Do the dissectors of binary protocols survive any bytes, and read the same however these are cut?"""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor.dissect import alephium, btcagent, http, stratum_v2, stratum_v2_noise
from sensor.dissect.frames import FrameCutter
from sensor.dissect.jsonrpc import JsonRpcLines
from sensor.dissect.probe import Probe
from sensor.dissect.stratum_v2_layout import LAYOUTS
from sensor.dissect.unwrap import proxy_header, socks, websocket
from sensor.dissect.unwrap.layer import Context
from sensor.dissect.unwrap.stream import Opening
from sensor.model.flow import Direction

MAKERS = [
    stratum_v2.StratumV2Frames,
    stratum_v2_noise.StratumV2Noise,
    alephium.AlephiumFrames,
    lambda: btcagent.AgentLines(JsonRpcLines()),
]
PROBES = [
    stratum_v2.probe,
    alephium.probe,
    btcagent.probe,
    websocket.probe,
    http.probe,
    socks.probe,
    proxy_header.probe,
]
KINDS = sorted(LAYOUTS)


@st.composite
def v2_frame(draw):
    kind = draw(st.sampled_from(KINDS))
    size = LAYOUTS[kind].size
    body = draw(st.binary(min_size=size or 0, max_size=size or 80))
    extension = 0x8000 if LAYOUTS[kind].on_channel else 0
    return struct.pack("<HB", extension, kind) + len(body).to_bytes(3, "little") + body


@st.composite
def agent_frame(draw):
    command = draw(st.sampled_from([1, 2, 3, 4, 5, 0x10, 0x12, 0x13]))
    body = draw(st.binary(max_size=40))
    size = draw(st.sampled_from([4 + len(body), 6, 10, 15, 19, 23]))
    return struct.pack("<BBH", 0x7F, command, size) + body


@st.composite
def node_frame(draw):
    body = draw(st.sampled_from([b"", struct.pack(">I", 16), struct.pack(">III", 16, 0, 1)])) + draw(
        st.binary(max_size=90)
    )
    size = draw(st.sampled_from([2 + len(body), 43, 200]))
    return struct.pack(">IBB", size, 1, draw(st.integers(0, 1))) + body


LINE = st.sampled_from(
    [b'{"id":1,"method":"agent.get_capabilities","params":["subres"]}\n', b'{"id":1,"result":{}}\n', b"\n"]
)
PIECE = st.one_of(v2_frame(), agent_frame(), node_frame(), LINE, st.binary(max_size=70))
CHUNKS = st.lists(st.tuples(st.sampled_from(list(Direction)), PIECE, st.booleans()), max_size=12)


@pytest.mark.parametrize("make", MAKERS)
@given(chunks=CHUNKS)
def test_any_bytes_are_survived(make, chunks):
    dissector = make()
    for at, (direction, data, gap) in enumerate(chunks):
        for observation in dissector.parse(direction, at * 10**7, data, gap=gap):
            assert observation.direction in Direction


TEXT = st.sampled_from(
    [
        b"GET / HTTP/1.1\r\n",
        b"HTTP/1.1 101 \r\n",
        b"PROXY TCP4 ",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11",
        b"\x05\x01\x00\x03",
        b"\x81\x85",
    ]
)
HEAD = st.builds(bytes.__add__, st.one_of(PIECE, TEXT), st.binary(max_size=40))


@pytest.mark.parametrize("probe", PROBES)
@given(head=HEAD)
def test_any_head_is_judged_and_a_first_byte_refused_stays_refused(probe, head):
    answers = [probe(head[:size]) for size in range(1, len(head) + 1)]
    if answers and answers[0] is Probe.NOT_FOR_US:
        assert set(answers) == {Probe.NOT_FOR_US}


@given(chunks=CHUNKS)
def test_any_opening_is_survived(chunks):
    opening = Opening(Context())
    for at, (direction, data, gap) in enumerate(chunks):
        if data and opening.take(direction, at * 10**7, data, gap=gap) is not None:
            break


@pytest.mark.parametrize("make", [MAKERS[0], MAKERS[2], MAKERS[3]])
@settings(max_examples=60)
@given(
    frames=st.lists(st.one_of(v2_frame(), agent_frame(), node_frame()), max_size=6), cuts=st.lists(st.integers(1, 30))
)
def test_frames_read_the_same_however_they_are_cut(make, frames, cuts):
    """As long as no frame is broken: behind one that is, the next has to begin where a chunk does."""
    whole, cut = make(), make()
    data = b"".join(frames)
    seen = [one.fields for one in whole.parse(Direction.ORIG, 0, data, gap=False)]
    told, at = [], 0
    for size in [*cuts, len(data)]:
        if part := data[at : at + size]:
            told += [one.fields for one in cut.parse(Direction.ORIG, 0, part, gap=False)]
        at += size
    if len(seen) == len(frames):
        assert told == seen


@given(data=st.binary(max_size=300), cuts=st.lists(st.integers(1, 40)), limit=st.integers(8, 64))
def test_a_cutter_holds_no_more_than_one_frame(data, cuts, limit):
    cutter, at = FrameCutter(4, lambda header: 4 + header[0] + header[1], limit), 0
    for size in [*cuts, len(data)]:
        for frame in cutter.feed(data[at : at + size]):
            assert len(frame.data) == min(frame.size, limit)
        at += size
        assert len(cutter._held) < limit + 4
