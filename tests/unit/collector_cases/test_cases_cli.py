"""Do the commands work a case from lead to clearance, and say what is wrong in one line?"""

from __future__ import annotations

from pathlib import Path

import pytest
from casework_data import Make
from typer.testing import CliRunner, Result

from collector.cases.models import Lead
from collector.cases.tables import Case
from collector.cli import app
from collector.faults import CollectorError


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["cases", *(str(word) for word in words)])


def test_a_case_from_lead_to_its_first_clearance(lead: Lead, evidence: Path, tmp_path: Path) -> None:
    assert "opened 1  located 0  relapsed 0  escalated 0" in run("watch").output
    case = Case.objects.get()
    no = case.no
    (tmp_path / "photo.jpg").write_bytes(b"abc")
    for words, told in (
        (("open", lead.no), no),
        (("move", no, "dispatch"), "dispatched  grade C  reform  due"),
        (("move", no, "receive"), "received"),
        (("move", no, "check"), "checking"),
        (("measure", no, "seized", "--quantity", "12", "--unit", "台"), "checking"),
        (("move", no, "set-cause", "--cause", "hijacked"), "checking"),
        (("list", "--department", "public-security"), no),
        (("list", "--division", "330481"), "state"),
        (("move", no, "confirm"), "confirmed"),
        (("move", no, "rectify"), "rectifying"),
        (("move", no, "submit"), "review"),
        (("clear", no), "silence: "),
        (("sources", "--only-by", "sensor"), lead.no),
        (("show", no), "next: assign, reject, "),
    ):
        result = run(*words)
        assert result.exit_code == 0, result.output
        assert told in result.output, words
    closing = run("close", no, "--cause", "hijacked")
    assert (Case.objects.get().state, "not closed: " in str(closing.exception)) == ("review", True)


def test_evidence_shows_its_digests(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.cases.verify.evidence_folder", lambda: tmp_path / "evidence")
    (tmp_path / "photo.jpg").write_bytes(b"abc")
    result = run("evidence", case.no, tmp_path / "photo.jpg")
    assert "sha256 ba7816bf" in result.output
    assert "sm3    66c7f0f4" in result.output


def test_appeal_and_leads(case: Case, detect: Make, place: Make) -> None:
    extra = detect("203.0.113.9", "2026-11-18 08:00")
    place()
    split = run("split", "L2026-000001", "--session", extra.detection_id, "-m", "另一租户")
    assert "L2026-000001 → L2026-000002  sessions 1" in split.output
    assert extra.detection_id in run("lead", "L2026-000002").output
    assert "sessions 2" in run("merge", "L2026-000002", "L2026-000001", "-m", "查为同一户").output
    assert "L2026-000002  sessions 1" in run("unmerge", "L2026-000002", "-m", "误并").output
    assert run("move", case.no, "dispatch").exit_code == 0
    assert "appealed" in run("appeal", case.no, "--ground", "教学").output
    assert "appealed" in run("vote", case.no, "uphold", "-m", "r", "--by", "wang").output
    assert "closed" in run("vote", case.no, "uphold", "-m", "r", "--by", "chen").output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("show", "C2026-000099"), "no such case"),
        (("move", "C2026-000001", "dance"), "no such move"),
        (("move", "C2026-000001", "submit"), "not possible"),
        (("move", "C2026-000001", "close"), "is none of"),
        (("open", "L2026-000099"), "no such lead"),
        (("lead", "L2026-000099"), "no such lead"),
        (("list", "--division", "33"), "no division code"),
        (("sources", "--only-by", "rumour"), "is none of"),
        (("evidence", "C2026-000001", "/no/such/file"), "cannot be read"),
        (("unmerge", "L2026-000001", "-m", "r"), "is not merged"),
        (("assign", "C2026-000001", "--department", "x", "--division", "330402", "-m", "r"), "is none of"),
    ],
)
def test_a_fault_is_one_line(case: Case, words: tuple[str, ...], told: str) -> None:
    result = run(*words)
    assert isinstance(result.exception, CollectorError), result.output
    assert told in str(result.exception)
    assert "\n" not in str(result.exception)
