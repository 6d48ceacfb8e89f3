"""Can an office read its rules, change them from a day on, and be told what is wrong in a file?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from casework_data import NOW
from typer.testing import CliRunner

from collector.cases.choices import Fact, Grade
from collector.cases.grading import grade_of
from collector.cases.rules import load_rules, rules_text
from collector.cases.tables import DeadlineRule, GradeRule, RouteRule
from collector.cli import app
from sensor.model.errors import ConfigError

DAY = NOW.date()
FACTS = {"sources": 1, "days": 3, "shares": 10, "power_kw": 0.0, "nature": "", "facility": ""}


def written(folder: Path, text: str) -> Path:
    path = folder / "rules.yaml"
    path.write_text(text, "utf-8")
    return path


def test_what_is_printed_can_be_taken_in_and_changes_nothing(db: None, tmp_path: Path) -> None:
    before = [list(table.objects.order_by("pk").values()) for table in (GradeRule, RouteRule, DeadlineRule)]
    printed = CliRunner().invoke(app, ["cases", "rules"]).output
    taken = CliRunner().invoke(app, ["cases", "rules", str(written(tmp_path, printed))])
    assert taken.output == "0 rules new or changed\n"
    assert [list(table.objects.order_by("pk").values()) for table in (GradeRule, RouteRule, DeadlineRule)] == before


def test_a_rule_changes_from_a_day_on(db: None, tmp_path: Path) -> None:
    facts = FACTS | {"power_kw": 12.0}
    text = """
grades:
  - {code: power-10, grade: A, fact: power_kw, at_least: 12, valid_from: 2026-11-18, basis: 市办〔2026〕1号}
"""
    assert load_rules(written(tmp_path, text)) == 1
    days = (DAY - dt.timedelta(days=1), DAY)
    assert [grade_of(facts, 0, day).grade for day in days] == ["B", "A"]
    assert "市办〔2026〕1号" in rules_text(DAY)
    assert "市办〔2026〕1号" not in rules_text(days[0])
    between = text.replace("2026-11-18", "2026-06-01").replace("at_least: 12", "at_least: 99")
    assert [load_rules(written(tmp_path, between)) for _ in range(2)] == [1, 0]
    assert [grade_of(facts, 0, day).grade for day in (*days, dt.date(2026, 1, 1))] == ["C", "A", "B"]


@pytest.mark.parametrize(
    ("facts", "relapses", "grade", "rules"),
    [
        ({}, 0, Grade.C, []),
        ({"facility": "mine"}, 0, Grade.A, ["mine"]),
        ({"nature": "school"}, 0, Grade.B, ["public-unit"]),
        ({"nature": "private-enterprise"}, 0, Grade.C, []),
        ({"power_kw": 9.9}, 0, Grade.C, []),
        ({"power_kw": 10.0}, 0, Grade.B, ["power-10"]),
        ({"power_kw": 100.0, "days": 28}, 0, Grade.A, ["power-100", "days-28", "power-10"]),
        ({"sources": 3}, 0, Grade.B, ["sources-3"]),
        ({}, 1, Grade.B, ["relapse"]),
        ({}, 2, Grade.A, ["relapse"]),
        ({"nature": "school"}, 9, Grade.A, ["public-unit", "relapse"]),
    ],
)
def test_every_grade_has_its_reasons(
    db: None, facts: dict[str, object], relapses: int, grade: Grade, rules: list[str]
) -> None:
    graded = grade_of(FACTS | facts, relapses, DAY)
    assert (graded.grade, [reason["rule"] for reason in graded.reasons]) == (grade, rules)
    assert set(FACTS) == set(Fact.values)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("grades: [{code: x}]", "grades"),
        ("kitchen: []", "kitchen: unknown option"),
        ("grades: [{code: x, grade: A, fact: nature, at_least: 1, valid_from: 2026-01-01, basis: b}]", "one_of"),
        ("grades: [{code: x, grade: A, fact: days, valid_from: 2026-01-01, basis: b}]", "at_least"),
        ("routes: [{department: kitchen, valid_from: 2026-01-01, basis: b}]", "department"),
        ("routes: [{department: reform, division_code: '33', valid_from: 2026-01-01, basis: b}]", "division_code"),
        ("deadlines: [{state: review, working_days: 0, valid_from: 2026-01-01, basis: b}]", "working_days"),
        ("deadlines: [{state: review, working_days: 1, valid_from: 2026-01-01}]", "basis"),
        (
            "deadlines: [{state: review, working_days: 1, valid_from: 2026-01-01, valid_to: 2026-01-01, basis: b}]",
            "valid_to",
        ),
    ],
)
def test_a_fault_keeps_the_whole_file_out(db: None, tmp_path: Path, text: str, told: str) -> None:
    good = "\ndeadlines: [{state: lead, working_days: 9, valid_from: 2026-01-01, basis: b}]\n"
    path = written(tmp_path, text if text.startswith("deadlines") else text + good)
    with pytest.raises(ConfigError, match=told):
        load_rules(path)
    assert not DeadlineRule.objects.filter(state="lead").exists()
