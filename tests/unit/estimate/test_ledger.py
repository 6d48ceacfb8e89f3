"""What counts as mining time, and what the last 15 minutes hold."""

from __future__ import annotations

import pytest

from sensor.estimate.ledger import MAX_QUIET_NS, MAX_REPORTERS, WorkLedger
from sensor.estimate.window import SLOTS, Window
from sensor.estimate.work import Work

S = 1_000_000_000
M = 60 * S
T0 = 1_700_000_000 * S


def replay(said: list[tuple[float, str]]) -> WorkLedger:
    """``said``: minute and what happens then (start, stop, on, share, wait: a share without an answer)."""
    ledger = WorkLedger()
    for minute, what in said:
        at_ns = T0 + int(minute * M)
        if what == "start":
            ledger.start(at_ns)
        elif what == "stop":
            ledger.stop(at_ns)
        elif what == "wait":
            ledger.waits = True
        else:
            ledger.go_on(at_ns)
            if what == "share":
                ledger.take(Work(100.0), at_ns)
    return ledger


QUIET = MAX_QUIET_NS / M
TIMES = [
    ("a job and a share", [(0, "start"), (5, "share")], 5, 1),
    ("one job tells no time", [(0, "start")], 0, 0),
    ("before the first job is no mining", [(0, "on"), (7, "start"), (10, "on")], 3, 0),
    ("a short silence is mining", [(0, "start"), (QUIET, "on")], QUIET, 0),
    ("a long silence is none", [(0, "start"), (5, "on"), (6 + QUIET, "on"), (8 + QUIET, "on")], 7, 0),
    ("a reconnect gap is none", [(0, "start"), (5, "share"), (5, "stop"), (9, "start"), (10, "share")], 6, 2),
    ("mining to the end of the flow", [(0, "start"), (5, "share"), (8, "stop"), (9, "start")], 8, 1),
    ("a flow that ends without an answer", [(0, "start"), (5, "share"), (6, "wait"), (8, "stop"), (9, "start")], 5, 1),
    ("a new flow beside a deaf one", [(0, "start"), (5, "share"), (6, "wait"), (9, "start"), (10, "on")], 6, 1),
    ("two flows at once count once", [(0, "start"), (2, "start"), (4, "on"), (4, "stop"), (6, "on")], 6, 0),
    ("no going back in time", [(0, "start"), (5, "on"), (3, "on"), (6, "on")], 6, 0),
]


@pytest.mark.parametrize(("said", "minutes", "shares"), [row[1:] for row in TIMES], ids=[row[0] for row in TIMES])
def test_mining_time(said, minutes, shares) -> None:
    whole = replay(said).whole
    assert (whole.mined_ns / M, whole.plain.count) == (pytest.approx(minutes), shares)


def test_the_window_forgets() -> None:
    ledger = replay([(0, "start")] + [(minute, "share") for minute in range(1, 121)])
    window = ledger.window()
    assert ledger.whole.plain.count == 120
    assert window.mined_ns == pytest.approx(15 * M)
    assert 14 <= window.plain.count <= 16
    assert window.plain.total == pytest.approx(100 * window.plain.count)


def test_the_window_holds_a_short_session_whole() -> None:
    ledger = replay([(0, "start"), (2, "share"), (4, "share")])
    assert ledger.window() == ledger.whole


@pytest.mark.parametrize("jump_min", [1, 14, 16, 60, 1e6])
def test_a_jump_of_the_clock_leaves_nothing_stale(jump_min) -> None:
    window = Window()
    window.take(Work(1.0), T0)
    later = T0 + int(jump_min * M)
    window.take(Work(1.0), later)
    window.take(Work(1.0), T0)
    assert window.before(later).plain.count == (3 if jump_min < 15 else 1)


def test_difficulty_and_work_are_summed_apart() -> None:
    ledger = replay([(0, "start"), (1, "share")])
    ledger.take(Work(2.0, scaled=True), T0 + M)
    ledger.take(None, T0 + M)
    for stretch in (ledger.whole, ledger.window()):
        assert (stretch.plain.total, stretch.scaled.total, stretch.scaled.squares) == (100.0, 2.0, 4.0)
    assert ledger.unmeasured == 1


def test_merging_counts_time_in_common_once() -> None:
    one, other = replay([(0, "start"), (6, "share")]), replay([(4, "start"), (10, "share")])
    one.merge(other)
    assert one.whole.mined_ns == 10 * M
    assert one.window().mined_ns == pytest.approx(10 * M)
    assert one.whole.plain.count == one.window().plain.count == 2
    assert (one.began_ns, one.until_ns, one.mining) == (T0, T0 + 10 * M, 2)


def test_claims_are_bounded_and_the_last_one_stands() -> None:
    ledger = WorkLedger()
    for number in range(MAX_REPORTERS + 50):
        ledger.report(f"rig{number}", 1.0)
    ledger.report("rig0", 5.0)
    assert len(ledger.reported) == MAX_REPORTERS
    assert ledger.reported["rig0"] == 5.0


def test_memory_of_a_window_does_not_grow() -> None:
    window = Window()
    size = len(window._ring)
    for second in range(0, 7200, 7):
        window.take(Work(1.0), T0 + second * S)
    assert len(window._ring) == size == SLOTS * 7
