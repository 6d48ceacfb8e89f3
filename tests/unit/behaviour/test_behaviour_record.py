"""What counts as a message, and what is kept of it?"""

import pytest

from sensor.behaviour.classes import GAP_S, SIZE_BYTES, gap_class, size_class
from sensor.behaviour.record import MESSAGES, Recorder
from sensor.model.flow import Direction

UP, DOWN = Direction.ORIG, Direction.RESP


def tls(*sizes: int) -> bytes:
    """Records of that many bytes, headers included."""
    return b"".join(b"\x17\x03\x03" + (size - 5).to_bytes(2, "big") + bytes(size - 5) for size in sizes)


def told(*segments: tuple[Direction, int, bytes, bool, int]) -> list[tuple[Direction, int, int]]:
    """Sender, size and gap class of the messages in (sender, seq, payload, push, at_ms) rows."""
    recorder = Recorder(DOWN, 0)
    for sender, seq, payload, push, at_ms in segments:
        recorder.segment(sender, seq, payload, len(payload), push, at_ms)
    pairs = recorder.snapshot().messages
    return [(DOWN if code & 0x80 else UP, code & 0x7F, gap) for code, gap in zip(pairs[::2], pairs[1::2], strict=True)]


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        pytest.param([(UP, 0, b"x" * 100, True, 0)], [(UP, 100)], id="a segment with PSH"),
        pytest.param(
            [(UP, 0, b"x" * 100, False, 0), (UP, 100, b"x" * 50, True, 1)], [(UP, 150)], id="a run up to the PSH"
        ),
        pytest.param(
            [(UP, 0, b"x" * 100, False, 0), (DOWN, 0, b"x" * 50, True, 1)],
            [(UP, 100), (DOWN, 50)],
            id="a run that the other side ends",
        ),
        pytest.param([(DOWN, 0, tls(60, 80, 100), True, 0)], [(DOWN, 60), (DOWN, 80), (DOWN, 100)], id="TLS records"),
        pytest.param(
            [(DOWN, 0, tls(1500)[:1000], False, 0), (DOWN, 1000, tls(1500)[1000:] + tls(60), True, 1)],
            [(DOWN, 1500), (DOWN, 60)],
            id="a TLS record over two segments",
        ),
        pytest.param(
            [(UP, 0, tls(60), True, 0), (UP, 0, tls(60), True, 200), (UP, 60, tls(70), True, 300)],
            [(UP, 60), (UP, 70)],
            id="a repeated segment",
        ),
        pytest.param(
            [(UP, 0, tls(60), True, 0), (UP, 59, b"\0", False, 9), (UP, 60, tls(70), True, 300)],
            [(UP, 60), (UP, 70)],
            id="a keep-alive probe",
        ),
        pytest.param(
            [(UP, 0, tls(60, 500)[:300], False, 0), (UP, 900, tls(70), True, 300)],
            [(UP, 60), (UP, 70)],
            id="a hole in a record",
        ),
        pytest.param(
            [(UP, 2**32 - 60, tls(60), True, 0), (UP, 0, tls(70), True, 1)], [(UP, 60), (UP, 70)], id="a wrap"
        ),
        pytest.param([(UP, 0, tls(60) + tls(70)[:3], True, 0)], [(UP, 60), (UP, 3)], id="a header over two segments"),
        pytest.param([(UP, 0, b"\x17\x03\x03\xff\xff" + bytes(95), True, 0)], [(UP, 100)], id="a header too long"),
    ],
)
def test_messages(
    segments: list[tuple[Direction, int, bytes, bool, int]], expected: list[tuple[Direction, int]]
) -> None:
    assert [(sender, size) for sender, size, _ in told(*segments)] == [
        (sender, size_class(size)) for sender, size in expected
    ]


def test_pauses_are_told_between_messages() -> None:
    rows = [(UP, 0, b"x" * 50, True, 5_000), (DOWN, 0, b"x", True, 5_120), (UP, 50, b"x", True, 27_120)]
    assert [gap for _, _, gap in told(*rows)] == [0, gap_class(120), gap_class(22_000)]


def test_a_capture_that_cuts_frames_tells_lengths_all_the_same() -> None:
    recorder = Recorder(DOWN, 0)
    recorder.segment(DOWN, 0, tls(400)[:60], 400, True, 0)
    recorder.segment(DOWN, 400, tls(60), 60, True, 1)
    assert [code & 0x7F for code in recorder.snapshot().messages[::2]] == [size_class(400), size_class(60)]


def test_the_last_messages_stay() -> None:
    recorder = Recorder(DOWN, 0)
    for number in range(100):
        recorder.segment(UP, number * 50, b"x" * 50, 50, True, number * 1000)
    recorder.segment(UP, 5000, b"x" * 900, 900, True, 100_000)
    behaviour = recorder.snapshot()
    assert (behaviour.total, len(behaviour.messages)) == (101, 2 * MESSAGES)
    assert behaviour.messages[-2] == size_class(900)
    assert behaviour.messages[0] == size_class(50)


@pytest.mark.parametrize(("gap_ms", "is_busy"), [(1, True), (20, True), (64, False), (1000, False)])
def test_a_flow_that_says_much_is_busy(gap_ms: int, is_busy: bool) -> None:
    recorder = Recorder(DOWN, 0)
    for number in range(MESSAGES):
        recorder.segment(UP, number, b"x", 1, True, number * gap_ms)
    assert recorder.is_busy is is_busy


def test_classes_are_told_by_their_middle() -> None:
    assert all(size_class(round(middle)) == number for number, middle in enumerate(SIZE_BYTES) if number >= 16)
    assert all(gap_class(int(middle * 1000)) == number for number, middle in enumerate(GAP_S))
    assert [size_class(size) for size in (0, 16, 31, 32, 3967, 3968, 10**6)] == [0, 0, 15, 16, 126, 127, 127]
