"""Which tables does casework keep? The ledger, the cases as its view, and the dated rules of the work."""

from __future__ import annotations

from datetime import UTC

from django.db import models

from collector.cases.choices import Action, Cause, Department, Fact, Grade, SourceKind, State
from collector.chain import GENESIS, Algorithm, Link
from collector.registry.choices import Facility, Nature
from collector.registry.parameters import Dated
from collector.stamped import Stamped


class LedgerHead(Stamped):
    """Where the ledger ends. One row: it is the lock under which entries are added, and it shows a cut-off end."""

    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    def __str__(self) -> str:
        return f"{self.seq} {self.hash}"


class CaseEvent(models.Model):
    """One entry of the ledger. Never changed, never deleted: the database itself refuses (``guard.py``).

    Two chains run through it: one over the whole ledger, and one over each subject. ``hash`` covers every column.
    """

    seq = models.PositiveBigIntegerField(primary_key=True, help_text="1, 2, 3 … over the whole ledger")
    subject = models.CharField(max_length=20, help_text="Number of the case or lead")
    subject_seq = models.PositiveIntegerField(help_text="1, 2, 3 … of this subject")
    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=200)
    action = models.CharField(max_length=20, choices=Action)
    state = models.CharField(max_length=20, blank=True, help_text="Of the case, after it")
    body = models.TextField(help_text="Canonical JSON, as it was hashed")
    algorithm = models.CharField(max_length=10, default=Algorithm.SHA256.value)
    subject_previous = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "subject_seq"], name="event_once_per_subject")]

    def __str__(self) -> str:
        return f"{self.seq} {self.subject} {self.action}"

    def content(self) -> dict[str, str | int]:
        """What the hash covers, besides sequence and predecessor."""
        return {
            "subject": self.subject,
            "subject_seq": self.subject_seq,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": self.actor,
            "action": str(self.action),
            "state": str(self.state),
            "body": self.body,
            "algorithm": self.algorithm,
            "subject_previous": self.subject_previous,
        }

    def link(self) -> Link:
        """This row as part of the ledger's chain."""
        return Link(self.seq, self.content(), self.previous, self.hash, self.algorithm)


class Case(Stamped):
    """A case as the ledger tells it. Every column repeats what the fold of its entries says."""

    no = models.CharField(max_length=20, unique=True)
    lead = models.ForeignKey("cases.Lead", on_delete=models.PROTECT, related_name="cases")
    state = models.CharField(max_length=20, choices=State, db_index=True)
    division_code = models.CharField(max_length=12, blank=True, default="", db_index=True)
    department = models.CharField(max_length=100, choices=Department, blank=True, default="", db_index=True)
    uscc = models.CharField(max_length=18, blank=True, default="", db_index=True, help_text="Of whoever is suspected")
    grade = models.CharField(max_length=1, choices=Grade, blank=True, default="")
    cause = models.CharField(max_length=20, choices=Cause, blank=True, default="")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, db_index=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    relapses = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=0, help_text="Entries it was folded from")
    folded = models.JSONField(help_text="The whole state")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lead"], condition=~models.Q(state="merged"), name="case_lead")]

    def __str__(self) -> str:
        return self.no


class CaseQueue(Stamped):
    """A department besides the leading one that has the case in its queue; repeats ``co_departments``."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="queues")
    department = models.CharField(max_length=100, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "department"], name="queue_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.department}"


class GradeRule(Dated):
    """One reason for a grade: the fact reaches ``at_least``, or is one of ``one_of``. The gravest that holds counts."""

    code = models.CharField(max_length=40)
    grade = models.CharField(max_length=1, choices=Grade)
    fact = models.CharField(max_length=20, choices=Fact)
    at_least = models.FloatField(null=True, blank=True)
    one_of = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="grade_rule_once_per_start")]

    def __str__(self) -> str:
        return f"{self.code} {self.grade}"


class RouteRule(Dated):
    """Which department leads and which take part: the most specific rule that fits (职责分工)."""

    division_code = models.CharField(max_length=12, blank=True, default="", help_text="Empty: everywhere")
    nature = models.CharField(max_length=20, choices=Nature, blank=True, default="")
    facility = models.CharField(max_length=20, choices=Facility, blank=True, default="")
    cause = models.CharField(max_length=20, choices=Cause, blank=True, default="")
    source = models.CharField(
        max_length=20, choices=SourceKind, blank=True, default="", help_text="Kind of list; empty: any"
    )
    department = models.CharField(max_length=100, choices=Department)
    name_zh = models.CharField(
        max_length=100, blank=True, default="", help_text="Its own name there; empty: the department's"
    )
    name_en = models.CharField(max_length=200, blank=True, default="")
    co_departments = models.JSONField(default=list)
    list_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days after the listed week's Sunday; null: as the next wider rule says"
    )

    def __str__(self) -> str:
        return f"{self.department} ({self.nature or '*'}/{self.facility or '*'}/{self.cause or '*'})"


class DeadlineRule(Dated):
    """How many working days a case may stay in a state; the rule of its grade before the one of any grade."""

    division_code = models.CharField(max_length=12, blank=True, default="", help_text="Empty: everywhere")
    state = models.CharField(max_length=20, choices=State)
    grade = models.CharField(max_length=1, choices=Grade, blank=True, default="")
    working_days = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"{self.state}/{self.grade or '*'} {self.working_days} d"
