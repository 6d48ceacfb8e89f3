"""What is a lead? Everything seen at one unit, one subscriber or one address, over weeks."""

from __future__ import annotations

from django.db import models

from collector.resolve.models import Attribution
from collector.stamped import Stamped


class Lead(Stamped):
    """A located detection, and every later one that leads to the same place. Its number never changes."""

    no = models.CharField(max_length=20, unique=True)
    key = models.CharField(max_length=300, unique=True)
    unit_name = models.CharField(max_length=200, blank=True, default="")
    uscc = models.CharField(max_length=18, blank=True, default="")
    subscriber = models.CharField(max_length=200, blank=True, default="")
    ip = models.GenericIPAddressField(help_text="The address seen last")
    address = models.CharField(max_length=500, blank=True, default="")
    division_code = models.CharField(max_length=12, blank=True, default="", db_index=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(db_index=True)
    detections = models.PositiveIntegerField(default=0, help_text="Mining sessions; 0 once all moved to other leads")

    def __str__(self) -> str:
        return self.no


class LeadSession(Stamped):
    """Which lead a mining session belongs to. A session moves when its attribution changes."""

    detection_id = models.CharField(max_length=32, unique=True)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="sessions")
    attribution = models.OneToOneField(Attribution, on_delete=models.PROTECT, related_name="lead_session")
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.detection_id} → {self.lead_id}"
