"""What is a lead? Everything seen at one unit, one subscriber or one address, over weeks, and who says so.

The tables of casework are in ``tables.py``.
"""

from __future__ import annotations

from django.db import models

from collector.cases.choices import SourceKind
from collector.cases.tables import (
    Case,
    CaseEvent,
    CaseQueue,
    DeadlineRule,
    GradeRule,
    LedgerHead,
    RouteRule,
)
from collector.resolve.models import Attribution
from collector.stamped import Stamped

TABLES = (Case, CaseEvent, CaseQueue, DeadlineRule, GradeRule, LedgerHead, RouteRule)
"""Django looks for tables in this file; these stand in ``tables.py``."""


class Lead(Stamped):
    """A located detection, and every later one that leads to the same place. Its number never changes."""

    no = models.CharField(max_length=20, unique=True)
    key = models.CharField(max_length=300, unique=True)
    unit_name = models.CharField(max_length=200, blank=True, default="")
    uscc = models.CharField(max_length=18, blank=True, default="")
    subscriber = models.CharField(max_length=200, blank=True, default="")
    ip = models.GenericIPAddressField(null=True, blank=True, help_text="The address seen last; none for a mere tip-off")
    address = models.CharField(max_length=500, blank=True, default="")
    division_code = models.CharField(max_length=12, blank=True, default="", db_index=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(db_index=True)
    detections = models.PositiveIntegerField(default=0, help_text="Mining sessions; 0 once all moved to other leads")
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged", help_text="By a person"
    )

    def __str__(self) -> str:
        return self.no


class LeadSession(Stamped):
    """Which lead a mining session belongs to. A session moves when its attribution changes, unless a person put it."""

    detection_id = models.CharField(max_length=32, unique=True)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="sessions")
    attribution = models.OneToOneField(Attribution, on_delete=models.PROTECT, related_name="lead_session")
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    home = models.ForeignKey(
        Lead, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Before leads were merged"
    )
    is_pinned = models.BooleanField(default=False, help_text="Put here by a person")

    def __str__(self) -> str:
        return f"{self.detection_id} → {self.lead_id}"


class LeadSource(Stamped):
    """That one kind of source speaks of a lead, with its own reference: a list's batch and row, a tip-off's code."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="sources")
    kind = models.CharField(max_length=20, choices=SourceKind)
    reference = models.CharField(max_length=100, blank=True, default="")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lead", "kind", "reference"], name="lead_source_once")]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.kind} {self.reference}"
