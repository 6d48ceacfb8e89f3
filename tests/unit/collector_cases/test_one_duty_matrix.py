"""Do the lists' duty rules of an older version go on in the one matrix, and numbers go on from where they were?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from collector.cases.routing import DutyMatrix, Matter
from collector.registry.models import ImportChange
from collector.registry.numbers import next_number

BEFORE = [("lists", "0003_issues_of_every_kind"), ("cases", "0003_rules_and_guard")]
DAY = dt.date(2026, 11, 18)
BASIS = "海委办〔2026〕1号"


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[None]:
    """A database of its own: filled as the older version had it, then brought up to date."""
    folder: Path = tmp_path_factory.mktemp("older")
    plain = connections[DEFAULT_DB_ALIAS]
    settings = plain.settings_dict | {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "older.sqlite3")}
    own = type(connections)({DEFAULT_DB_ALIAS: settings})[DEFAULT_DB_ALIAS]
    with django_db_blocker.unblock():
        connections[DEFAULT_DB_ALIAS] = own
        executor = MigrationExecutor(own)
        executor.migrate(BEFORE)
        _fill(executor.loader.project_state(BEFORE).apps)
        executor = MigrationExecutor(own)
        executor.migrate(executor.loader.graph.leaf_nodes())
        yield
        own.close()
        connections[DEFAULT_DB_ALIAS] = plain


def _fill(apps: Any) -> None:
    rule = apps.get_model("lists", "DutyRule")
    named = {"valid_from": dt.date(2026, 1, 1), "basis": BASIS}
    cafe = {"division_prefix": "330481", "nature": "internet-cafe", "department_en": "", "deadline_days": 5}
    rule.objects.create(**cafe, department_zh="海宁市文旅局", **named)
    data = {"division_prefix": "330483", "nature": "", "department_en": "Data bureau", "deadline_days": 3}
    made = rule.objects.create(**data, department_zh="桐乡市数据局", **named)
    apps.get_model("cases", "NumberSeries").objects.create(prefix="L2026-", last=41)
    batch = apps.get_model("registry", "ImportBatch").objects.create(no="I000001", kind="duty-rules")
    change = apps.get_model("registry", "ImportChange").objects
    change.create(batch=batch, table="lists.DutyRule", row_id=made.pk, before={"deadline_days": 9})


@pytest.mark.parametrize(
    ("matter", "department", "name", "days", "joined"),
    [
        (Matter("330481", "internet-cafe"), "culture", "海宁市文旅局", 5, ["reform"]),
        (Matter("330402", "internet-cafe"), "culture", "文化广电旅游部门", 7, ["reform"]),
        (Matter("330402", "state-organ"), "reform", "发展改革部门", 7, ["discipline"]),
        (Matter("330402", cause="hijacked"), "reform", "发展改革部门", 7, ["public-security"]),
        (Matter("330402"), "reform", "发展改革部门", 7, ["cyberspace"]),
        (Matter("330483"), "other", "桐乡市数据局", 3, []),
        (Matter("110101"), "reform", "发展改革部门", None, ["cyberspace"]),
    ],
)
@pytest.mark.usefixtures("migrated")
def test_lists_and_cases_name_one_department(
    matter: Matter, department: str, name: str, days: int | None, joined: list[str]
) -> None:
    route = DutyMatrix(DAY).of(matter)
    assert route is not None
    told = (route.department, route.names["zh"], route.list_days, list(route.co_departments))
    assert told == (department, name, days, joined)


@pytest.mark.usefixtures("migrated")
def test_numbers_go_on() -> None:
    assert next_number("L2026-") == "L2026-000042"


@pytest.mark.usefixtures("migrated")
def test_a_file_of_rules_can_still_be_undone() -> None:
    change = ImportChange.objects.get()
    assert (change.table, change.before) == ("cases.RouteRule", {"list_days": 9})
