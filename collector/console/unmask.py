"""How is a person's data seen in clear? For a reason, which is written down before anything is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from collector.accounts.scope import Capability, Scope
from collector.audit.choices import Action
from collector.audit.request import actor_of, address_of
from collector.audit.services import Deed, record
from collector.cases.models import Lead
from collector.cases.queries import cases_for
from collector.console.access import page, viewer
from collector.console.pages import leads, tip_offs, units
from collector.lists.divisions import DivisionTree
from collector.lists.models import ListIssue
from collector.lists.week import CHINA
from collector.registry.choices import Source
from collector.registry.models import Organisation
from collector.resolve.models import Assertion
from collector.text import bilingual
from collector.trace.models import TraceItem
from collector.trace.visible import items_of

MIN_REASON_CHARS = 6
MAX_ROWS = 100
"""Persons shown for one reason; a list of thousands is no reason to see them all."""


@dataclass(frozen=True, slots=True)
class Clear:
    """One person or unit in clear: where it is known from, and what is known."""

    origin: str
    name: str
    account: str = ""
    address: str = ""


@page("POST")
def unmask(request: HttpRequest, kind: str, no: str) -> HttpResponse:
    """What stands behind the masks of a lead, a case, a trace request, a unit or a list."""
    scope = viewer(request).scope(Capability.UNMASK)
    rows = _BEHIND[kind](no, scope) if scope else None
    if rows is None:
        raise Http404
    reason = " ".join(request.POST.get("reason", "").split())
    # A bare key says nothing to a reader.
    title, back = "" if no.isdecimal() else no, request.path.removesuffix("unmask/")
    context: dict[str, object] = {"title": title, "back": back, "reason": reason}
    if len(reason) < MIN_REASON_CHARS:
        return render(request, "console/unmasked.html", context, status=400)
    actor, office = actor_of(request)
    shown = list(rows)
    detail = {"rows": str(len(shown))}
    record(Deed(actor, Action.UNMASK, kind, no, office, address_of(request), reason, detail), timezone.now())
    return render(request, "console/unmasked.html", context | {"rows": shown})


def _of_lead(no: str, scope: Scope) -> Iterable[Clear] | None:
    lead = leads.visible(scope).filter(no=no).first()
    return None if lead is None else _stated(lead)


def _of_case(no: str, scope: Scope) -> Iterable[Clear] | None:
    found = cases_for(scope).filter(no=no).select_related("lead").first()
    if found is None:
        return None
    named = Clear(str(bilingual("案件所指", "Named by the case")), str(found.folded["unit_name"]))
    return [*([named] if named.name else []), *_stated(found.lead)]


def _of_trace(no: str, scope: Scope) -> Iterable[Clear] | None:
    items = items_of(scope, ()).filter(request__no=no)
    return _answers(items) if items.exists() else None


def _of_unit(no: str, scope: Scope) -> Iterable[Clear] | None:
    found = units.visible(scope).filter(pk=_number(no)).first()
    return None if found is None else _known(found)


def _of_tip_off(no: str, scope: Scope) -> Iterable[Clear] | None:
    """Who was told of, and how the teller can be reached."""
    found = tip_offs.visible(scope).filter(pk=_number(no)).first()
    if found is None:
        return None
    teller = Clear(str(bilingual("举报人", "Teller")), "", found.contact)
    return [Clear(str(bilingual("被举报方", "Told of")), found.unit_name, "", found.address), teller]


def _of_issue(no: str, scope: Scope) -> Iterable[Clear] | None:
    issue = ListIssue.objects.filter(number=no).first()
    tree = DivisionTree(timezone.now().astimezone(CHINA).date())
    if issue is None or not tree.within_any(issue.division_code, scope.roots):
        return None
    masked = [row.snapshot["lead"] for row in issue.rows.order_by("position") if row.snapshot.get("masked")]
    return [_kept(lead) for lead in Lead.objects.filter(no__in=masked[:MAX_ROWS]).order_by("no")]


_BEHIND: Mapping[str, Callable[[str, Scope], Iterable[Clear] | None]] = {
    "lead": _of_lead,
    "case": _of_case,
    "trace": _of_trace,
    "unit": _of_unit,
    "tip-off": _of_tip_off,
    "list": _of_issue,
}


def _stated(lead: Lead) -> Iterable[Clear]:
    """What every source says of a lead, the strongest first."""
    rows = Assertion.objects.filter(attribution__lead_session__lead=lead, attribution__is_current=True)
    for one in rows.order_by("-score")[:MAX_ROWS]:
        yield Clear(_source(one.source), one.unit_name, one.subscriber, one.address)


def _answers(items: QuerySet[TraceItem]) -> Iterable[Clear]:
    for item in items.exclude(record=None).select_related("record").order_by("pk")[:MAX_ROWS]:
        held: Any = item.record
        yield Clear(item.ip, held.unit_name, held.subscriber, held.address)


def _known(found: Organisation) -> Iterable[Clear]:
    yield Clear(str(bilingual("单位台账", "Enterprises")), found.name, "", found.address)
    if found.contact_name or found.contact_phone:
        yield Clear(str(bilingual("联系人", "Contact")), found.contact_name, found.contact_phone)


def _kept(lead: Lead) -> Clear:
    return Clear(f"{lead.no} {lead.ip or ''}", lead.unit_name, lead.subscriber, lead.address)


def _number(text: str) -> int:
    """A row's key; 0, which no row has, for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _source(value: str) -> str:
    return str(Source(value).label) if value in Source.values else value
