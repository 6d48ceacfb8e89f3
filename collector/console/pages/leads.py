"""Which leads are there, and what is known of one?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from collector.accounts.scope import Scope, within
from collector.cases.choices import SourceKind, State
from collector.cases.models import Lead, LeadSession, LeadSource
from collector.cases.queries import cases_for
from collector.console import lead_filters as by
from collector.console.access import need, page, viewer
from collector.console.casefile import sources_of
from collector.console.dossier import dossier
from collector.console.find import leads_like
from collector.console.language import reader_lang
from collector.console.listing import answer
from collector.console.paging import any_of
from collector.console.saved import views_of
from collector.console.tables import Column, Filter, Listing, division_column
from collector.lists.divisions import DivisionTree
from collector.lists.masking import is_person, mask_account, mask_name, shown_address
from collector.lists.week import CHINA
from collector.resolve.choices import Status
from collector.text import bilingual, label

_ENDS = "_ends"
_POOL_HINT = bilingual("运营方、域名、IP", "Operator, name, IP")


@page("GET")
def leads(request: HttpRequest) -> HttpResponseBase:
    """The leads of the person's divisions, under the filters of the URL."""
    person = viewer(request)
    need(person.reads)
    bulk = [("open", bilingual("立案", "Open cases"))] if person.writes else []
    rows, saved = spoken_of(visible(person.reads)), views_of(request, LISTING)
    return answer(request, LISTING, rows, bulk=bulk, bulk_url=reverse("console:case-open"), **saved)


@page("GET")
def lead(request: HttpRequest, no: str) -> HttpResponse:
    """One lead: what was seen, and why it is thought to be there."""
    found = get_object_or_404(visible(viewer(request).reads), no=no)
    tree = DivisionTree(timezone.now().astimezone(CHINA).date())
    score, sources = sources_of(found, viewer(request))
    context = {
        "name": shown_name(found),
        "address": _address(found),
        "place": tree.name(found.division_code) if found.division_code else "",
        "score": score,
        "sources": sources,
        "file": dossier(found, tree),
        "case": cases_for(viewer(request).reads).filter(lead=found).exclude(state=State.MERGED).first(),
        "may_open": visible(viewer(request).writes).filter(pk=found.pk).exists(),
    }
    return render(request, "console/lead.html", context)


def visible(scope: Scope) -> QuerySet[Lead]:
    """The leads of a scope's divisions, and of its units wherever they are."""
    return Lead.objects.filter(within("division_code", scope, "uscc"))


def spoken_of(rows: QuerySet[Lead]) -> QuerySet[Lead]:
    """Leads that a sensor sees or another source speaks of; what moved to other leads is none any more."""
    others = LeadSource.objects.filter(lead=OuterRef("pk")).exclude(kind=SourceKind.SENSOR)
    return rows.filter(Q(detections__gt=0) | Exists(others))


def shown_name(row: Lead) -> str:
    """The unit; a person and an account are masked."""
    if row.unit_name:
        return mask_name(row.unit_name) if is_person(row.unit_name, row.uscc, "") else row.unit_name
    if row.subscriber:
        return f"{bilingual('宽带账号', 'Account')} {mask_account(row.subscriber)}"
    return str(bilingual("未定位", "Not located"))


class _Ends:
    """Of a part of a list, each lead's session seen last; asked for at the first need, for all of them at once."""

    def __init__(self, rows: Sequence[Lead]) -> None:
        self._leads = [row.pk for row in rows]

    @cached_property
    def coins(self) -> dict[int, str]:
        """By lead."""
        return self._told("coin")

    @cached_property
    def pools(self) -> dict[int, str]:
        """By lead: name, or else address, and port."""
        event = "attribution__event__"
        found = self._told(*(f"{event}{name}" for name in ("pool_domain", "pool_ip", "pool_port")))
        return {lead: f"{name or ip or ''}{f':{port}' if port else ''}" for lead, (name, ip, port) in found.items()}

    def _told(self, *names: str) -> dict[int, Any]:
        # Not by a join: for many leads the server would read all there are.
        at_end = Subquery(Lead.objects.filter(pk=OuterRef("lead")).values("last_seen"))
        told = LeadSession.objects.filter(lead__in=any_of(self._leads), last_seen=at_end).values_list("lead", *names)
        return {lead: rest if len(names) > 1 else rest[0] for lead, *rest in told}


