"""Which programs may ask for an office, and how are their keys given, approved by a second person, and taken?"""

from __future__ import annotations

from django.contrib import messages
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from collector.accounts.administration import (
    MAX_KEY_DAYS,
    MIN_REASON_CHARS,
    By,
    approve_key,
    issue_key,
    revoke_key,
)
from collector.accounts.choices import TokenScope
from collector.accounts.models import ApiToken, Office
from collector.accounts.scope import Capability, offices_of
from collector.audit.request import address_of
from collector.console.access import need, page, user, viewer
from collector.console.language import in_words
from collector.console.listing import answer
from collector.console.scope import Viewer
from collector.console.tables import Column, Filter, Listing, Options
from collector.faults import CollectorError
from collector.text import bilingual

_OFFICES_SHOWN = 500
_MAX_HIDDEN = 50


@page("GET")
def keys(request: HttpRequest) -> HttpResponseBase:
    """The keys of the offices that the person administers: one kind of administrator issues, the other approves."""
    person = viewer(request)
    need(person.scope(Capability.ACCOUNTS) or person.scope(Capability.SECURITY))
    rows = _keys(_kept(request)).select_related("office")
    context = {
        "offices": _offices(request, Capability.ACCOUNTS).order_by("name")[:_OFFICES_SHOWN],
        "max_days": MAX_KEY_DAYS,
        "may_issue": bool(person.scope(Capability.ACCOUNTS)),
        "may_approve": bool(person.scope(Capability.SECURITY)),
        "min_reason": MIN_REASON_CHARS,
    }
    return answer(request, LISTING, rows, row_action="console/parts/key_acts.html", **context)


@page("POST")
def issue(request: HttpRequest) -> HttpResponse:
    """A new key, shown this once."""
    need(viewer(request).scope(Capability.ACCOUNTS))
    office = get_object_or_404(_offices(request, Capability.ACCOUNTS), pk=_number(request.POST.get("office", "")))
    name = request.POST.get("name", "").strip()
    hidden = request.POST.get("hidden", "").replace(",", " ").split()[:_MAX_HIDDEN]
    try:
        text = issue_key(_by(request), office, name, _number(request.POST.get("days", "")), hidden)
    except CollectorError as fault:
        messages.error(request, in_words(fault))
        return redirect("console:keys")
    return render(request, "console/newkey.html", {"office": office, "name": name, "text": text})


@page("POST")
def approve(request: HttpRequest, number: int) -> HttpResponse:
    """Let a key work that somebody else issued."""
    need(viewer(request).scope(Capability.SECURITY))
    row = get_object_or_404(_keys(_offices(request, Capability.SECURITY)), pk=number)
    try:
        approve_key(_by(request), row)
    except CollectorError as fault:
        messages.error(request, in_words(fault))
    else:
        told = bilingual(f"密钥 {row.prefix}… 已批准，即刻可用", f"Key {row.prefix}… approved; it works from now on")
        messages.success(request, str(told))
    return redirect("console:keys")


@page("POST")
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """End a key, or refuse one that waits: either administrator's."""
    person = viewer(request)
    need(person.scope(Capability.ACCOUNTS) or person.scope(Capability.SECURITY))
    row = get_object_or_404(_keys(_kept(request)), pk=number)
    revoke_key(_by(request), row)
    messages.success(request, str(bilingual(f"密钥 {row.prefix}… 已吊销", f"Key {row.prefix}… revoked")))
    return redirect("console:keys")


def _keys(offices: QuerySet[Office]) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(office__in=offices, scope=TokenScope.OFFICE)


def _offices(request: HttpRequest, capability: Capability) -> QuerySet[Office]:
    return offices_of(user(request), capability, timezone.now())


def _kept(request: HttpRequest) -> QuerySet[Office]:
    return (_offices(request, Capability.ACCOUNTS) | _offices(request, Capability.SECURITY)).distinct()


def _by(request: HttpRequest) -> By:
    reason = " ".join(request.POST.get("reason", "").split())[:500]
    return By(user(request).get_username(), address_of(request), timezone.now(), reason)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _named(rows: QuerySet[ApiToken], text: str) -> QuerySet[ApiToken]:
    return rows.filter(name__icontains=text)


class KeyState(models.TextChoices):
    """Where a key stands."""

    WAITING = "waiting", bilingual("待批准", "Waits for approval")
    LIVE = "live", bilingual("有效", "Live")
    EXPIRED = "expired", bilingual("已过期", "Expired")
    REVOKED = "revoked", bilingual("已吊销", "Revoked")


def _state_of(row: ApiToken) -> KeyState:
    if row.revoked_at:
        return KeyState.REVOKED
    if row.expires_at is not None and row.expires_at <= timezone.now():
        return KeyState.EXPIRED
    return KeyState.LIVE if row.approved_at else KeyState.WAITING


def _tone(row: ApiToken) -> str:
    return {KeyState.LIVE: "confirmed", KeyState.WAITING: "new"}.get(_state_of(row), "doubt")


def _in_state(rows: QuerySet[ApiToken], text: str) -> QuerySet[ApiToken]:
    now = timezone.now()
    over = Q(expires_at__lte=now)
    conditions = {
        KeyState.WAITING: Q(revoked_at__isnull=True, approved_at__isnull=True) & ~over,
        KeyState.LIVE: Q(revoked_at__isnull=True, approved_at__isnull=False) & ~over,
        KeyState.EXPIRED: Q(revoked_at__isnull=True) & over,
        KeyState.REVOKED: Q(revoked_at__isnull=False),
    }
    return rows.filter(conditions[KeyState(text)]) if text in KeyState.values else rows


def _states(_person: Viewer) -> Options:
    return [(str(value), str(text)) for value, text in KeyState.choices]


LISTING: Listing[ApiToken] = Listing(
    name="keys",
    title=bilingual("接口密钥", "API keys"),
    columns=(
        Column("name", bilingual("名称", "Name"), lambda row: row.name, sort="name"),
        Column("office", bilingual("单位", "Office"), lambda row: row.office.name if row.office else "—"),
        Column("prefix", bilingual("开头", "Begins"), lambda row: f"{row.prefix}…", "mono"),
        Column("state", bilingual("状态", "State"), lambda row: _state_of(row).label, "tag", tone=_tone),
        Column("issued", bilingual("签发人", "Issued by"), lambda row: row.issued_by or "—"),
        Column("approved", bilingual("批准人", "Approved by"), lambda row: row.approved_by or "—"),
        Column("hidden", bilingual("隐藏的字段", "Hidden fields"), lambda row: ", ".join(row.hidden_fields) or "—"),
        Column("used", bilingual("最近使用", "Last used"), lambda row: row.last_used_at or "—", "time"),
        Column("ends", bilingual("失效", "Expires"), lambda row: row.expires_at or "—", "time", sort="expires_at"),
        Column("made", bilingual("签发", "Issued"), lambda row: row.created_at, "time", sort="created_at"),
    ),
    filters=(
        Filter("q", bilingual("名称", "Name"), _named),
        Filter("state", bilingual("状态", "State"), _in_state, _states),
    ),
    order=("-pk",),
    empty=bilingual(
        "还没有接口密钥。其他系统取清单时，由系统管理员在此签发，安全管理员批准。",
        "No key yet. The system administrator issues one for a system that fetches lists; the security administrator "
        "approves it.",
    ),
    template="console/keys.html",
)
