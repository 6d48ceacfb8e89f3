"""Which features of a load curve are looked at?"""

from __future__ import annotations

from django.db import models

from collector.text import bilingual


class Feature(models.TextChoices):
    """What is computed from a meter's readings; ratios have no unit."""

    DAYS = "days", bilingual("有数据天数", "Days with readings")
    MEAN_KW = "mean-kw", bilingual("平均功率(千瓦)", "Mean power (kW)")
    LOAD_FACTOR = "load-factor", bilingual("负荷率", "Load factor")
    NIGHT_DAY = "night-day", bilingual("夜昼比", "Night to day ratio")
    VARIATION = "variation", bilingual("日电量变异系数", "Variation of daily energy")


class Plausibility(models.TextChoices):
    """How the estimate from hash rate stands to the meter."""

    FITS = "fits", bilingual("相符", "Fits")
    EXCEEDS = "exceeds", bilingual("估算高于计量", "Estimate above the meter")
    SMALL_PART = "small-part", bilingual("仅占计量一小部分", "A small part of the meter")
    UNKNOWN = "unknown", bilingual("无法比对", "Nothing to compare")
