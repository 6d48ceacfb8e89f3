"""What does electricity keep? Readings, the dated limits by which a load curve is suspicious, and what came of both."""

from __future__ import annotations

from django.db import models

from collector.power.choices import Feature, Plausibility
from collector.registry.models import ImportBatch, Site
from collector.registry.parameters import Dated
from collector.stamped import Stamped


class MeterReading(Stamped):
    """The energy of one interval of one meter, from ``start`` for ``minutes``."""

    meter_no = models.CharField(max_length=40, help_text="户号")
    start = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(help_text="15, 30, 60 or 1440 (a day)")
    kwh = models.FloatField()
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meter_no", "start", "minutes"], name="reading_once")]

    def __str__(self) -> str:
        return f"{self.meter_no} {self.start:%Y-%m-%d %H:%M} {self.kwh} kWh"


class PowerRule(Dated):
    """Bounds within which a feature speaks for mining; a meter is a suspect when every rule in force is met."""

    feature = models.CharField(max_length=20, choices=Feature)
    least = models.FloatField(null=True, blank=True)
    most = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feature", "valid_from"], name="power_rule_once_per_start")]

    def __str__(self) -> str:
        return f"{self.least} <= {self.feature} <= {self.most}"


class MeterWeek(Stamped):
    """A meter as it was judged for a week: by its readings of that week and the one before. ``weeks.py`` writes it.

    Pages read these and judge nothing. What it was judged by stands beside it: the days, every rule with its value, the
    site, and the leads there as of ``judged_at``.
    """

    meter_no = models.CharField(max_length=40, help_text="户号")
    monday = models.DateField(help_text="Of the week, in China")
    site = models.ForeignKey(Site, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    division_code = models.CharField(max_length=12, blank=True, default="", help_text="Of the site")
    first = models.DateField(help_text="First day with readings")
    last = models.DateField(help_text="Last day with readings")
    kwh = models.FloatField()
    mean_kw = models.FloatField()
    is_suspect = models.BooleanField(help_text="Every rule in force is met")
    features = models.JSONField(help_text="Value by name of the feature")
    reasons = models.JSONField(help_text="Of each rule its feature, the value, and the bounds")
    rules = models.CharField(max_length=64, help_text="Digest of the bounds that were in force on the week's Sunday")
    leads = models.JSONField(default=list, help_text="Keys of the leads of the site's unit")
    verdict = models.CharField(max_length=12, choices=Plausibility, default=Plausibility.UNKNOWN)
    low_kwh = models.FloatField(null=True, blank=True, help_text="By hash rate, on the same days")
    high_kwh = models.FloatField(null=True, blank=True)
    judged_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meter_no", "monday"], name="meter_week_once")]
        indexes = [models.Index(fields=["monday", "is_suspect", "division_code"], name="meter_week_place")]

    def __str__(self) -> str:
        return f"{self.meter_no} {self.monday}"
