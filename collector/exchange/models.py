"""What does exchange keep? Whose signature is trusted, which bundles came, and the documents in them."""

from __future__ import annotations

from django.db import models

from collector.stamped import Stamped


class Peer(Stamped):
    """An office elsewhere whose bundles are taken. It speaks for its division's subtree alone."""

    name = models.CharField(max_length=200, unique=True)
    public_key = models.CharField(max_length=64, unique=True, help_text="Ed25519, in hexadecimal")
    division_code = models.CharField(max_length=12)

    def __str__(self) -> str:
        return self.name


class ReceivedBundle(Stamped):
    """One bundle that was taken in; the same one again changes nothing."""

    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="bundles")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the manifest")
    made_at = models.DateTimeField()
    detections = models.PositiveIntegerField(help_text="New ones")
    duplicates = models.PositiveIntegerField()
    documents = models.PositiveIntegerField(help_text="New lists and case summaries")

    def __str__(self) -> str:
        return f"{self.peer_id} {self.digest[:12]}"


class ReceivedDocument(Stamped):
    """A frozen list or a case's summary, as a peer sent it; what changes there comes as another digest."""

    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=20, help_text="list or case")
    key = models.CharField(max_length=60, help_text="Its number there")
    digest = models.CharField(max_length=64)
    body = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["peer", "kind", "key", "digest"], name="document_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
