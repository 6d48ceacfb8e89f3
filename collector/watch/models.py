"""What is kept of pools? Endpoints and their lives, proposals with what was decided, and the updates made."""

from __future__ import annotations

from django.db import models

from collector.stamped import Stamped
from collector.watch.choices import ProposalKind, ProposalState, Strongest
from sensor.model.flow import Endpoint as FlowEndpoint

MAX_TEXTS = 32
"""Names, certificates, dialects or coins kept of one endpoint; the one seen longest ago goes."""


class Progress(Stamped):
    """How far statements were read; one row."""

    read_until = models.DateTimeField()

    class Meta:
        verbose_name_plural = "progress"

    def __str__(self) -> str:
        return f"{self.read_until:%Y-%m-%d %H:%M:%S}"


class Endpoint(Stamped):
    """A server that sessions of mining went to."""

    ip = models.GenericIPAddressField()
    port = models.PositiveIntegerField()
    first_evidence = models.DateTimeField()
    last_evidence = models.DateTimeField(db_index=True)
    strongest = models.CharField(max_length=10, choices=Strongest)
    division_code = models.CharField(max_length=12, blank=True, default="", help_text="Of the sensor heard last")
    names = models.JSONField(default=list, help_text="Of any session; seen last comes last")
    own_names = models.JSONField(default=list, help_text="Of confirmed sessions")
    certificates = models.JSONField(default=list, help_text="{sha256, subject, issuer}, seen last comes last")
    dialects = models.JSONField(default=list)
    coins = models.JSONField(default=list)
    hosts = models.PositiveIntegerField(default=0, help_text="Different miners, counted up to a bound")
    is_listed = models.BooleanField(default=False, help_text="A signature named it, or its name, already")
    shared = models.CharField(max_length=100, blank=True, default="", help_text="Why it is never listed by address")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When a verification was wanted last")
    finding = models.CharField(max_length=12, blank=True, default="", help_text="What its last verification found")
    verified_at = models.DateTimeField(null=True, blank=True)
    verification = models.JSONField(null=True, blank=True, help_text="The answer, as on the wire")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ip", "port"], name="watch_endpoint_once")]

    def __str__(self) -> str:
        return str(FlowEndpoint(self.ip, self.port))


class Host(Stamped):
    """One miner of an endpoint, by a digest: enough to count them, and nobody's address."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="miners")
    digest = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "digest"], name="watch_host_once")]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.digest[:8]}"


class Proposal(Stamped):
    """A name or an address that may be listed, what speaks for it, and what a person decided."""

    kind = models.CharField(max_length=10, choices=ProposalKind)
    value = models.CharField(max_length=253)
    ports = models.JSONField(default=list)
    coin = models.CharField(max_length=10, blank=True, default="")
    evidence = models.JSONField(help_text="What spoke for it when it was looked at last")
    first_evidence = models.DateTimeField()
    last_evidence = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ProposalState, default=ProposalState.PROPOSED)
    decided_by = models.CharField(max_length=200, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="watch_proposal_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class SignatureUpdate(Stamped):
    """One update as it was handed out; its revision only rises."""

    revision = models.PositiveIntegerField(unique=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    entries = models.PositiveIntegerField()
    content_digest = models.CharField(max_length=64, help_text="SHA-256 over what it lists, without its revision")
    data = models.BinaryField(help_text="The ZIP")

    def __str__(self) -> str:
        return f"{self.revision}"
