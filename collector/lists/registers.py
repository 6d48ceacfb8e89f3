"""What does an office keep between the lists? Projects, commitments, tip-offs, referrals, the province's list."""

from __future__ import annotations

from django.db import models

from collector.cases.models import Lead
from collector.lists.choices import Basis, Matter, Progress, Stage
from collector.stamped import Stamped


class Place(Stamped):
    """Abstract: a unit somewhere."""

    unit_name = models.CharField(max_length=200)
    uscc = models.CharField(max_length=18, blank=True, default="", db_index=True)
    address = models.CharField(max_length=500, blank=True, default="")
    division_code = models.CharField(max_length=12, db_index=True)

    class Meta:
        abstract = True


class Project(Place):
    """A project that mines (notice, art. 3), as it was on ``as_of``; a newer statement is a new row."""

    name = models.CharField(max_length=200)
    machines = models.PositiveIntegerField(null=True, blank=True)
    racks = models.PositiveIntegerField(null=True, blank=True)
    meter_no = models.CharField(max_length=40, blank=True, default="", help_text="户号")
    hashrate_hs = models.FloatField(null=True, blank=True, help_text="Hash rate in H/s")
    hashrate_basis = models.CharField(max_length=10, choices=Basis, default=Basis.ESTIMATED)
    kwh_per_day = models.FloatField(null=True, blank=True)
    kwh_basis = models.CharField(max_length=10, choices=Basis, default=Basis.ESTIMATED)
    as_of = models.DateField(db_index=True)
    ended_on = models.DateField(null=True, blank=True, help_text="From this day on it mines no more")
    basis = models.CharField(max_length=300, blank=True, default="", help_text="What the statement rests on")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "division_code", "as_of"], name="project_once_per_day")]

    def __str__(self) -> str:
        return f"{self.name} {self.as_of}"


class PlannedProject(Place):
    """A project that is to mine (notice, art. 4)."""

    name = models.CharField(max_length=200)
    stage = models.CharField(max_length=15, choices=Stage)
    planned_on = models.DateField(null=True, blank=True, help_text="计划投产时间")
    machines = models.PositiveIntegerField(null=True, blank=True)
    kwh_per_day = models.FloatField(null=True, blank=True)
    review_no = models.CharField(max_length=100, blank=True, default="", help_text="节能审查")
    connection_no = models.CharField(max_length=100, blank=True, default="", help_text="报装编号")
    as_of = models.DateField(db_index=True)
    basis = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "division_code", "as_of"], name="planned_once_per_day")]

    def __str__(self) -> str:
        return f"{self.name} {self.stage}"


class Commitment(Place):
    """A data-centre enterprise's promise not to mine (信用承诺书, art. 9)."""

    signed_on = models.DateField(null=True, blank=True, help_text="Null: asked for, not signed")
    document_sha256 = models.CharField(max_length=64, blank=True, default="")
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit_name", "division_code"], name="commitment_once_per_unit")]

    def __str__(self) -> str:
        return self.unit_name


class TipOff(Stamped):
    """What somebody reported. The code lets the teller ask how it stands without a name."""

    code = models.CharField(max_length=16, unique=True)
    channel = models.CharField(max_length=40, help_text="Phone, mail, web, 12398 …")
    told_at = models.DateTimeField()
    unit_name = models.CharField(max_length=200, blank=True, default="", help_text="法人信息")
    address = models.CharField(max_length=500, help_text="详细物理地址")
    division_code = models.CharField(max_length=12, db_index=True)
    electricity = models.CharField(max_length=500, blank=True, default="", help_text="用电情况")
    text = models.TextField(blank=True, default="")
    contact = models.CharField(max_length=100, blank=True, default="", help_text="Personal data: masked in every list")
    progress = models.CharField(max_length=10, choices=Progress, default=Progress.OPEN)
    answer = models.CharField(max_length=500, blank=True, default="", help_text="What the teller is told")
    lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, blank=True, related_name="tip_offs")

    def __str__(self) -> str:
        return self.code


class Referral(Stamped):
    """A matter handed to another department (移送), with the clause it rests on."""

    no = models.CharField(max_length=20, unique=True)
    matter = models.CharField(max_length=20, choices=Matter)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="referrals")
    department = models.CharField(max_length=100)
    clause = models.CharField(max_length=140, help_text="Document and article")
    sent_on = models.DateField()
    progress = models.CharField(max_length=10, choices=Progress, default=Progress.OPEN)
    accepted_on = models.DateField(null=True, blank=True)
    result = models.CharField(max_length=500, blank=True, default="")
    involves_official = models.BooleanField(default=False, help_text="公职人员; shown to discipline inspection alone")

    def __str__(self) -> str:
        return f"{self.no} {self.matter}"


class KeyEntry(Stamped):
    """One row of the province's key list (省重点名单), tied to a lead by address and time where one was seen."""

    week = models.CharField(max_length=8, db_index=True)
    province_no = models.CharField(max_length=60)
    ip = models.GenericIPAddressField()
    port = models.PositiveIntegerField(null=True, blank=True)
    seen_at = models.DateTimeField()
    seen_to = models.DateTimeField(help_text="The end of the day, where the list names a day alone")
    division_code = models.CharField(max_length=12, blank=True, default="", db_index=True)
    unit_name = models.CharField(max_length=200, blank=True, default="")
    due = models.DateField(null=True, blank=True, help_text="应清零日")
    lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, blank=True, related_name="key_entries")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["province_no", "ip", "seen_at"], name="key_entry_once")]

    def __str__(self) -> str:
        return f"{self.province_no} {self.ip}"
