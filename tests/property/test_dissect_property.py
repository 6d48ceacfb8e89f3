"""Dissectors on arbitrary bytes: never an exception, never more memory, and framing does not depend on segments."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from sensor.dissect import dns, http, jsonrpc, tls
from sensor.dissect.json_lines import MAX_VALUE_BYTES, JsonFramer
from sensor.model.flow import Direction

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
messages = st.dictionaries(st.text(max_size=8), values, max_size=6)


@given(st.lists(messages, max_size=6), st.lists(st.integers(1, 40), max_size=60), st.booleans())
def test_any_segmentation_gives_the_same_messages(
    said: list[dict[str, object]], cuts: list[int], is_ascii: bool
) -> None:
    stream = "".join(json.dumps(message, ensure_ascii=is_ascii) + "\n" for message in said).encode()
    framer, found, at = JsonFramer(), [], 0
    for cut in [*cuts, len(stream)]:
        found += [value for value, _ in framer.feed(stream[at : at + cut])]
        at += cut
    assert found == said


@given(st.lists(st.tuples(st.sampled_from(Direction), st.binary(max_size=300), st.booleans()), max_size=20))
def test_arbitrary_bytes_never_raise(chunks: list[tuple[Direction, bytes, bool]]) -> None:
    for dissector in (jsonrpc.JsonRpcLines(), http.HttpStream()):
        for direction, data, gap in chunks:
            dissector.parse(direction, 0, data, gap=gap)


@given(st.binary(max_size=600))
def test_arbitrary_messages_never_raise(data: bytes) -> None:
    dns.parse(data)
    tls.client_hello(b"\x16\x03\x01" + data)
    http.host(b"GET " + data)
    framer = JsonFramer()
    framer.feed(b"{" + data)
    assert len(framer._tail) <= MAX_VALUE_BYTES
