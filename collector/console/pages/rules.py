"""Which rules hold, and from when? They are added, succeeded and ended, never rewritten."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from collector.accounts.choices import OfficeKind
from collector.accounts.models import Office
from collector.accounts.scope import Capability, Scope, within
from collector.audit.choices import Action
from collector.audit.request import address_of
from collector.audit.services import Deed, record
from collector.console.access import need, page, user, viewer
from collector.console.language import in_words
from collector.console.lead_filters import divisions_in
from collector.console.places import places_of
from collector.console.rulebook import KINDS, RuleKind, given, read, shown
from collector.console.scope import Viewer
from collector.console.tables import Options
from collector.faults import CollectorError
from collector.lists.week import CHINA
from collector.registry.divisions import is_within
from collector.registry.parameters import Dated, put
from collector.text import bilingual

_ROWS_SHOWN = 500
_ELSEWHERE = (OfficeKind.CARRIER, OfficeKind.UNIT, OfficeKind.ASSESSOR)
"""Offices that set no rules: where they sit does not matter."""


@page("GET")
def rules(request: HttpRequest, kind: str) -> HttpResponse:
    """The rules of a kind: what holds now and what comes, then what is over; ``?from=`` fills the form from a rule."""
    return _answer(request, _kind(kind))


@page("POST")
def put_rule(request: HttpRequest, kind: str) -> HttpResponse:
    """A new rule, or one that takes another's place from a day on."""
    chosen, sets = _kind(kind), viewer(request).scope(Capability.RULES)
    need(_may_set(chosen, sets))
    many = {entry.name: request.POST.getlist(entry.name) for entry in chosen.entries if entry.many}
    try:
        columns = read(chosen, request.POST.dict(), many)
        _refuse_past(columns["valid_from"])
        if not chosen.is_everywhere:
            _refuse_foreign(str(columns["division_code"]), sets)
    except CollectorError as fault:
        messages.error(request, in_words(fault))
        return _answer(request, chosen, request.POST.dict() | many)
    with transaction.atomic():
        is_changed = put(chosen.table, chosen.model.key, columns)
        if is_changed:
            _note(request, chosen, "put", {name: str(value) for name, value in columns.items()})
            chosen.afterwards()
    told = bilingual("规则已保存，自其起始日生效", "The rule is kept; it holds from its day on")
    same = bilingual("与现有规则相同，未作改动", "The same rule is there already; nothing changed")
    messages.success(request, str(told if is_changed else same))
    return redirect("console:rules", kind=kind)


