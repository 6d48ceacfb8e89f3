"""How is a lead's matter handed to another department, and how does that department answer? Numbered, on a clause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from collector.accounts.scope import Scope, within
from collector.cases.choices import Department
from collector.faults import CollectorError
from collector.lists.choices import Matter, Progress
from collector.lists.registering import lead_named
from collector.lists.registers import Referral
from collector.registry.asof import clauses_on
from collector.registry.numbers import last_of, next_number

RESTRICTED = (Matter.DISCIPLINE,)
"""Matters that the department they go to alone may see, whoever handed them over."""
_MAX_RESULT_CHARS = 500


@dataclass(frozen=True, slots=True)
class Handed:
    """What is handed over. ``involves_official`` (公职人员): for discipline inspection's eyes alone."""

    lead_no: str
    matter: str
    department: str
    clause: str
    sent_on: date
    involves_official: bool = False


def refer(said: Handed) -> Referral:
    """Hand a lead's matter to a department. The clause must be one in force that day. Raises ``CollectorError``."""
    if said.matter not in Matter.values or not said.department.strip():
        raise CollectorError(
            f"referral: needs a department, and a matter of {', '.join(Matter.values)}", "移送：须写明部门和事项"
        )
    if said.involves_official and said.matter != Matter.DISCIPLINE:
        raise CollectorError(
            "referral: that a person in public office is involved goes to discipline inspection alone",
            "移送：涉公职人员的，只移送纪检监察",
        )
    known = {str(one) for one in clauses_on(said.sent_on)}
    if said.clause not in known:
        choice = "; ".join(sorted(known))
        raise CollectorError(
            f"clause {said.clause!r}: is not in force on {said.sent_on}; choose one of: {choice}",
            f"条款 {said.clause!r}：{said.sent_on} 未生效；请选生效条款",
        )
    told = {name: getattr(said, name) for name in ("matter", "department", "clause", "sent_on", "involves_official")}
    lead = lead_named(said.lead_no)
    with transaction.atomic():
        prefix = f"R{said.sent_on.year}-"
        return Referral.objects.create(no=next_number(prefix, lambda: last_of(Referral, prefix)), lead=lead, **told)


@transaction.atomic
def acknowledge(no: str, progress: str, result: str, day: date) -> Referral:
    """Note what the department says: accepted, done, refused. Raises ``CollectorError``."""
    found = Referral.objects.select_for_update().filter(no=no).first()
    if found is None:
        raise CollectorError(
            f"referral {no}: there is no such referral; see: lists referrals",
            f"移送 {no}：不存在；可查 lists referrals",
        )
    if progress not in Progress.values or day < found.sent_on:
        raise CollectorError(
            f"referral {no}: give one of {', '.join(Progress.values)}, on a day from {found.sent_on}",
            f"移送 {no}：办理状态或日期不对；日期不早于 {found.sent_on}",
        )
    found.progress, found.result = progress, result[:_MAX_RESULT_CHARS] or found.result
    if progress != Progress.OPEN and found.accepted_on is None:
        found.accepted_on = day
    found.save(update_fields=["progress", "result", "accepted_on"])
    return found


def referrals_for(scope: Scope, *, is_discipline: bool) -> QuerySet[Referral]:
    """The referrals about leads of a scope, oldest first. Discipline inspection sees its own queue, others the rest."""
    rows = Referral.objects.filter(within("lead__division_code", scope, "lead__uscc")).select_related("lead")
    rows = rows.filter(matter__in=RESTRICTED) if is_discipline else rows.exclude(matter__in=RESTRICTED)
    return rows.order_by("no")


DISCIPLINE = str(Department.DISCIPLINE.value)
"""The kind of office whose queue the restricted referrals are."""
