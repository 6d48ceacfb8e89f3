"""What does attribution keep? A chain of attributions per session, each with the assertions behind it."""

from __future__ import annotations

from django.db import models

from collector.ingest.models import Detection
from collector.registry.choices import Nature, Source
from collector.registry.models import Organisation, OwnershipRecord
from collector.resolve.choices import Match, Status
from collector.stamped import Stamped


class Attribution(Stamped):
    """Who held the address during one session. Never rewritten: a later answer supersedes it."""

    detection_id = models.CharField(max_length=32, help_text="The session")
    event = models.ForeignKey(Detection, on_delete=models.PROTECT, related_name="attributions")
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    is_current = models.BooleanField(default=True)
    status = models.CharField(max_length=10, choices=Status)
    confidence = models.FloatField(help_text="0..1; 0 in a conflict and when nobody is named")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.SET_NULL, null=True, blank=True, related_name="attributions"
    )
    unit_name = models.CharField(max_length=200, blank=True, default="")
    uscc = models.CharField(max_length=18, blank=True, default="")
    nature = models.CharField(max_length=20, choices=Nature, blank=True, default="")
    subscriber = models.CharField(max_length=200, blank=True, default="")
    address = models.CharField(max_length=500, blank=True, default="")
    division_code = models.CharField(max_length=12, blank=True, default="", db_index=True)
    method = models.CharField(max_length=100, blank=True, default="", help_text="Sources that agree, strongest first")
    rivals = models.JSONField(default=list, help_text="[{unit, account}] that contradict, strongest first")
    basis = models.CharField(max_length=64, help_text="State of registry and options it was last checked against")
    inputs_digest = models.CharField(max_length=64, help_text="Of everything the answer was made from")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["detection_id"], condition=models.Q(is_current=True), name="attribution_one_current"
            )
        ]

    def __str__(self) -> str:
        return f"{self.detection_id} {self.status} {self.unit_name}"


class Assertion(Stamped):
    """One source's statement that spoke for or against; a copy, so that it outlives an undone import."""

    attribution = models.ForeignKey(Attribution, on_delete=models.CASCADE, related_name="assertions")
    record = models.ForeignKey(OwnershipRecord, on_delete=models.SET_NULL, null=True, blank=True)
    reference = models.CharField(max_length=100, blank=True, default="", help_text="Batch and row")
    source = models.CharField(max_length=20, choices=Source)
    network = models.CharField(max_length=50)
    port_lo = models.PositiveIntegerField(null=True, blank=True)
    port_hi = models.PositiveIntegerField(null=True, blank=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    unit_name = models.CharField(max_length=200, blank=True, default="")
    uscc = models.CharField(max_length=18, blank=True, default="")
    subscriber = models.CharField(max_length=200, blank=True, default="")
    address = models.CharField(max_length=500, blank=True, default="")
    division_code = models.CharField(max_length=12, blank=True, default="")
    match = models.CharField(max_length=10, choices=Match)
    base = models.FloatField()
    score = models.FloatField()
    chosen = models.BooleanField(default=False)
    reasons = models.JSONField(default=list, help_text="[{code, zh, en}]")

    class Meta:
        ordering = ["-chosen", "-score", "pk"]

    def __str__(self) -> str:
        return f"{self.source} {self.network} {self.unit_name or self.subscriber}"
