"""Do hostile bytes ever crash, hang or grow what takes layers off, and does it matter how a stream is cut?"""

from __future__ import annotations

import random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sensor.dissect.unwrap.layer import Bounds, Context, Cuts, Piece
from sensor.dissect.unwrap.proxy_header import ProxyHeaderLayer
from sensor.dissect.unwrap.socks import SocksLayer
from sensor.dissect.unwrap.stream import Opening
from sensor.dissect.unwrap.upgrade import HttpLayer
from sensor.dissect.unwrap.websocket import WebSocketLayer
from sensor.model.flow import Direction, Endpoint
from sensor.simulate.wraps.base import Place
from sensor.simulate.wraps.named import WRAPS

PLACE = Place(Endpoint("192.0.2.1", 49_152), Endpoint("198.51.100.7", 3333), "pool.example.org")
LAYERS = (SocksLayer, ProxyHeaderLayer, HttpLayer, WebSocketLayer)
STARTS = (
    b"\x05\x01\x00\x05\x01\x00\x03\x03abc\x00\x50",
    b"\x04\x01\x00\x50\x00\x00\x00\x01",
    b"PROXY TCP4 ",
    b"\r\n\r\n\x00\r\nQUIT\n\x21\x11",
    b"CONNECT a:1 HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
    b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n",
    b"HTTP/1.1 200 ok\r\n\r\n",
    b"\xc1\x7e\x00\xff",
    b"\x81\xfe",
    b'{"method":"mining.hello"}\n\x1f\x8b\x08',
)
chunks = st.lists(
    st.tuples(
        st.sampled_from(Direction),
        st.one_of(st.sampled_from(STARTS), st.binary(min_size=1, max_size=300)),
        st.booleans(),
    ),
    max_size=12,
)


@given(st.sampled_from(LAYERS), chunks)
def test_no_bytes_make_a_layer_raise_or_invent_much(layer_type, said):
    context = Context(bounds=Bounds(max_inflated_bytes=5_000, max_inflation=10))
    layer = layer_type(context)
    given_bytes, found = 0, 0
    for way, data, gap in said:
        given_bytes += len(data)
        found += sum(len(item.data) for item in layer.feed(way, 0, data, gap=gap) if isinstance(item, Piece))
    assert found <= 2 * given_bytes + 5_000 * len(said)


@given(chunks)
@example([(Direction.ORIG, start, False) for start in STARTS])
def test_no_bytes_make_an_opening_raise(said):
    cuts = Cuts()
    opening, dissector = Opening(Context(bounds=Bounds(max_layers=2), cuts=cuts)), None
    for way, data, gap in said:
        if dissector is not None:
            dissector.parse(way, 0, data, gap=gap)
            continue
        found = opening.take(way, 0, data, gap=gap)
        if hasattr(found, "parse"):
            dissector = found
            for one in opening.release():
                dissector.parse(one.direction, one.at_ns, one.data, gap=one.gap)
        elif found is not None:
            return


LINES = [b'{"method":"m","params":[%d]}\n' % number for number in range(6)]


BYTE_WRAPS = [name for name in WRAPS if name != "gzip" and (not name.startswith("websocket") or "binary" in name)]
"""A WebSocket of text messages carries text only, no other wrap."""


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(BYTE_WRAPS), max_size=3),
    st.sampled_from(list(WRAPS)),
    st.lists(st.integers(1, 90), min_size=1, max_size=30),
)
def test_it_does_not_matter_how_a_stream_is_cut(outer, inner, sizes):
    whole = _said([*outer, inner])
    assert _read(_cut(whole, sizes)) == _read(whole) == [[number] for number in range(6)]


def _said(names):
    said = [(Direction(number % 2), line) for number, line in enumerate(LINES)]
    for name in reversed(names):
        wrap = WRAPS[name](PLACE, random.Random(name))
        said = [*wrap.greeting(), *((way, one) for way, data in said for one in wrap.pack(way, data))]
    return said


def _cut(said, sizes):
    """Each write in pieces, their sizes taken from ``sizes`` in turn."""
    turn = 0
    for way, data in said:
        while data:
            size = sizes[turn % len(sizes)]
            yield way, data[:size]
            data, turn = data[size:], turn + 1


def _read(said):
    opening, dissector, seen = Opening(Context()), None, []
    for way, data in said:
        if dissector is not None:
            seen += dissector.parse(way, 0, data, gap=False)
        elif (dissector := opening.take(way, 0, data, gap=False)) is not None:
            for one in opening.release():
                seen += dissector.parse(one.direction, 0, one.data, gap=False)
    return [one.fields["jsonrpc"]["params"] for one in seen if "jsonrpc" in one.fields]
