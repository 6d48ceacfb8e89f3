"""Which departments lead by the work plans in force? A first table; an office may change it."""

from __future__ import annotations

import datetime

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NATIONAL = "发改运行〔2021〕1283号"
JIAXING = "嘉兴市整治虚拟货币“挖矿”活动工作方案"
ROWS = (
    ("", "", "发展改革部门", "Development and reform", None, "2021-09-03", NATIONAL + "(十八)"),
    ("330400", "", "发展改革部门", "Development and reform", 7, "2022-03-01", JIAXING + " 四、五(一)"),
    ("330400", "school", "教育部门", "Education", 7, "2022-03-01", JIAXING + " 四、五(一)"),
    ("330400", "university", "教育部门", "Education", 7, "2022-03-01", JIAXING + " 四、五(一)"),
    ("330400", "internet-cafe", "文化广电旅游部门", "Culture and tourism", 7, "2022-03-01", JIAXING + " 四、五(一)"),
)


def add(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rule = apps.get_model("lists", "DutyRule")
    for prefix, nature, zh, en, days, since, basis in ROWS:
        rule.objects.create(
            division_prefix=prefix,
            nature=nature,
            department_zh=zh,
            department_en=en,
            deadline_days=days,
            valid_from=datetime.date.fromisoformat(since),
            basis=basis,
        )


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("lists", "DutyRule").objects.filter(basis__in=[row[-1] for row in ROWS]).delete()


class Migration(migrations.Migration):
    dependencies = [("lists", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
