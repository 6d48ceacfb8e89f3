"""Which programs may ask for an office, and how are their keys given and taken?"""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from collector.accounts.administration import MAX_KEY_DAYS, By, issue_key, revoke_key
from collector.accounts.choices import TokenScope
from collector.accounts.models import ApiToken, Office
from collector.accounts.scope import Capability, offices_of
from collector.audit.request import address_of
from collector.console.access import need, page, user, viewer
from collector.console.listing import answer
from collector.console.tables import Column, Filter, Listing
from collector.faults import CollectorError
from collector.text import bilingual

_OFFICES_SHOWN = 500
_MAX_HIDDEN = 50


@page("GET")
def keys(request: HttpRequest) -> HttpResponseBase:
    """The keys of the offices that the person administers."""
    need(viewer(request).scope(Capability.ACCOUNTS))
    offices = _offices(request)
    rows = ApiToken.objects.filter(office__in=offices, scope=TokenScope.OFFICE).select_related("office")
    context = {"offices": offices.order_by("name")[:_OFFICES_SHOWN], "max_days": MAX_KEY_DAYS}
    return answer(request, LISTING, rows, row_action="console/parts/revoke.html", **context)


@page("POST")
def issue(request: HttpRequest) -> HttpResponse:
    """A new key, shown this once."""
    need(viewer(request).scope(Capability.ACCOUNTS))
    office = get_object_or_404(_offices(request), pk=_number(request.POST.get("office", "")))
    name = request.POST.get("name", "").strip()
    hidden = request.POST.get("hidden", "").replace(",", " ").split()[:_MAX_HIDDEN]
    try:
        text = issue_key(_by(request), office, name, _number(request.POST.get("days", "")), hidden)
    except CollectorError as fault:
        messages.error(request, str(fault))
        return redirect("console:keys")
    return render(request, "console/newkey.html", {"office": office, "name": name, "text": text})


@page("POST")
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """End a key."""
    need(viewer(request).scope(Capability.ACCOUNTS))
    row = get_object_or_404(ApiToken, pk=number, office__in=_offices(request), scope=TokenScope.OFFICE)
    revoke_key(_by(request), row)
    messages.success(request, str(bilingual(f"密钥 {row.prefix}… 已吊销", f"Key {row.prefix}… revoked")))
    return redirect("console:keys")


def _offices(request: HttpRequest) -> QuerySet[Office]:
    return offices_of(user(request), Capability.ACCOUNTS, timezone.now())


def _by(request: HttpRequest) -> By:
    return By(user(request).get_username(), address_of(request), timezone.now())


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _named(rows: QuerySet[ApiToken], text: str) -> QuerySet[ApiToken]:
    return rows.filter(name__icontains=text)


def _state(row: ApiToken) -> str:
    if row.revoked_at:
        return str(bilingual("已吊销", "Revoked"))
    is_over = row.expires_at is not None and row.expires_at <= timezone.now()
    return str(bilingual("已过期", "Expired") if is_over else bilingual("有效", "Live"))


def _tone(row: ApiToken) -> str:
    is_over = row.expires_at is not None and row.expires_at <= timezone.now()
    return "doubt" if row.revoked_at or is_over else "confirmed"


LISTING: Listing[ApiToken] = Listing(
    name="keys",
    title=bilingual("接口密钥", "API keys"),
    columns=(
        Column("name", bilingual("名称", "Name"), lambda row: row.name, sort="name"),
        Column("office", bilingual("单位", "Office"), lambda row: row.office.name if row.office else "—"),
        Column("prefix", bilingual("开头", "Begins"), lambda row: f"{row.prefix}…", "mono"),
        Column("state", bilingual("状态", "State"), _state, "tag", tone=_tone),
        Column("hidden", bilingual("隐藏的字段", "Hidden fields"), lambda row: ", ".join(row.hidden_fields) or "—"),
        Column("used", bilingual("最近使用", "Last used"), lambda row: row.last_used_at or "—", "time"),
        Column("ends", bilingual("失效", "Expires"), lambda row: row.expires_at or "—", "time", sort="expires_at"),
        Column("made", bilingual("签发", "Issued"), lambda row: row.created_at, "time", sort="created_at"),
    ),
    filters=(Filter("q", bilingual("名称", "Name"), _named),),
    order=("-pk",),
    empty=bilingual(
        "还没有接口密钥。其他系统取清单时在此签发。", "No key yet. Issue one for a system that fetches lists."
    ),
    template="console/keys.html",
)
