"""Does the spool keep everything it promised, and no more than it may?"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sinks_support import make_detection

from sensor.config.options import SpoolOptions
from sensor.model.errors import SpoolError
from sensor.model.wire import Detection
from sensor.sinks.spool import Refusal, Spool, SpoolCounters


def numbers(spool: Spool, limit: int = 1000) -> list[int]:
    by_id = {make_detection(n).event_id: n for n in range(200)}
    return [by_id[row.event_id] for row in spool.oldest(limit, 10**9)]


def ids(*wanted: int) -> list[str]:
    return [make_detection(n).event_id for n in wanted]


def batch(*wanted: int) -> list[Detection]:
    return [make_detection(n) for n in wanted]


@pytest.fixture
def options(tmp_path: Path) -> SpoolOptions:
    return SpoolOptions(path=tmp_path / "spool" / "spool.sqlite")


ACTS: list[tuple[str, list[Callable[[Spool], object]], list[int], SpoolCounters]] = [
    ("put", [lambda s: s.put(batch(1, 2))], [1, 2], SpoolCounters(queued=2)),
    ("nothing", [lambda s: s.put([])], [], SpoolCounters()),
    ("put twice", [lambda s: s.put(batch(1)), lambda s: s.put(batch(1))], [1], SpoolCounters(queued=1, repeated=1)),
    ("twice in one", [lambda s: s.put(batch(1, 1))], [1], SpoolCounters(queued=1, repeated=1)),
    (
        "delivered is never queued again",
        [lambda s: s.put(batch(1, 2)), lambda s: s.delivered(ids(1)), lambda s: s.put(batch(1, 2, 3))],
        [2, 3],
        SpoolCounters(queued=3, repeated=2, delivered=1),
    ),
    (
        "refused is never queued again",
        [lambda s: s.put(batch(1)), lambda s: s.refused([Refusal(*ids(1), "no")]), lambda s: s.put(batch(1))],
        [],
        SpoolCounters(queued=1, repeated=1, refused=1),
    ),
    (
        "delivered twice counts once",
        [lambda s: s.put(batch(1)), lambda s: s.delivered(ids(1)), lambda s: s.delivered(ids(1))],
        [],
        SpoolCounters(queued=1, delivered=1),
    ),
    (
        "refused and tried again",
        [lambda s: s.put(batch(1, 2)), lambda s: s.refused([Refusal(*ids(1), "no")]), lambda s: s.retry_refused()],
        [2, 1],
        SpoolCounters(queued=2, refused=1, retried=1),
    ),
    ("refusing a stranger", [lambda s: s.refused([Refusal("0" * 32, "no")])], [], SpoolCounters()),
]


@pytest.mark.parametrize("reopened", [False, True])
@pytest.mark.parametrize(("acts", "waiting", "counters"), [a[1:] for a in ACTS], ids=[a[0] for a in ACTS])
def test_acts(
    options: SpoolOptions,
    acts: list[Callable[[Spool], object]],
    waiting: list[int],
    counters: SpoolCounters,
    reopened: bool,
) -> None:
    spool = Spool(options)
    for act in acts:
        act(spool)
        if reopened:
            spool.close()
            spool = Spool(options)
    with spool:
        assert numbers(spool) == waiting
        assert spool.depth == len(waiting)
        assert spool.bytes == sum(len(make_detection(n).to_json().encode()) for n in waiting)
        assert spool.counters == counters


LINE_BYTES = len(make_detection(1).to_json().encode())
BOUNDS = [
    # rows, bytes, puts, what waits, dropped
    (3, 10**6, [(1, 2, 3)], [1, 2, 3], 0),
    (3, 10**6, [(1, 2, 3), (4,)], [2, 3, 4], 1),
    (3, 10**6, [(1, 2, 3, 4, 5)], [3, 4, 5], 2),
    (1, 10**6, [(1,), (2,), (3,)], [3], 2),
    (9, 2 * LINE_BYTES, [(1, 2, 3)], [2, 3], 1),
    (9, 2 * LINE_BYTES - 1, [(1, 2)], [2], 1),
    (9, LINE_BYTES - 1, [(1,)], [], 1),
]


@pytest.mark.parametrize(("max_rows", "max_bytes", "puts", "waiting", "dropped"), BOUNDS)
def test_oldest_makes_room(
    options: SpoolOptions,
    max_rows: int,
    max_bytes: int,
    puts: list[tuple[int, ...]],
    waiting: list[int],
    dropped: int,
) -> None:
    with Spool(options.model_copy(update={"max_rows": max_rows, "max_bytes": max_bytes})) as spool:
        for wanted in puts:
            spool.put(batch(*wanted))
        assert numbers(spool) == waiting
        assert spool.counters.spool_dropped == dropped


@pytest.mark.parametrize(
    ("limit_rows", "limit_bytes", "expected"),
    [(2, 10**6, [1, 2]), (9, 2 * (LINE_BYTES + 1), [1, 2]), (9, 2 * LINE_BYTES, [1]), (9, 1, [1])],
)
def test_oldest_keeps_both_limits(
    options: SpoolOptions, limit_rows: int, limit_bytes: int, expected: list[int]
) -> None:
    with Spool(options) as spool:
        spool.put(batch(1, 2, 3))
        assert [row.event_id for row in spool.oldest(limit_rows, limit_bytes)] == ids(*expected)


def test_memories_are_bounded(options: SpoolOptions) -> None:
    bounded = options.model_copy(update={"max_delivered_ids": 3, "max_refused": 2})
    with Spool(bounded) as spool:
        spool.put(batch(*range(10)))
        spool.delivered(ids(*range(5)))
        spool.refused([Refusal(event_id, "bad row") for event_id in ids(5, 6, 7)])
        assert [(row.event_id, row.reason) for row in spool.refused_rows()] == [(i, "bad row") for i in ids(7, 6)]
        assert spool.refused_rows()[0].line == make_detection(7).to_json()
        assert spool.counters.refused_forgotten == 1
        assert spool.put(batch(2, 3, 4)) == 0
        assert spool.put(batch(0, 1)) == 2


def test_age_of_the_oldest(options: SpoolOptions) -> None:
    now_ns = 5_000_000_000
    with Spool(options, lambda: now_ns) as spool:
        assert spool.age_s == 0.0
        spool.put(batch(1))
        now_ns += 2_500_000_000
        spool.put(batch(2))
        assert spool.age_s == 2.5


def test_second_process_is_turned_away(options: SpoolOptions) -> None:
    with Spool(options), pytest.raises(SpoolError, match=rf"in use by another process \(pid {os.getpid()}\); stop it"):
        Spool(options)
    Spool(options).close()


DAMAGES: list[tuple[str, Callable[[Path], object]]] = [
    ("not a database", lambda path: path.write_bytes(b"rubbish" * 1000)),
    ("cut short", lambda path: os.truncate(path, path.stat().st_size // 2)),
    ("a table is gone", lambda path: drop_table(path)),
    ("middle overwritten", lambda path: overwrite(path, 4096, b"\xaa" * 8192)),
]


def drop_table(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("DROP TABLE refused")
    db.close()


def overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


@pytest.mark.parametrize("damage", [row[1] for row in DAMAGES], ids=[row[0] for row in DAMAGES])
def test_damaged_file_is_set_aside(options: SpoolOptions, damage: Callable[[Path], object]) -> None:
    with Spool(options) as spool:
        spool.put(batch(*range(100)))
    damage(options.path)
    damaged = options.path.read_bytes()
    with Spool(options, lambda: 1_700_000_000_000_000_000) as spool:
        assert spool.set_aside == options.path.with_name("spool.sqlite.damaged-20231114T221320Z")
        assert spool.set_aside.read_bytes() == damaged
        assert spool.put(batch(1)) == 1


def test_a_foreign_database_is_left_alone(options: SpoolOptions) -> None:
    options.path.parent.mkdir()
    db = sqlite3.connect(options.path)
    db.execute("CREATE TABLE theirs (x)")
    db.close()
    before = options.path.read_bytes()
    with pytest.raises(SpoolError, match="no Minewatch spool"):
        Spool(options)
    assert options.path.read_bytes() == before


def test_a_newer_schema_is_left_alone(options: SpoolOptions) -> None:
    Spool(options).close()
    db = sqlite3.connect(options.path)
    db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(SpoolError, match=r"newer release \(schema 9\)"):
        Spool(options)


def test_files_are_the_owner_s_only(options: SpoolOptions) -> None:
    with Spool(options) as spool:
        spool.put(batch(1))
        modes = {path.name: path.stat().st_mode & 0o777 for path in options.path.parent.iterdir()}
    assert {name for name, mode in modes.items() if mode == 0o600} >= {"spool.sqlite", "spool.sqlite-wal"}


def test_unwritable_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match="cannot be written"):
        Spool(SpoolOptions(path=tmp_path / "file" / "spool.sqlite"))


def test_a_failed_put_changes_nothing(options: SpoolOptions) -> None:
    with Spool(options) as spool:
        spool.put(batch(1))
        spool._file.db.execute("PRAGMA max_page_count = 1")
        with pytest.raises(SpoolError, match="database or disk is full"):
            spool.put(batch(*range(2, 200)))
        assert (spool.depth, numbers(spool)) == (1, [1])


def test_damage_that_comes_later_is_a_spool_error(options: SpoolOptions) -> None:
    with Spool(options) as spool:
        spool._file.db.execute("DROP TABLE waiting")
        with pytest.raises(SpoolError, match="cannot be used"):
            spool.oldest(1, 1)
        with pytest.raises(SpoolError, match="cannot be used"):
            spool.put(batch(1))


def test_the_file_does_not_grow_with_what_passes_through(options: SpoolOptions) -> None:
    """Long-run size depends on what waits and what is remembered, not on how much was ever delivered."""
    bounded = options.model_copy(update={"max_delivered_ids": 50})
    with Spool(bounded) as spool:
        sizes = []
        for start in range(0, 5000, 50):
            spool.put(batch(*range(start, start + 50)))
            spool.delivered([row.event_id for row in spool.oldest(100, 10**9)])
            sizes.append(sum(path.stat().st_size for path in options.path.parent.iterdir()))
        assert max(sizes[50:]) < 1.1 * max(sizes[:50])


Step = tuple[str, list[int]]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "delivered", "refused", "retry", "reopen"]), st.lists(st.integers(0, 20), max_size=6)
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_every_row_is_accounted_for(tmp_path_factory: pytest.TempPathFactory, steps: list[Step]) -> None:
    options = SpoolOptions(path=tmp_path_factory.mktemp("s") / "spool.sqlite", max_rows=10)
    spool = Spool(options)
    for act, wanted in steps:
        if act == "put":
            spool.put(batch(*wanted))
        elif act == "delivered":
            spool.delivered(ids(*wanted))
        elif act == "refused":
            spool.refused([Refusal(i, "no") for i in ids(*wanted)])
        elif act == "retry":
            spool.retry_refused()
        else:
            spool.close()
            spool = Spool(options)
        counted = spool.counters
        left = counted.delivered + counted.refused + counted.spool_dropped
        assert counted.queued + counted.retried == spool.depth + left
        assert counted.refused - counted.retried == len(spool.refused_rows())
        assert spool.depth == len(numbers(spool)) <= 10
    spool.close()


PUT_UNTIL_KILLED = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from sinks_support import make_detection
from sensor.config.options import SpoolOptions
from sensor.sinks.spool import Spool
spool = Spool(SpoolOptions(path=Path(sys.argv[1])))
for start in range(0, 100_000, 7):
    spool.put([make_detection(n) for n in range(start, start + 7)])
    print(start, flush=True)
"""


@pytest.mark.parametrize("seed", range(4))
def test_kill_9_in_the_middle_of_puts(options: SpoolOptions, seed: int) -> None:
    """What put() had returned for is there; the batch under way is there whole or not at all."""
    command = [sys.executable, "-c", PUT_UNTIL_KILLED, str(options.path), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        time.sleep(random.Random(seed).uniform(0.0, 0.2))
        process.send_signal(signal.SIGKILL)
        said = [0, *(int(line) for line in process.stdout.read().split("\n")[:-1])]
    with Spool(options) as spool:
        assert spool.set_aside is None
        waiting = [row.event_id for row in spool.oldest(10**6, 10**9)]
        assert waiting == [make_detection(n).event_id for n in range(len(waiting))]
        assert len(waiting) in (said[-1] + 7, said[-1] + 14)
