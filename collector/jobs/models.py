"""What is kept of a job? Its kind, when it is due, who has it until when, and how it ended."""

from __future__ import annotations

from django.db import models

from collector.stamped import Stamped
from collector.text import bilingual


class JobState(models.TextChoices):
    """Where a job stands. A job whose worker died is running with a lease that is over, and is taken again."""

    WAITING = "waiting", bilingual("等待", "Waiting")
    RUNNING = "running", bilingual("执行中", "Running")
    DONE = "done", bilingual("完成", "Done")
    FAILED = "failed", bilingual("失败", "Failed")


_OPEN = models.Q(state__in=("waiting", "running"))


class Job(Stamped):
    """One piece of work. At most one of a kind waits: asking twice is asking once. What recurs is there once a slot."""

    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.WAITING)
    due_at = models.DateTimeField()
    slot = models.DateTimeField(null=True, blank=True, help_text="Of recurring work: when its turn began")
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)
    said = models.CharField(max_length=500, blank=True, default="", help_text="Result, or what went wrong last")

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="job_open", condition=_OPEN)]
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=models.Q(state="waiting"), name="job_waits_once"),
            models.UniqueConstraint(fields=["kind", "slot"], name="job_once_a_slot"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
