"""Are the readings of an older release judged when the tables of this one are made?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from collector.power.models import MeterWeek
from collector.power.weeks import judge_everything

BEFORE, AFTER = [("power", "0002_first_rules")], [("power", "0003_weeks_of_meters")]
MONDAY = date(2026, 11, 2)
NOW = datetime(2026, 11, 20, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def older(_django_db_helper: None) -> Iterator[object]:
    """The tables as they were; afterwards they are as they are."""
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    yield executor.loader.project_state(BEFORE).apps
    MigrationExecutor(connection).migrate(AFTER)


def test_forward_on_data(older: object) -> None:
    model = older.get_model  # type: ignore[attr-defined]
    unit = model("registry", "Organisation").objects.create(name="嘉兴某公司", division_code="330402")
    model("registry", "Site").objects.create(
        organisation=unit, address="中环南路1号", division_code="330402", meter_no="A"
    )
    start = datetime(2026, 11, 1, 16, tzinfo=UTC)
    model("power", "MeterReading").objects.bulk_create(
        model("power", "MeterReading")(
            meter_no=meter_no, start=start + timedelta(days=day), minutes=1440, kwh=kwh + day % 2 * spread
        )
        for meter_no, kwh, spread in (("A", 1200.0, 0.0), ("B", 20.0, 9.0))
        for day in range(17)
    )
    executor = MigrationExecutor(connection)
    executor.migrate(AFTER)
    columns = [one.attname for one in MeterWeek._meta.concrete_fields if one.name not in ("id", "created_at")]
    made = list(MeterWeek.objects.order_by("meter_no", "monday").values(*columns))
    suspects = {(row["meter_no"], row["monday"], row["division_code"]) for row in made if row["is_suspect"]}
    assert suspects == {("A", MONDAY + timedelta(weeks=number), "330402") for number in range(3)}
    assert len(made) == 6
    now = executor.loader.project_state(AFTER).apps
    assert now.get_model("jobs", "Job").objects.filter(kind="judge-meters").count() == 1
    moment = made[0]["judged_at"]
    judge_everything(moment)
    assert list(MeterWeek.objects.order_by("meter_no", "monday").values(*columns)) == made
