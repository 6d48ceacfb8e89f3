"""What do the frames of a WebSocket carry, and how much may it inflate to?"""

import random
import zlib

import pytest
from unwrap_kit import DOWN, UP, Told, cut, inside

from sensor.dissect.probe import Probe
from sensor.dissect.unwrap.layer import Bounds, Entered
from sensor.dissect.unwrap.websocket import WebSocketLayer, probe, unmask
from sensor.model.flow import Endpoint
from sensor.simulate.wraps.base import Place
from sensor.simulate.wraps.websocket import Habits, WebSocket

PLACE = Place(Endpoint("192.0.2.1", 1), Endpoint("192.0.2.2", 80), "ws.example.org")
LINES = [b'{"method":"mining.subscribe","params":[]}\n', b'{"method":"mining.subscribe","params":[1]}\n' * 3, b"[]\n"]
HABITS = [
    Habits(),
    Habits(fragment_bytes=7),
    Habits(binary=True),
    Habits(binary=True, fragment_bytes=1),
    Habits(deflate="takeover"),
    Habits(deflate="reset", fragment_bytes=5),
    Habits(deflate="takeover", binary=True),
]


def frames(habits, way, lines):
    socket = WebSocket(PLACE, random.Random(4), habits)
    return [(way, write) for line in lines for write in socket.pack(way, line)]


@pytest.mark.parametrize("size", [1, 2, 13, 10_000])
@pytest.mark.parametrize("way", [UP, DOWN])
@pytest.mark.parametrize("habits", HABITS, ids=str)
def test_messages_come_out_as_they_went_in(habits, way, size):
    told = Told()
    found = inside(WebSocketLayer(told.context), cut(frames(habits, way, LINES), size))
    assert found[way] == b"".join(LINES)
    assert told.news == [Entered("websocket")]
    assert (told.cuts.frames, told.cuts.inflations) == (0, 0)


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536, 70_000])
def test_every_form_of_length(length):
    message = b"x" * length
    (sent,) = frames(Habits(binary=True), UP, [message])
    assert inside(WebSocketLayer(Told().context), [sent])[UP] == message


@pytest.mark.parametrize("offset", range(5))
def test_unmask_goes_on_within_a_frame(offset):
    mask, plain = b"\x01\x02\x03\x04", bytes(range(23))
    masked = unmask(plain, mask)
    assert unmask(masked[offset:], mask, offset) == plain[offset:]


BOMB = bytes(5_000_000)


@pytest.mark.parametrize("habits", [Habits(deflate="reset"), Habits(deflate="reset", fragment_bytes=100)], ids=str)
def test_a_bomb_is_cut_and_the_next_message_read(habits):
    told = Told(Bounds(max_inflated_bytes=50_000))
    sent = frames(habits, UP, [BOMB, LINES[0]])
    found = inside(WebSocketLayer(told.context), sent)[UP]
    assert len(found) <= 50_000 + 100
    assert found.endswith(LINES[0])
    assert told.cuts.inflations == 1


def test_the_ratio_is_bounded_too():
    told = Told(Bounds(max_inflated_bytes=10**9, max_inflation=10))
    found = inside(WebSocketLayer(told.context), frames(Habits(deflate="reset"), UP, [BOMB]))[UP]
    assert len(found) < 100_000
    assert told.cuts.inflations == 1


def test_a_broken_message_is_left_out():
    told = Told()
    broken = (DOWN, b"\xc1\x06" + b"\xff" * 6)
    found = inside(WebSocketLayer(told.context), [broken, *frames(Habits(deflate="reset"), DOWN, LINES[:1])])
    assert found[DOWN].split(b"\n")[-2] + b"\n" == LINES[0]
    assert told.cuts.inflations == 1


def test_a_flood_of_empty_frames_gives_their_line_ends_only():
    found = inside(WebSocketLayer(Told().context), [(DOWN, b"\x81\x00" * 30_000)])[DOWN]
    assert found == b"\n" * 30_000


LOST = [
    ("a chunk that is no frame", b"\xf3\xff\xff"),
    ("a control frame of 126 bytes", b"\x89\x7e\x00\x80"),
    ("a length that is too long for itself", b"\x81\x7e\x00\x05hello"),
    ("masked where nothing was", b"\x81\x81abcd!"),
]


@pytest.mark.parametrize(("what", "noise"), LOST, ids=[row[0] for row in LOST])
def test_a_lost_frame_is_found_again_at_the_next_chunk(what, noise):
    told = Told()
    layer = WebSocketLayer(told.context)
    first, second = frames(Habits(), DOWN, [b"[1]\n", b"[2]\n"])
    assert inside(layer, [first, (DOWN, noise), second])[DOWN] == b"[1]\n[2]\n"
    assert told.cuts.frames == 1


def test_bytes_lost_on_the_way_are_told_with_the_next_piece():
    layer = WebSocketLayer(Told().context)
    (_, sent), (_, after) = frames(Habits(), UP, [b'{"cut":1}\n', b"[2]\n"])
    assert layer.feed(UP, 0, sent[:-3], gap=False)
    (piece,) = layer.feed(UP, 0, after, gap=True)
    assert (piece.data, piece.gap) == (b"[2]\n", True)


PROBES = [
    (b"", Probe.UNSURE),
    (b"\x81", Probe.UNSURE),
    (b"\x81\x05{}", Probe.CERTAIN),
    (b"\x81\x05hel", Probe.UNSURE),
    (b"\x81\x05hello\x81\x05world", Probe.CERTAIN),
    (b"\x81\x05hello\x81\x85abcdworld", Probe.NOT_FOR_US),  # one side masks always or never
    (b"\x82\x03\x00\x01\x02\x8a\x00", Probe.CERTAIN),
    (b"\x81\x85\x01\x02\x03\x04" + unmask(b'{"a":', b"\x01\x02\x03\x04"), Probe.CERTAIN),
    (b"\xb1\x05hello", Probe.NOT_FOR_US),
    (b"\x83\x05hello", Probe.NOT_FOR_US),
    (b"\x09\x05hello", Probe.NOT_FOR_US),
    (b"\x16\x03\x01\x00\xc8", Probe.NOT_FOR_US),
    (bytes(64), Probe.NOT_FOR_US),
    (b"\x00\x00\x00\x50\x01\x00" + bytes(80), Probe.NOT_FOR_US),  # a length of four bytes
    (b"\x02\x00\x02\x00", Probe.NOT_FOR_US),
    (b"\x01\x02he\x80\x03llo", Probe.CERTAIN),
    (b"GET / HTTP/1.1", Probe.NOT_FOR_US),
]


@pytest.mark.parametrize(("head", "answer"), PROBES)
def test_probe(head, answer):
    assert probe(head) is answer


def test_what_zlib_leaves_over_is_no_message():
    """A final DEFLATE block ends the stream: what stands behind it in the message is not read."""
    packer = zlib.compressobj(wbits=-15)
    final = packer.compress(b"[1]") + packer.flush(zlib.Z_FINISH)
    told = Told()
    found = inside(WebSocketLayer(told.context), [(DOWN, bytes([0xC1, len(final)]) + final)])[DOWN]
    assert found.startswith(b"[1]")
