"""Which words does a weekly list use? Every closed set of answers, in both languages."""

from __future__ import annotations

from django.db import models

from collector.text import bilingual


class ListKind(models.TextChoices):
    """Which list an issue is."""

    WEEKLY = "weekly", bilingual("每周挖矿IP清单", "Weekly list of mining addresses")


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


class Cause(models.TextChoices):
    """Reply: why did it mine? （原因）"""

    DELIBERATE = "deliberate", bilingual("主动", "Deliberate")
    HIJACKED = "hijacked", bilingual("被控", "Hijacked")
    FALSE_ALARM = "false-alarm", bilingual("误报", "False alarm")
    NOT_FOUND = "not-found", bilingual("无法定位", "Cannot be located")


class Measure(models.TextChoices):
    """Reply: what was done? （处置措施）"""

    NETWORK_CUT = "network-cut", bilingual("断网", "Network cut")
    POWER_CUT = "power-cut", bilingual("停限电", "Power cut or limited")
    DISMANTLED = "dismantled", bilingual("拆除", "Dismantled")
    SEIZED = "seized", bilingual("扣押", "Seized")
    CLEANED = "cleaned", bilingual("清除木马", "Malware removed")
    PLEDGED = "pledged", bilingual("承诺书", "Pledge signed")
    FILED = "filed", bilingual("立案", "Case filed")
    OTHER = "other", bilingual("其他", "Other")
