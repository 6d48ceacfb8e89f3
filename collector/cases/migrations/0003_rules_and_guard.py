"""Which rules does casework start with, and who guards its ledger? An office may change the rules."""

from __future__ import annotations

import datetime

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from collector.cases import guard

NATIONAL = "发改运行〔2021〕1283号"
JIAXING = "嘉兴市整治虚拟货币“挖矿”活动工作方案"
OWN = "系统默认，未见公开规定，可改 product default, no public rule sets it"
SINCE = datetime.date(2021, 9, 3)
JIAXING_SINCE = datetime.date(2022, 3, 1)
PUBLIC = ["state-organ", "public-institution", "state-enterprise", "university", "school"]
GRADES = (
    ("mine", "A", "facility", None, ["mine"], NATIONAL + "(三)"),
    ("power-100", "A", "power_kw", 100.0, [], OWN),
    ("public-unit", "B", "nature", None, PUBLIC, JIAXING + " 五(二)"),
    ("power-10", "B", "power_kw", 10.0, [], OWN),
    ("sources-3", "B", "sources", 3.0, [], OWN),
    ("days-28", "B", "days", 28.0, [], OWN),
)
ROUTES = (
    ("", "", "", "", "reform", ["cyberspace"], SINCE, NATIONAL + "(十八)"),
    ("330400", "school", "", "", "education", ["reform"], JIAXING_SINCE, JIAXING + " 四"),
    ("330400", "university", "", "", "education", ["reform"], JIAXING_SINCE, JIAXING + " 四"),
    ("330400", "internet-cafe", "", "", "culture", ["reform"], JIAXING_SINCE, JIAXING + " 四"),
    ("330400", "state-organ", "", "", "reform", ["discipline"], JIAXING_SINCE, JIAXING + " 五(二)"),
    ("330400", "public-institution", "", "", "reform", ["discipline"], JIAXING_SINCE, JIAXING + " 五(二)"),
    ("330400", "state-enterprise", "", "", "reform", ["discipline"], JIAXING_SINCE, JIAXING + " 五(二)"),
    ("330400", "", "", "hijacked", "reform", ["public-security"], JIAXING_SINCE, JIAXING + " 四"),
)
DEADLINES = (
    ("dispatched", "", 1),
    ("received", "", 1),
    ("checking", "", 5),
    ("checking", "A", 3),
    ("appealed", "", 5),
    ("not-local", "", 1),
    ("unlocatable", "", 5),
    ("rectifying", "", 10),
    ("rectifying", "A", 5),
    ("review", "", 15),
    ("relapsed", "", 1),
)


def add(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grade, route, deadline = (apps.get_model("cases", name) for name in ("GradeRule", "RouteRule", "DeadlineRule"))
    for code, letter, fact, at_least, one_of, basis in GRADES:
        grade.objects.create(
            code=code, grade=letter, fact=fact, at_least=at_least, one_of=one_of, basis=basis, valid_from=SINCE
        )
    for division, nature, facility, cause, department, joined, since, basis in ROUTES:
        route.objects.create(
            division_code=division,
            nature=nature,
            facility=facility,
            cause=cause,
            department=department,
            co_departments=joined,
            basis=basis,
            valid_from=since,
        )
    for state, letter, days in DEADLINES:
        deadline.objects.create(state=state, grade=letter, working_days=days, basis=OWN, valid_from=SINCE)
    apps.get_model("cases", "LedgerHead").objects.get_or_create(pk=1)


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for name in ("GradeRule", "RouteRule", "DeadlineRule"):
        apps.get_model("cases", name).objects.all().delete()


def note_sensors(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Every lead there is was seen by the sensors."""
    source = apps.get_model("cases", "LeadSource")
    leads = apps.get_model("cases", "Lead").objects.filter(detections__gt=0)
    rows = (
        source(lead=lead, kind="sensor", reference="", first_at=lead.first_seen, last_at=lead.last_seen)
        for lead in leads.iterator(chunk_size=500)
    )
    source.objects.bulk_create(rows, batch_size=500)


def install(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    guard.install(schema_editor.connection)


def uninstall(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    guard.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_casework")]
    operations = [
        migrations.RunPython(add, remove),
        migrations.RunPython(note_sensors, migrations.RunPython.noop),
        migrations.RunPython(install, uninstall),
    ]
