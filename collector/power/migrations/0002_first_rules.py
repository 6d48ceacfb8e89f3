"""By which limits does a load curve speak for mining? A first table, flat round the clock; an office imports its own."""

from __future__ import annotations

import datetime

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BASIS = "起始阈值：日电量波动小、月平均电量稳定（国家电网报 2021-10 江苏做法）；各地可导入修订"
FROM = datetime.date(2021, 9, 3)
ROWS = (
    ("days", 7.0, None),
    ("mean-kw", 3.0, None),
    ("load-factor", 0.85, None),
    ("night-day", 0.85, 1.3),
    ("variation", None, 0.1),
)


def add(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rule = apps.get_model("power", "PowerRule")
    for feature, least, most in ROWS:
        rule.objects.create(feature=feature, least=least, most=most, valid_from=FROM, basis=BASIS)


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("power", "PowerRule").objects.filter(basis=BASIS).delete()


class Migration(migrations.Migration):
    dependencies = [("power", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
