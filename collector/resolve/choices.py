"""Which words does an attribution use: its status, and how an interval met the detection's time?"""

from __future__ import annotations

from django.db import models

from collector.text import bilingual


class Status(models.TextChoices):
    """What is known about who held the address."""

    AUTO = "auto", bilingual("已定位", "Located")
    CONFIRMED = "confirmed", bilingual("已人工确认", "Confirmed by a person")
    CONFLICT = "conflict", bilingual("定位冲突", "Conflict")
    UNKNOWN = "unknown", bilingual("未定位", "Not located")


class Match(models.TextChoices):
    """How a source's record met the time of the detection, surest first."""

    EXACT = "exact", bilingual("覆盖全程", "Covers the whole time")
    EDGE = "edge", bilingual("在时钟误差内易手", "Changes hands within the clock's slack")
    PARTIAL = "partial", bilingual("仅覆盖部分时段", "Covers a part of the time")
