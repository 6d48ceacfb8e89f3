"""What does ingest keep? Sensors and their health, delivered batches, detections, and the rows that were refused."""

from __future__ import annotations

from django.db import models

from collector.accounts.models import ApiToken, Office
from collector.ingest.choices import DetectionState, DetectionVerdict
from collector.stamped import Stamped


class Sensor(Stamped):
    """A sensor that may deliver; its token is the only one that may speak for it."""

    sensor_id = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200, blank=True, default="")
    division_code = models.CharField(max_length=12, blank=True, default="", db_index=True)
    operator = models.CharField(max_length=200, blank=True, default="")
    office = models.ForeignKey(
        Office,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="sensors",
        help_text="The notified unit whose own sensor it is; null: an office's or a carrier's",
    )
    token = models.OneToOneField(ApiToken, on_delete=models.SET_NULL, null=True, blank=True, related_name="sensor")

    def __str__(self) -> str:
        return self.sensor_id


class Batch(Stamped):
    """One delivery: how many rows came, and what became of them."""

    sensor = models.ForeignKey(Sensor, on_delete=models.PROTECT, related_name="batches")
    received_at = models.DateTimeField(db_index=True)
    rows = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField()
    duplicates = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, help_text="Of the decompressed body")

    def __str__(self) -> str:
        return f"{self.pk} {self.sensor_id}"


class Detection(Stamped):
    """One statement about one mining session; ``event_id`` is unique for ever, ``detection_id`` names the session."""

    event_id = models.CharField(max_length=32, unique=True)
    detection_id = models.CharField(max_length=32, db_index=True)
    state = models.CharField(max_length=10, choices=DetectionState)
    sensor = models.ForeignKey(Sensor, on_delete=models.PROTECT, related_name="detections")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, blank=True, related_name="detections")
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(db_index=True)
    miner_ip = models.GenericIPAddressField()
    miner_ip_key = models.BinaryField(max_length=16)
    miner_port = models.PositiveIntegerField()
    pool_ip = models.GenericIPAddressField(null=True, blank=True)
    pool_port = models.PositiveIntegerField(null=True, blank=True)
    pool_domain = models.CharField(max_length=512, blank=True, default="")
    dialect = models.CharField(max_length=30, blank=True, default="")
    coin = models.CharField(max_length=512, blank=True, default="")
    account = models.CharField(max_length=512, blank=True, default="")
    verdict = models.CharField(max_length=10, choices=DetectionVerdict)
    score = models.PositiveSmallIntegerField()
    shares_submitted = models.BigIntegerField(default=0)
    shares_accepted = models.BigIntegerField(default=0)
    shares_rejected = models.BigIntegerField(default=0)
    body = models.JSONField(help_text="The whole wire record")
    received_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["miner_ip_key", "last_seen"], name="detection_miner_last"),
            models.Index(fields=["account"], name="detection_account", condition=models.Q(account__gt="")),
        ]

    def __str__(self) -> str:
        return f"{self.miner_ip} {self.event_id}"


class Rejection(Stamped):
    """A row that was refused, with the reason told to the sensor and the start of its text."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rejections")
    row_no = models.PositiveIntegerField()
    event_id = models.CharField(max_length=32, blank=True, default="")
    reason = models.CharField(max_length=500)
    raw = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.row_no} {self.reason}"


class SignatureInventory(Stamped):
    """What a signature set holds, as the sensors that loaded it tell: said with every heartbeat, kept once."""

    fingerprint = models.CharField(max_length=64, unique=True)
    parts = models.JSONField(help_text="Its parts, as on the wire")

    class Meta:
        verbose_name_plural = "signature inventories"

    def __str__(self) -> str:
        return self.fingerprint[:16]


class SensorHealth(Stamped):
    """One heartbeat: what a sensor saw between ``t0`` and ``t1``, and how it was. Counts are of that time alone."""

    heartbeat_id = models.CharField(max_length=32, unique=True)
    sensor = models.ForeignKey(Sensor, on_delete=models.PROTECT, related_name="health")
    t0 = models.DateTimeField()
    t1 = models.DateTimeField()
    packets = models.BigIntegerField()
    bytes = models.BigIntegerField()
    kernel_drops = models.BigIntegerField()
    shed = models.BigIntegerField(help_text="Everything that a bound cut, of all kinds")
    signature_fingerprint = models.CharField(max_length=64)
    signature_age_s = models.BigIntegerField()
    clock_error_ms = models.FloatField(null=True, blank=True)
    spool_depth = models.BigIntegerField()
    body = models.JSONField(help_text="The whole wire record")
    received_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "sensor health"
        indexes = [models.Index(fields=["sensor", "t1"], name="health_sensor_t1")]

    def __str__(self) -> str:
        return f"{self.sensor_id} {self.t1:%Y-%m-%d %H:%M:%S}"
