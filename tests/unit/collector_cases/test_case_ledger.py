"""Does the database refuse to change the ledger, and does ``verify`` name what somebody altered all the same?"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from casework_data import NOW
from django.db import DatabaseError, connection, transaction

from collector.cases import casework, guard
from collector.cases.choices import Action, Department
from collector.cases.evidence import attach, path_of, store
from collector.cases.ledger import append
from collector.cases.state import Entry
from collector.cases.tables import Case, CaseEvent, LedgerHead
from collector.chain import Algorithm, link_hash, verify_all
from collector.faults import CollectorError

OWN = ("cases", "case rows", "case evidence")


def told() -> list[str]:
    """Every break that ``verify`` names in what casework keeps."""
    found = verify_all()
    return [one.what for name in OWN for one in found[name].breaks]


@pytest.fixture
def busy(case: Case, evidence: Path) -> Case:
    """A case with a few entries and a file."""
    casework.dispatch(case.no, "li", NOW)
    for action in (Action.RECEIVE, Action.CHECK):
        casework.move(case.no, action, "li", NOW)
    attach(case.no, io.BytesIO(b"a photo"), "/tmp/照片.jpg", evidence, 1_000, "li", NOW)
    assert told() == []
    return Case.objects.get()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cases_caseevent SET actor = 'nobody'",
        "DELETE FROM cases_caseevent",
        "DELETE FROM cases_caseevent WHERE seq = 2",
    ],
)
def test_the_database_refuses(busy: Case, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert told() == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # SQLite has no TRUNCATE
def test_postgresql_refuses_to_empty_the_table(busy: Case) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE cases_caseevent")


def test_a_missing_guard_is_told(busy: Case) -> None:
    guard.remove(connection)
    assert told() == ["the database no longer refuses changes of the ledger: its triggers are gone"]
    guard.install(connection)
    assert told() == []


def _rehash(seq: int) -> None:
    """Forge the hash of one row to fit what it says now."""
    event = CaseEvent.objects.get(seq=seq)
    CaseEvent.objects.filter(seq=seq).update(
        hash=link_hash(event.seq, event.content(), event.previous, event.algorithm)
    )


def _forge(seq: int) -> None:
    CaseEvent.objects.filter(seq=seq).update(actor="nobody")
    _rehash(seq)


@pytest.mark.parametrize(
    ("alter", "patterns"),
    [
        (lambda: CaseEvent.objects.filter(seq=2).update(actor="nobody"), [r"was altered"]),
        (lambda: CaseEvent.objects.filter(seq=3).update(body="{}"), [r"was altered"]),
        (lambda: CaseEvent.objects.filter(seq=2).update(at=NOW.replace(year=2025)), [r"was altered"]),
        (lambda: CaseEvent.objects.filter(seq=2).update(algorithm="md5"), [r"was altered"]),
        (lambda: _forge(2), [r"does not follow", r"C2026-000001: does not follow"]),
        (
            lambda: CaseEvent.objects.filter(seq=2).delete(),
            [r"rows 2 to 2 are missing", r"does not follow", r"altered in"],
        ),
        (lambda: CaseEvent.objects.filter(seq=7).delete(), [r"chain ends at 6", r"altered in"]),
        (lambda: LedgerHead.objects.update(seq=6), [r"chain ends at 7"]),
    ],
)
def test_an_altered_entry_is_named(busy: Case, alter: Callable[[], None], patterns: list[str]) -> None:
    assert CaseEvent.objects.count() == 7
    guard.remove(connection)
    alter()
    found = "\n".join(told())
    for pattern in patterns:
        assert re.search(pattern, found), found


@pytest.mark.parametrize(
    ("alter", "name"),
    [
        (lambda case: Case.objects.update(state="closed"), "state"),
        (lambda case: Case.objects.update(grade="A"), "grade"),
        (lambda case: Case.objects.update(due_at=None), "due_at"),
        (lambda case: Case.objects.update(version=2), "version"),
        (lambda case: Case.objects.update(folded=case.folded | {"cause": "hijacked"}), "folded"),
        (lambda case: case.queues.create(department=Department.MARKET), "queues"),
    ],
)
def test_an_altered_case_is_named(busy: Case, alter: Callable[[Case], None], name: str) -> None:
    alter(busy)
    assert told() == [f"case C2026-000001: altered in {name}"]


def test_a_case_out_of_nothing_is_named(busy: Case) -> None:
    busy.pk, busy.no, busy.state = None, "C2026-000009", "merged"
    busy.save(force_insert=True)
    assert told() == ["case C2026-000009: altered in everything: it has no entries"]


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda path: (path.chmod(0o600), path.write_bytes(b"another photo")), "was altered"),
        (lambda path: path.unlink(), "cannot be read"),
    ],
)
def test_an_altered_file_is_named(busy: Case, evidence: Path, spoil: Callable[[Path], None], what: str) -> None:
    sealed = busy.folded["evidence"][0]
    spoil(path_of(evidence, sealed["sha256"]))
    (fault,) = told()
    assert what in fault
    assert "照片.jpg" in fault


def test_a_file_is_stored_once_whole_or_not_at_all(tmp_path: Path) -> None:
    seals = {store(io.BytesIO(b"abc"), tmp_path / "e", 3) for _ in range(2)}
    (seal,) = seals
    assert seal.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert seal.sm3 == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", "GB/T 32905, A.1"
    with pytest.raises(CollectorError, match="larger than 3 bytes"):
        store(io.BytesIO(b"abcd"), tmp_path / "e", 3)
    assert [path.name for path in (tmp_path / "e").rglob("*") if path.is_file()] == [seal.sha256]


def test_a_chain_may_change_its_digest(busy: Case) -> None:
    entry = Entry("2026-11-19T00:00:00.000000+00:00", "li", Action.LEAD_SPLIT, {"to": "L2026-000002"})
    event = append("L2026-000001", entry, "", Algorithm.SM3)
    assert (event.algorithm, len(event.hash), event.subject_seq) == ("sm3", 64, 1)
    assert told() == []
    assert json.loads(event.body) == {"to": "L2026-000002"}
