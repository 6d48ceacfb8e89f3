"""Which numbers do the documents in force state? A first set; an office imports its own."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NOTICE = "发改运行〔2021〕1283号"
FROM = datetime.date(2021, 9, 3)
CLAUSES = (
    ("(二)", "基本原则"),
    ("(三)", "梳理排查存量项目"),
    ("(四)", "梳理排查在建新增项目"),
    ("(五)", "加强异常用电监测分析"),
    ("(六)", "强化新增虚拟货币“挖矿”项目能耗双控约束"),
    ("(七)", "将虚拟货币“挖矿”活动列为淘汰类产业"),
    ("(八)", "严禁以数据中心名义开展虚拟货币“挖矿”活动"),
    ("(九)", "加强数据中心类企业信用监管"),
    ("(十)", "严格限制虚拟货币“挖矿”企业用电报装和用能"),
    ("(十一)", "严禁对新建虚拟货币“挖矿”项目提供财税金融支持"),
    ("(十二)", "依法查处违法违规供电行为"),
    ("(十三)", "实行差别电价"),
    ("(十四)", "不允许虚拟货币“挖矿”项目参与电力市场"),
    ("(十五)", "停止对虚拟货币“挖矿”项目的一切财税支持"),
    ("(十六)", "停止对虚拟货币“挖矿”项目提供金融服务"),
    ("(十七)", "按照《产业结构调整指导目录》规定限期淘汰"),
    ("(十八)", "明确责任分工"),
    ("(十九)", "形成监管合力"),
    ("(二十)", "强化督促落实"),
)
TARIFFS = (
    ("", "0.3000", FROM, f"{NOTICE}(十三)"),
    ("460000", "0.8000", datetime.date(2021, 12, 3), "海南省差别电价通知 2021-12-03"),
)
FACTORS = (
    ("mining-energy-multiple", "2", "1", FROM, f"{NOTICE}(六)"),
    ("electricity-tce", "0.1229", "tce/MWh", datetime.date(2021, 4, 1), "GB/T 2589-2020（当量值）"),
)


def add(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    clause, tariff, factor = (apps.get_model("registry", name) for name in ("PolicyClause", "Tariff", "EnergyFactor"))
    for article, title in CLAUSES:
        clause.objects.create(document=NOTICE, article=article, title=title, valid_from=FROM)
    for code, surcharge, since, basis in TARIFFS:
        values = {"surcharge_yuan_per_kwh": Decimal(surcharge), "valid_from": since, "basis": basis}
        tariff.objects.create(division_code=code, **values)
    for key, value, unit, since, basis in FACTORS:
        factor.objects.create(key=key, value=Decimal(value), unit=unit, valid_from=since, basis=basis)


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_span_of_known_records")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
