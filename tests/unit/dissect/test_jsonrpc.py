"""JSON-RPC: kinds of messages, and which request a response answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sensor.dissect import jsonrpc
from sensor.dissect.probe import Probe
from sensor.model.flow import Direction

ORIG, RESP = Direction.ORIG, Direction.RESP

PROBES = [
    (b"", Probe.UNSURE),
    (b" \r\n", Probe.UNSURE),
    (b'{"id"', Probe.CERTAIN),
    (b'\n  {"id"', Probe.CERTAIN),
    (b"[{", Probe.CERTAIN),
    (b'0","target":"b88d0600"}}\n{"jsonrpc"', Probe.CERTAIN),
    (b'0","target":"b88d0600"', Probe.UNSURE),
    (b"EHLO example.org\r\n{", Probe.NOT_FOR_US),
    (b"\x16\x03\x01", Probe.NOT_FOR_US),
    (b"half\tof\r a line", Probe.UNSURE),
    (b"half of \x00 a frame", Probe.NOT_FOR_US),
    (b"\x80\x00\x00", Probe.NOT_FOR_US),
]

KINDS = [
    (b'{"id":1,"method":"mining.subscribe","params":[]}', "request"),
    (b'{"id":"a","method":"login","params":{}}', "request"),
    (b'{"id":null,"method":"mining.notify","params":[]}', "notification"),
    (b'{"method":"job","params":{}}', "notification"),
    (b'{"id":1,"result":true}', "response"),
    (b'{"id":31}', "response"),
    (b'{"id":1,"method":"login","result":"ok"}', "response"),
    (b'{"level":"info","msg":"started"}', "other"),
]


@pytest.mark.parametrize(("head", "answer"), PROBES)
def test_probe(head: bytes, answer: Probe) -> None:
    assert jsonrpc.probe(head) is answer


@pytest.mark.parametrize(("line", "kind"), KINDS)
def test_kind(line: bytes, kind: str) -> None:
    (seen,) = jsonrpc.JsonRpcLines().parse(ORIG, 0, line + b"\n", gap=False)
    assert seen.get("jsonrpc.kind") == kind


def _replies(*said: tuple[Direction, bytes]) -> list[Any]:
    dissector = jsonrpc.JsonRpcLines()
    seen = [one for direction, line in said for one in dissector.parse(direction, 0, line + b"\n", gap=False)]
    return [one.fields["jsonrpc"].get("reply_to") for one in seen if one.get("jsonrpc.kind") == "response"]


ASK_1, ASK_2 = (ORIG, b'{"id":1,"method":"a"}'), (ORIG, b'{"id":2,"method":"b"}')
REPLY_1, REPLY_2 = (RESP, b'{"id":1,"result":0}'), (RESP, b'{"id":2,"result":0}')

ANSWERS = [
    ("by id, out of order", [ASK_1, ASK_2, REPLY_2, REPLY_1], ["b", "a"]),
    (
        "an id twice: asked first, answered first",
        [ASK_1, (ORIG, b'{"id":1,"method":"c"}'), REPLY_1, REPLY_1],
        ["a", "c"],
    ),
    ("number and text are different ids", [ASK_1, (RESP, b'{"id":"1","result":0}')], [None]),
    ("one does not answer oneself", [ASK_1, (ORIG, b'{"id":1,"result":0}')], [None]),
    ("nothing was asked", [(RESP, b'{"id":0,"result":[]}')], [None]),
    (
        "a batch",
        [(ORIG, b"[" + ASK_1[1] + b"," + ASK_2[1] + b"]"), (RESP, b"[" + REPLY_2[1] + b"," + REPLY_1[1] + b"]")],
        ["b", "a"],
    ),
    ("the server asks too", [(RESP, b'{"id":7,"method":"c"}'), (ORIG, b'{"id":7,"result":"cgminer/4"}')], ["c"]),
]


@pytest.mark.parametrize(("said", "replies"), [case[1:] for case in ANSWERS], ids=[case[0] for case in ANSWERS])
def test_responses_find_their_requests(said: list[tuple[Direction, bytes]], replies: list[Any]) -> None:
    assert _replies(*said) == replies


ASKED_IDS = [
    ("one id after the other", lambda number: number),
    ("one id for all", lambda number: 1),
    ("both by turns", lambda number: number * (number % 2)),
    ("long texts", lambda number: f"{number}" + "x" * 5000),
    ("containers", lambda number: [number, "x" * 5000]),
]


@pytest.mark.parametrize("id_of", [case[1] for case in ASKED_IDS], ids=[case[0] for case in ASKED_IDS])
def test_requests_without_answers_do_not_grow_memory(id_of: Callable[[int], Any]) -> None:
    book = jsonrpc.RequestBook()
    for number in range(5000):
        book.ask(ORIG, id_of(number), number, "m" * 5000)
    kept = [asked for waiting in book._pending[ORIG].values() for asked in waiting]
    assert len(kept) + book.cuts.requests == 5000
    assert len(kept) <= jsonrpc.MAX_PENDING
    assert all(len(method) <= jsonrpc.MAX_ID_CHARS for _, method in kept)
    assert all(len(str(key)) < 2 * jsonrpc.MAX_ID_CHARS for key in book._pending[ORIG])


@pytest.mark.parametrize("other", ["1", True, 1.0, None, [1], {"a": 1}], ids=repr)
def test_an_id_is_answered_by_its_like_only(other: Any) -> None:
    book = jsonrpc.RequestBook()
    book.ask(ORIG, 1, 7, "a")
    assert book.answer(RESP, other) is None
    book.ask(ORIG, other, 8, "b")
    assert (book.answer(RESP, other), book.answer(RESP, 1)) == ((8, "b"), (7, "a"))
