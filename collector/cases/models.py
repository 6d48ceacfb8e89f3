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
from collector.registry.choices import Nature
from collector.resolve.choices import Status
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
    status = models.CharField(
        max_length=10, choices=Status, blank=True, default="", help_text="How the session seen last is attributed"
    )

    class Meta:
        indexes = [
            models.Index(fields=["status", "last_seen"], name="lead_status_last"),
            models.Index(fields=["uscc"], name="lead_uscc", condition=models.Q(uscc__gt="")),
        ]

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
    # What is asked of sessions by the hundred thousand, copied from attribution and detection (``told.py``).
    is_claim = models.BooleanField(default=False, help_text="Confirmed or probable")
    status = models.CharField(max_length=10, choices=Status, blank=True, default="")
    nature = models.CharField(max_length=20, choices=Nature, blank=True, default="")
    coin = models.CharField(max_length=512, blank=True, default="")
    dialect = models.CharField(max_length=30, blank=True, default="")
    algorithm = models.CharField(max_length=512, blank=True, default="")
    pool_domain = models.CharField(max_length=512, blank=True, default="")
    pool_ip = models.GenericIPAddressField(null=True, blank=True)
    pool_operator = models.CharField(max_length=512, blank=True, default="")
    energy_low_kwh = models.FloatField(null=True, blank=True)
    energy_high_kwh = models.FloatField(null=True, blank=True)
    hashrate_unit = models.CharField(max_length=20, blank=True, default="", help_text="H/s, Sol/s, …")
    hashrate_low = models.FloatField(null=True, blank=True, help_text="None as well where its proxy counts it")
    hashrate_high = models.FloatField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["last_seen", "first_seen", "lead"],
                name="lead_session_claims",
                condition=models.Q(is_claim=True),
            )
        ]

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


class LeadWeek(Stamped):
    """A week in which a confirmed or probable session of a lead ran; a page counts these and reads no session."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="weeks")
    monday = models.DateField(help_text="In China")
    division_code = models.CharField(max_length=12, blank=True, default="", help_text="Of the lead")
    days = models.PositiveSmallIntegerField(help_text="Bit 0: it ran on Monday")
    status = models.CharField(max_length=10, choices=Status, help_text="Of the week's latest session")
    is_new = models.BooleanField(help_text="Never seen before this week")
    is_relapse = models.BooleanField(help_text="Silent for four weeks and more before")
    energy_low_kwh = models.FloatField(null=True, blank=True, help_text="Of the sessions, from their beginning")
    energy_high_kwh = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lead", "monday"], name="lead_week_once")]
        indexes = [models.Index(fields=["monday", "division_code", "is_new", "days"], name="lead_week_place")]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.monday}"


class LeadRate(Stamped):
    """The most hash rate in one unit that a lead had at once in a week, its addresses added up; a page adds these."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="rates")
    monday = models.DateField(help_text="In China")
    division_code = models.CharField(max_length=12, blank=True, default="", help_text="Of the lead")
    unit = models.CharField(max_length=20)
    low = models.FloatField()
    high = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lead", "monday", "unit"], name="lead_rate_once")]
        indexes = [models.Index(fields=["monday", "division_code"], name="lead_rate_place")]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.monday} {self.unit}"
