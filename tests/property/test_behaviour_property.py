"""Whatever segments say, is a record bounded, and can it be scored?"""

from hypothesis import given
from hypothesis import strategies as st

from sensor.behaviour.evidence import as_they_come
from sensor.behaviour.features import FEATURES, features
from sensor.behaviour.record import MESSAGES, Behaviour, Recorder
from sensor.model.flow import Direction

HEADERS = st.builds(
    lambda kind, minor, size, rest: bytes([kind, 3, minor, size >> 8, size & 255]) + rest,
    st.integers(18, 26),
    st.integers(0, 6),
    st.integers(0, 0xFFFF),
    st.binary(max_size=40),
)
SEGMENTS = st.tuples(
    st.sampled_from(Direction),
    st.one_of(st.integers(0, 300), st.integers(2**32 - 300, 2**32 - 1)),
    st.one_of(st.binary(min_size=1, max_size=60), HEADERS, st.lists(HEADERS, max_size=4).map(b"".join)),
    st.integers(0, 70_000),
    st.booleans(),
    st.integers(0, 2**33),
)


@given(st.lists(SEGMENTS, max_size=200), st.sampled_from(Direction))
def test_a_record_is_bounded_and_gives_numbers(
    segments: list[tuple[Direction, int, bytes, int, bool, int]], server: Direction
) -> None:
    recorder, ended = Recorder(server, 0), 0
    for sender, seq, payload, cut_bytes, push, at_ms in segments:
        if wire_bytes := len(payload) + cut_bytes:
            ended += recorder.segment(sender, seq, payload, wire_bytes, push, at_ms)
    behaviour = recorder.snapshot()
    assert behaviour.total == ended
    assert len(behaviour.messages) == 2 * min(ended, MESSAGES)
    assert all(gap < 32 for gap in behaviour.messages[1::2])
    values = features(behaviour)
    assert len(values) == len(FEATURES)
    assert all(-30 < value < 100 for value in values)


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), max_size=MESSAGES), st.sampled_from(Direction))
def test_any_record_can_be_scored(pairs: list[tuple[int, int]], server: Direction) -> None:
    values = features(Behaviour(bytes(byte for pair in pairs for byte in pair), len(pairs), server))
    assert len(values) == len(FEATURES)
    assert all(-30 < value < 100 for value in values)


@given(st.lists(st.floats(-60, 60), min_size=1, max_size=200), st.floats(0, 3))
def test_records_together_say_no_more_than_the_best_of_them(odds: list[float], doubt: float) -> None:
    for number, together in enumerate(as_they_come(odds, doubt), 1):
        assert min(0.0, *odds[:number]) - 1e-9 <= together <= max(0.0, *odds[:number]) + 1e-9
