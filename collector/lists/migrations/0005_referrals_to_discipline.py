"""Who sees that a person in public office is involved? Discipline inspection; and whose are makers of miners?"""

from __future__ import annotations

import datetime

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

RULE = {
    "division_code": "330400",
    "source": "equipment",
    "department": "industry",
    "co_departments": ["reform"],
    "valid_from": datetime.date(2022, 3, 1),
    "basis": "嘉兴市整治虚拟货币“挖矿”活动工作方案 二、四",
}


def add(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("cases", "RouteRule").objects.create(**RULE)


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("cases", "RouteRule").objects.filter(source="equipment", basis=RULE["basis"]).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('lists', '0004_one_duty_matrix'),
    ]

    operations = [
        migrations.RunPython(add, remove),
        migrations.AddField(
            model_name='referral',
            name='involves_official',
            field=models.BooleanField(default=False, help_text='公职人员; shown to discipline inspection alone'),
        ),
        migrations.AlterField(
            model_name='referral',
            name='matter',
            field=models.CharField(choices=[('illegal-supply', 'Illegal supply of electricity'), ('fiscal', 'Stop of fiscal support'), ('finance', 'Stop of financial services'), ('market', 'Exit from the electricity market'), ('crime', 'Suspected offence'), ('advertising', 'Registration and advertising'), ('discipline', 'Suspected breach of discipline')], max_length=20),
        ),
    ]
