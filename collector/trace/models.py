"""What does tracing keep? Requests, one row per question, and the last answer to each."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from collector.ingest.models import Detection
from collector.registry.models import OwnershipRecord
from collector.stamped import Stamped
from collector.trace.choices import Step, UserType


class TraceRequest(Stamped):
    """One file to one party."""

    no = models.CharField(max_length=20, unique=True)
    step = models.CharField(max_length=10, choices=Step, default=Step.CARRIER)
    recipient = models.CharField(max_length=200, help_text="The carrier, or the unit")
    due = models.DateField(null=True, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.no} {self.recipient}"


class TraceItem(Stamped):
    """One question: who used this address and port from ``t0`` to ``t1``, give or take ``clock_error_ms``?"""

    request = models.ForeignKey(TraceRequest, on_delete=models.CASCADE, related_name="items")
    row_id = models.CharField(max_length=16, unique=True, help_text="Hidden column by which a reply finds its question")
    detection_id = models.CharField(max_length=32, db_index=True)
    event = models.ForeignKey(Detection, on_delete=models.PROTECT, related_name="trace_items")
    ip = models.GenericIPAddressField()
    protocol = models.CharField(max_length=8)
    port = models.PositiveIntegerField(null=True, blank=True)
    t0 = models.DateTimeField()
    t1 = models.DateTimeField()
    clock_error_ms = models.PositiveIntegerField()
    user_type = models.CharField(max_length=12, choices=UserType, blank=True, default="", help_text="Empty: no answer")
    inner = models.JSONField(default=dict, help_text="{inner_ip, mac, room} behind the unit's own NAT")
    record = models.ForeignKey(OwnershipRecord, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.request_id} {self.ip} {self.row_id}"
