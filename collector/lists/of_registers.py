"""Which rows do the lists of registers have: projects (L5, L6), commitments (L8), referrals?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from collector.lists.issuing import Entry, Made, Scope, canonical
from collector.lists.of_leads import breaches
from collector.lists.referring import RESTRICTED
from collector.lists.registers import Commitment, Place, PlannedProject, Project, Referral

STALE_AFTER = timedelta(days=7)
"""The notice asks for weekly figures (art. 3): what is older is marked."""
_ROWS = 500
_PROJECT = ("name", "unit_name", "uscc", "address", "machines", "racks", "meter_no", "hashrate_hs", "hashrate_basis")
_PLANNED = ("name", "unit_name", "uscc", "address", "stage", "machines", "kwh_per_day", "review_no", "connection_no")


def running(scope: Scope) -> list[Project]:
    """The newest statement of every project that still runs at the cut-off."""
    day = last_day(scope)
    newest: dict[tuple[str, str], Project] = {}
    for project in Project.objects.filter(as_of__lte=day).order_by("as_of", "pk").iterator(chunk_size=_ROWS):
        newest[project.name, project.division_code] = project
    ours = (project for project in newest.values() if scope.has(project.division_code))
    return [project for project in ours if project.ended_on is None or project.ended_on > day]


def projects(scope: Scope) -> Made:
    """L5: operating projects with the method of every figure; stale rows are marked."""
    made = []
    for project in running(scope):
        row = {name: getattr(project, name) for name in _PROJECT} | place(scope, project)
        row |= {"kwh_per_day": project.kwh_per_day, "kwh_basis": project.kwh_basis, "basis": project.basis}
        row |= {
            "kwh_per_month": None if project.kwh_per_day is None else round(project.kwh_per_day * 30, 1),
            "as_of": project.as_of.isoformat(),
            "stale": is_stale(project.as_of, scope),
        }
        made.append(_entry(project, row))
    stale = sum(is_stale(project.as_of, scope) for project in running(scope))
    return Made(made, {"projects": len(made), "stale": stale})


def planned(scope: Scope) -> Made:
    """L6: the newest statement of every project that is to be."""
    day = last_day(scope)
    newest: dict[tuple[str, str], PlannedProject] = {}
    for project in PlannedProject.objects.filter(as_of__lte=day).order_by("as_of", "pk").iterator(chunk_size=_ROWS):
        newest[project.name, project.division_code] = project
    made = []
    for project in newest.values():
        if scope.has(project.division_code):
            row = {name: getattr(project, name) for name in _PLANNED} | place(scope, project)
            row |= {"planned_on": text(project.planned_on), "as_of": text(project.as_of), "basis": project.basis}
            made.append(_entry(project, row | {"stale": is_stale(project.as_of, scope)}))
    return Made(made, {"projects": len(made)})


def credit(scope: Scope) -> Made:
    """L8: who promised, who did not yet, and who broke it: a lead at the unit after the day it signed."""
    made, broken, signed = [], 0, 0
    for promise in Commitment.objects.order_by("pk").iterator(chunk_size=_ROWS):
        if not scope.has(promise.division_code):
            continue
        leads = breaches(promise.uscc, promise.unit_name, promise.signed_on, scope.cutoff)
        row = {name: getattr(promise, name) for name in ("unit_name", "uscc", "address", "document_sha256")}
        row |= {"signed": promise.signed_on is not None, "signed_on": text(promise.signed_on), "leads": leads}
        row |= {"valid_to": text(promise.valid_to), **place(scope, promise)}
        broken, signed = broken + bool(leads), signed + (promise.signed_on is not None)
        made.append(_entry(promise, row))
    return Made(made, {"units": len(made), "signed": signed, "broken": broken})


def referrals(scope: Scope) -> Made:
    """What was handed to other departments, with the clause it rests on; discipline inspection's queue is its own."""
    made = []
    found = Referral.objects.filter(sent_on__lte=last_day(scope)).exclude(matter__in=RESTRICTED).order_by("pk")
    found = found.select_related("lead")
    for referral in found.iterator(chunk_size=_ROWS):
        if scope.has(referral.lead.division_code):
            row = {
                name: getattr(referral, name) for name in ("no", "matter", "department", "clause", "progress", "result")
            }
            row |= {"lead": referral.lead.no, "sent_on": text(referral.sent_on)}
            row |= {"accepted_on": text(referral.accepted_on)} | lead_place(scope, referral)
            made.append(Entry((referral.no,), referral.no, canonical(row), referral.lead_id))
    return Made(made, {"referrals": len(made)})


def last_day(scope: Scope) -> date:
    """The last day that a list of this cut-off tells of, in China."""
    return (scope.cutoff - timedelta(milliseconds=1)).astimezone(scope.week.start.tzinfo).date()


def is_stale(as_of: date, scope: Scope) -> bool:
    """Whether a statement is older than a week at the cut-off."""
    return last_day(scope) - as_of >= STALE_AFTER


def place(scope: Scope, row: Place) -> dict[str, str]:
    """Names of the division a register's row lies in."""
    names = scope.tree.names(row.division_code)
    return {"province": names.province, "city": names.city, "county": names.county, "division_code": row.division_code}


def lead_place(scope: Scope, referral: Referral) -> dict[str, str]:
    """Unit and division of the lead that a referral is about."""
    lead = referral.lead
    names = scope.tree.names(lead.division_code)
    return {"unit_name": lead.unit_name, "uscc": lead.uscc, "county": names.county, "division_code": lead.division_code}


def text(day: date | None) -> str | None:
    """ISO 8601, as a frozen row has it."""
    return day.isoformat() if day else None


def _entry(row: Place, document: dict[str, Any]) -> Entry:
    name = str(getattr(row, "name", "")) or row.unit_name
    return Entry((row.division_code, name, row.pk), f"{type(row).__name__}{row.pk}", canonical(document))
