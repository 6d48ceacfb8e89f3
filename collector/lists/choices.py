"""Which words does a weekly list use? Every closed set of answers, in both languages."""

from __future__ import annotations

from django.db import models

from collector.cases.choices import Cause, Measure
from collector.text import bilingual

__all__ = ("Basis", "Category", "Cause", "Change", "ListKind", "Matter", "Measure", "Progress", "Stage", "Truth")


class ListKind(models.TextChoices):
    """Which list an issue is."""

    WEEKLY = "weekly", bilingual("每周挖矿IP清单", "Weekly list of mining addresses")
    KEY = "key", bilingual("重点名单", "Key list")
    STOCK = "stock", bilingual("存量名单", "Stock list")
    CHECK = "check", bilingual("核查反馈表", "Field-check forms")
    PROJECTS = "projects", bilingual("在运“挖矿”项目清单", "Operating mining projects")
    PLANNED = "planned", bilingual("在建（拟建）“挖矿”项目清单", "Mining projects under construction")
    PRICE = "price", bilingual("差别电价名单", "Differential price list")
    CREDIT = "credit", bilingual("信用承诺台账", "Ledger of credit commitments")
    SELF_AUDIT = "self-audit", bilingual("国有单位自查表", "Self-audit of state-owned units")
    ENERGY = "energy", bilingual("“挖矿”能耗加倍计算表", "Doubled energy of mining")
    REFERRAL = "referral", bilingual("移送单", "Referrals")


class Change(models.TextChoices):
    """How a lead stands to the list of the week before (较上周)."""

    NEW = "new", bilingual("新增", "New")
    CONTINUING = "continuing", bilingual("延续", "Continuing")
    RELAPSED = "relapsed", bilingual("复燃", "Relapsed")
    CLEARED = "cleared", bilingual("销号", "Cleared")
    SILENT = "silent", bilingual("本周未见", "Not seen this week")


class Category(models.TextChoices):
    """How a lead stands to the weeks before (名单类别)."""

    KEY = "key", bilingual("重点", "Key")
    STOCK = "stock", bilingual("存量", "Stock")
    NEW = "new", bilingual("新增", "New")
    RELAPSE = "relapse", bilingual("复燃", "Relapse")


class Truth(models.TextChoices):
    """Reply: is it so? （是否属实）"""

    TRUE = "true", bilingual("属实", "True")
    FALSE = "false", bilingual("不属实", "Not true")
    OPEN = "open", bilingual("待核", "To be checked")


class Basis(models.TextChoices):
    """Where a figure of energy or power comes from (数据来源)."""

    METER = "meter", bilingual("电表计量", "Metered")
    MEASURED = "measured", bilingual("现场实测", "Measured on site")
    ESTIMATED = "estimated", bilingual("算力估算", "Estimated from hash rate")


class Stage(models.TextChoices):
    """How far a project is that does not run yet（阶段）."""

    PROPOSED = "proposed", bilingual("拟建", "Proposed")
    CONNECTION = "connection", bilingual("报装", "Grid connection asked for")
    ENERGY_REVIEW = "energy-review", bilingual("节能审查", "Energy review")
    BUILDING = "building", bilingual("在建", "Under construction")
    STOPPED = "stopped", bilingual("停建", "Stopped")


class Matter(models.TextChoices):
    """What is handed to another department（移送事项）."""

    ILLEGAL_SUPPLY = "illegal-supply", bilingual("违法违规供电", "Illegal supply of electricity")
    FISCAL = "fiscal", bilingual("停止财税支持", "Stop of fiscal support")
    FINANCE = "finance", bilingual("停止金融服务", "Stop of financial services")
    MARKET = "market", bilingual("退出电力市场", "Exit from the electricity market")
    CRIME = "crime", bilingual("涉嫌违法犯罪", "Suspected offence")
    ADVERTISING = "advertising", bilingual("登记与广告", "Registration and advertising")
    DISCIPLINE = "discipline", bilingual("涉嫌违纪违法（移送纪检监察）", "Suspected breach of discipline")


class Progress(models.TextChoices):
    """How far a tip-off, a referral or a key entry is（办理状态）."""

    OPEN = "open", bilingual("未办结", "Open")
    ACCEPTED = "accepted", bilingual("已受理", "Accepted")
    DONE = "done", bilingual("已办结", "Done")
    REFUSED = "refused", bilingual("不予受理", "Refused")
