"""Which words does a trace request use: who is asked, and which kind of user was found?"""

from __future__ import annotations

from django.db import models

from collector.text import bilingual


class Step(models.TextChoices):
    """Who is asked: the carrier for its subscriber, or the unit for the machine behind its own NAT."""

    CARRIER = "carrier", bilingual("运营商溯源", "Carrier")
    UNIT = "unit", bilingual("单位内网溯源", "Unit's inner network")


class UserType(models.TextChoices):
    """What the asked party found."""

    ENTERPRISE = "enterprise", bilingual("单位用户", "Unit")
    RESIDENT = "resident", bilingual("个人用户", "Resident")
    OWN = "own", bilingual("运营商自用", "The carrier itself")
    NOT_FOUND = "not-found", bilingual("未查到", "Not found")


USER_WORDS = {
    UserType.ENTERPRISE: ("单位用户", "企事业单位", "企业", "单位", "政企", "unit", "enterprise"),
    UserType.RESIDENT: ("个人用户", "个人", "居民", "家庭", "resident", "household"),
    UserType.OWN: ("运营商自用", "自用", "own", "carrier"),
    UserType.NOT_FOUND: ("未查到", "查无", "无记录", "无法定位", "not found", "none"),
}
"""What a reply may call each; the first is what the workbook's list offers."""