@page("POST")
def end_rule(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """A rule's last day was yesterday, or the one before the day given."""
    chosen, sets = _kind(kind), viewer(request).scope(Capability.RULES)
    need(_may_set(chosen, sets))
    row = chosen.table._default_manager.filter(pk=number).first()
    if row is None or not _is_own(chosen, row, sets):
        raise Http404
    try:
        day = _day(request.POST.get("day", ""))
        _refuse_past(day)
    except CollectorError as fault:
        messages.error(request, in_words(fault))
        return redirect("console:rules", kind=kind)
    with transaction.atomic():
        _note(request, chosen, "end", {"rule": str(row), "from": str(row.valid_from), "to": str(day)})
        _end(row, day)
        chosen.afterwards()
    messages.success(request, str(bilingual("规则已终止", "The rule has an end")))
    return redirect("console:rules", kind=kind)


def _answer(request: HttpRequest, chosen: RuleKind, form: dict[str, Any] | None = None) -> HttpResponse:
    """The page; ``form`` is what the person filled in and could not be kept."""
    person, today = viewer(request), _today()
    need(person.is_office)
    rows = list(_visible(chosen, person.reads).order_by("-valid_from", "pk")[:_ROWS_SHOWN])
    template = next((row for row in rows if str(row.pk) == request.GET.get("from")), None)
    sets = person.scope(Capability.RULES)
    places = places_of(person, {str(getattr(row, "division_code", "")) for row in rows})
    live = [row for row in rows if row.valid_to is None or row.valid_to > today]
    begun = given(chosen, template) | {"valid_from": ""} if template else {"division_code": _home(sets)}
    filled = begun if form is None else form
    context = {
        "kind": chosen,
        "kinds": list(KINDS.values()),
        "live": [(row, shown(chosen, row, places), row.valid_from > today, _is_own(chosen, row, sets)) for row in live],
        "over": [(row, shown(chosen, row, places)) for row in rows if row not in live],
        "may_set": _may_set(chosen, sets),
        "is_beyond": bool(sets) and not _may_set(chosen, sets),
        "form": filled,
        "is_successor": template is not None,
        "today": today,
        "divisions": () if chosen.is_everywhere else _offered(sets, person, str(filled.get("division_code", ""))),
    }
    return render(request, "console/rules.html", context, status=200 if form is None else 422)


def _offered(sets: Scope, person: Viewer, given: str) -> Options:
    """The divisions a rule may be for; what was given is kept, were it none of them."""
    offered = divisions_in(sets, person)
    return offered if not given or given in dict(offered) else [*offered, (given, given)]


def _end(row: Dated, day: date) -> None:
    """A rule that never came to hold goes; any other keeps its days."""
    if row.valid_from >= day:
        row.delete()
        return
    row.valid_to = day
    row.save(update_fields=["valid_to"])


def _kind(name: str) -> RuleKind:
    if name not in KINDS:
        raise Http404
    return KINDS[name]


def _visible(kind: RuleKind, reads: Scope) -> Any:
    """Rules of the person's divisions, and those of the divisions above them, which hold there too."""
    if kind.is_everywhere:
        return kind.table._default_manager.all()
    above = Q(division_code="") | Q(division_code="000000")
    for root in reads.roots:
        above |= Q(division_code__in=(f"{root[:2]}0000", f"{root[:4]}00", root))
    return kind.table._default_manager.filter(above | within("division_code", reads))


def _may_set(kind: RuleKind, sets: Scope) -> bool:
    """What holds everywhere is set by an office that no other stands above or beside."""
    if not kind.is_everywhere:
        return bool(sets)
    held = Office.objects.exclude(kind__in=_ELSEWHERE).values_list("division_code", flat=True).distinct()
    return bool(sets) and all(any(is_within(code, root) for root in sets.roots) for code in held)


def _is_own(kind: RuleKind, row: Dated, sets: Scope) -> bool:
    if kind.is_everywhere:
        return _may_set(kind, sets)
    code = str(getattr(row, "division_code", ""))
    return any(is_within(code or "000000", root) for root in sets.roots)


def _home(sets: Scope) -> str:
    return sets.roots[0] if sets.roots else ""


def _refuse_foreign(code: str, sets: Scope) -> None:
    if not any(is_within(code or "000000", root) for root in sets.roots):
        told = bilingual("只能为本级及下级区划设置规则", "rules are set for one's own division and below")
        raise CollectorError(f"{code or '—'}: {told}")


def _refuse_past(day: date) -> None:
    """What was decided under a rule stays explained by it."""
    if day < _today():
        told = bilingual("不能早于今天：已按原规则办理的不改", "is before today: what was done under a rule keeps it")
        raise CollectorError(f"{day}: {told}")


def _note(request: HttpRequest, kind: RuleKind, what: str, detail: dict[str, str]) -> None:
    actor, address = user(request).get_username(), address_of(request)
    record(
        Deed(actor, Action.GRANT, "rule", kind.name, address=address, detail={"what": what} | detail), timezone.now()
    )


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=CHINA).date() if text else _today()
    except ValueError:
        raise CollectorError(f"{text[:20]}: {bilingual('不是日期', 'is no date')}") from None


def _today() -> date:
    return timezone.now().astimezone(CHINA).date()
