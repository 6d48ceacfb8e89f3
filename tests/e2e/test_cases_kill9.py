"""Does the ledger of cases stay whole when its writer dies at any moment, and is a hand in the database found?"""

from __future__ import annotations

import random
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from kill9_support import MINEWATCH, PATIENCE_S, Killable, Office, environment

ROUNDS = 5
ENTRIES_A_ROUND = 12
WORKER = Path(__file__).parent / "cases_worker.py"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def verify(office: Office) -> subprocess.CompletedProcess[str]:
    command = [*MINEWATCH, "collector", "--config", str(office.folder / "collector.yaml"), "verify"]
    return subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=PATIENCE_S, check=False)


def wait_for(worker: Killable, office: Office, wanted: int) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while office.count("cases_caseevent") < wanted:
        assert worker.is_running, worker.tail()
        assert time.monotonic() < deadline_s, worker.tail()
        time.sleep(0.005)


def alter(office: Office, *statements: str) -> None:
    with closing(sqlite3.connect(office.folder / "data" / "collector.sqlite3")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def test_kill_9_of_the_writer_and_a_hand_in_the_database(office: Office) -> None:
    """Kills are spread by how much was written; then somebody alters one row, first with the guard, then without."""
    dice = random.Random(7)
    worker = Killable([sys.executable, str(WORKER), str(office.folder / "collector.yaml")], office.folder / "log")
    try:
        for _ in range(ROUNDS):
            worker.start()
            wait_for(worker, office, office.count("cases_caseevent") + dice.randint(1, ENTRIES_A_ROUND))
            time.sleep(dice.uniform(0.0, 0.02))
            worker.kill()
    finally:
        worker.kill()
    assert worker.kills == ROUNDS
    whole = verify(office)
    assert whole.returncode == 0, whole.stderr
    assert re.search(r"^cases: \d+ rows, head [0-9a-f]{64}, 0 breaks$", whole.stdout, re.MULTILINE)

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        alter(office, "UPDATE cases_caseevent SET actor = 'nobody' WHERE seq = 3")
    alter(
        office,
        "DROP TRIGGER cases_caseevent_no_update",
        "UPDATE cases_caseevent SET actor = 'nobody' WHERE seq = 3",
        "UPDATE cases_case SET grade = 'A' WHERE no LIKE '%-000001'",
    )
    broken = verify(office)
    assert broken.returncode == 2
    for told in (
        r"^cases 3: was altered",
        r"^cases 0: .*triggers are gone",
        r"^case rows \d+: .*-000001: altered in grade",
    ):
        assert re.search(told, broken.stderr, re.MULTILINE), broken.stderr
