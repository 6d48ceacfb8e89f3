"""What does electricity keep? Readings, and the dated limits by which a load curve is suspicious."""

from __future__ import annotations

from django.db import models

from collector.power.choices import Feature
from collector.registry.models import ImportBatch
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