def _prepare(rows: Sequence[Lead]) -> None:
    ends = _Ends(rows)
    for row in rows:
        setattr(row, _ENDS, ends)


def _ends(row: Lead) -> _Ends:
    return cast(_Ends, getattr(row, _ENDS))


def _status(row: Lead) -> str:
    return label(Status, row.status, reader_lang())


def _tone(row: Lead) -> str:
    return "doubt" if row.status in (Status.CONFLICT, Status.UNKNOWN) else "confirmed"


def _pool(row: Lead) -> str:
    return _ends(row).pools.get(row.pk, "")


def _coin(row: Lead) -> str:
    coin = _ends(row).coins.get(row.pk)
    return "" if coin is None else coin or "—"


def _address(row: Lead) -> str:
    return shown_address(row.address, row.unit_name, row.uscc)


LISTING: Listing[Lead] = Listing(
    name="leads",
    title=bilingual("线索", "Leads"),
    columns=(
        Column(
            "no",
            bilingual("线索", "Lead"),
            lambda row: row.no,
            look="code",
            sort="no",
            href=lambda row: reverse("console:lead", args=[row.no]),
        ),
        Column("ip", bilingual("IP地址", "IP address"), lambda row: row.ip, look="mono"),
        Column("unit", bilingual("单位", "Unit"), shown_name, sort="unit_name"),
        Column("uscc", bilingual("统一社会信用代码", "USCC"), lambda row: row.uscc, look="mono", shown=False),
        Column("address", bilingual("详细地址", "Address"), _address, sort="address"),
        division_column(lambda row: row.division_code),
        Column("status", bilingual("定位", "Attribution"), _status, look="tag", tone=_tone),
        Column("coin", bilingual("币种", "Coin"), _coin, look="code"),
        Column("pool", bilingual("矿池", "Pool"), _pool, look="mono", shown=False),
        Column("sessions", bilingual("会话数", "Sessions"), lambda row: row.detections, "number", sort="detections"),
        Column("first", bilingual("首次发现", "First seen"), lambda row: row.first_seen, "time", sort="first_seen"),
        Column("last", bilingual("末次发现", "Last seen"), lambda row: row.last_seen, "time", sort="last_seen"),
    ),
    filters=(
        Filter(
            "q",
            bilingual("关键词", "Words"),
            leads_like,
            hint=bilingual("IP、网段、单位、编号、钱包", "IP, block, unit, number, wallet"),
        ),
        Filter("division", bilingual("区划", "Division"), by.in_division, by.divisions_of),
        Filter("week", bilingual("周次", "Week"), options=by.weeks, part=by.in_week),
        Filter("status", bilingual("定位", "Attribution"), by.in_state, by.states),
        Filter("coin", bilingual("币种", "Coin"), part=by.with_coin),
        Filter("new", bilingual("首次发现不早于", "First seen since"), by.new_since, kind="date", is_rare=True),
        Filter("known", bilingual("首次发现早于", "First seen before"), by.known_before, kind="date", is_rare=True),
        Filter("day", bilingual("当日活跃", "Active on the day"), kind="date", part=by.on_day, is_rare=True),
        Filter("relapsed", bilingual("在该周复燃", "Relapsed in"), by.relapsed_in, by.weeks, is_rare=True),
        Filter("nature", bilingual("单位性质", "Kind of unit"), options=by.natures, part=by.of_nature, is_rare=True),
        Filter("pool", bilingual("矿池", "Pool"), part=by.at_pool, is_rare=True, hint=_POOL_HINT),
        Filter("algorithm", bilingual("算法", "Algorithm"), part=by.of_algorithm, is_rare=True, hint="sha256d"),
        Filter("dialect", bilingual("方言", "Dialect"), part=by.of_dialect, is_rare=True, hint="stratum-v1"),
        Filter("sensor", bilingual("探针", "Sensor"), part=by.heard_by, is_rare=True, hint="egress-01"),
    ),
    order=("-last_seen", "-pk"),
    empty=bilingual(
        "没有符合条件的线索。放宽条件，或导入台账后重新定位。",
        "No lead fits. Widen the filters, or import a ledger and attribute again.",
    ),
    prepare=_prepare,
    through=by.with_session,
    fields=(
        *("pk", "no", "ip", "unit_name", "uscc", "subscriber", "address", "division_code", "status"),
        *("detections", "first_seen", "last_seen"),
    ),
)
