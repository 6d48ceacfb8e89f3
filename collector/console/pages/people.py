"""Who has an account, in which office, as what? And the deeds of the administrators who decide it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from collector.accounts import administration as admin
from collector.accounts.administration import By
from collector.accounts.choices import OfficeKind, Role
from collector.accounts.factor import device_of
from collector.accounts.models import Membership, Office
from collector.accounts.scope import Capability, Scope, divisions_of, offices_of
from collector.audit.request import address_of
from collector.console.access import need, page, user, viewer
from collector.console.language import in_words
from collector.console.lead_filters import divisions_in
from collector.console.listing import answer
from collector.console.scope import Viewer
from collector.console.tables import Column, Filter, Listing, Options, division_column
from collector.faults import CollectorError
from collector.lists.week import CHINA
from collector.registry.divisions import is_code, is_within
from collector.text import bilingual

_OFFICES_SHOWN = 500


@page("GET")
def people(request: HttpRequest) -> HttpResponseBase:
    """The memberships of the offices that the person administers."""
    need(_keeps(request) or _guards(request))
    offices = _offices(request)
    context = {
        "may_open": bool(_keeps(request)),
        "offices": offices.order_by("name")[:_OFFICES_SHOWN],
        "divisions": divisions_in(_roots(request), viewer(request)) if _keeps(request) else (),
        "kinds": OfficeKind.choices,
    }
    rows = Membership.objects.filter(office__in=offices).select_related("user", "office")
    return answer(request, LISTING, rows, **context)


@page("POST")
def open_office(request: HttpRequest) -> HttpResponse:
    """A new office of the divisions that the person administers."""
    need(_keeps(request))
    post = request.POST
    code = post.get("division", "")
    if not is_code(code) or not any(is_within(code, root) for root in _roots(request).roots):
        told = bilingual("区划不在您的管理范围内", "the division is not yours to administer")
        messages.error(request, f"{code[:12]}: {told}")
        return redirect("console:people")
    name = post.get("name", "").strip()[:200]
    try:
        admin.open_office(_by(request), name, code, post.get("kind", ""), post.get("uscc", "").strip().upper()[:18])
    except CollectorError as fault:
        messages.error(request, in_words(fault))
    else:
        messages.success(request, str(bilingual(f"已建立单位 {name}", f"Office made: {name}")))
    return redirect("console:people")


@page("POST")
def open_account(request: HttpRequest) -> HttpResponse:
    """A new person; the page shows the link by which they set their password, this once."""
    need(_keeps(request))
    office = _offices(request).filter(pk=_number(request.POST.get("office", ""))).first()
    if office is None:
        raise Http404
    by = _by(request)
    try:
        made = admin.open_account(by, request.POST.get("name", "").strip()[:150], office)
    except CollectorError as fault:
        messages.error(request, in_words(fault))
        return redirect("console:people")
    return _link(request, made)


@page("GET")
def person(request: HttpRequest, number: int) -> HttpResponse:
    """One account: its offices and roles, and what may be done about them."""
    found, rows = _person(request, number)
    return render(request, "console/person.html", _context(request, found, rows))


@page("POST")
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """One decision about an account, by the administrator whose it is."""
    found, rows = _person(request, number)
    deed = request.POST.get("deed", "")
    if deed not in _DEEDS:
        raise Http404
    capability, act = _DEEDS[deed]
    need(viewer(request).scope(capability))
    try:
        if deed in _WHOLE:
            _refuse_beyond(request, found)
        answer = act(request, found, rows)
    except CollectorError as fault:
        messages.error(request, in_words(fault))
        return redirect("console:person", number=number)
    if answer is not None:
        return answer
    messages.success(request, str(bilingual("已完成，并记入审计日志", "Done, and in the audit log")))
    return redirect("console:person", number=number)


def _keep(request: HttpRequest, found: User, _rows: QuerySet[Membership]) -> HttpResponse | None:
    (admin.reopen_account if request.POST.get("open") else admin.close_account)(_by(request), found)
    return None


def _send(request: HttpRequest, found: User, _rows: QuerySet[Membership]) -> HttpResponse | None:
    return _link(request, found)


def _join(request: HttpRequest, found: User, _rows: QuerySet[Membership]) -> HttpResponse | None:
    office = get_object_or_404(_offices(request), pk=_number(request.POST.get("office", "")))
    admin.join(_by(request), found, office)
    return None


def _grant(request: HttpRequest, _found: User, rows: QuerySet[Membership]) -> HttpResponse | None:
    until = _end_of_day(request.POST.get("until", ""))
    admin.grant(_by(request), _membership(request, rows), request.POST.get("role", ""), until)
    return None


def _end(request: HttpRequest, _found: User, rows: QuerySet[Membership]) -> HttpResponse | None:
    admin.end_membership(_by(request), _membership(request, rows))
    return None


def _reset(request: HttpRequest, found: User, _rows: QuerySet[Membership]) -> HttpResponse | None:
    admin.reset_factor(_by(request), found)
    return None


_Act = Callable[[HttpRequest, User, QuerySet[Membership]], HttpResponse | None]
_DEEDS: Mapping[str, tuple[Capability, _Act]] = {
    "account": (Capability.ACCOUNTS, _keep),
    "link": (Capability.ACCOUNTS, _send),
    "join": (Capability.ACCOUNTS, _join),
    "grant": (Capability.SECURITY, _grant),
    "end": (Capability.SECURITY, _end),
    "factor": (Capability.SECURITY, _reset),
}


_WHOLE = frozenset({"account", "link", "factor"})
"""What touches the whole person, in every office."""


def _refuse_beyond(request: HttpRequest, found: User) -> None:
    """Who is somebody elsewhere too is not this administrator's alone: no county gets hold of a city's account."""
    elsewhere = Membership.objects.filter(user=found).exclude(office__in=_offices(request)).first()
    if elsewhere is not None:
        told = bilingual(
            "还属于您管理范围以外的单位，请由上级管理员处理", "belongs to an office beyond yours; ask its administrator"
        )
        raise CollectorError(f"{found.get_username()}: {told}")


def _context(request: HttpRequest, found: User, rows: QuerySet[Membership]) -> dict[str, object]:
    now = timezone.now()
    taken = rows.values("office")
    return {
        "person": found,
        "rows": [(row, Role(row.role).label, row.valid_until is not None and row.valid_until <= now) for row in rows],
        "keeps": bool(_keeps(request)),
        "guards": bool(_guards(request)),
        "is_self": found == user(request),
        "roles": Role.choices,
        "has_factor": device_of(found) is not None,
        "offices": _offices(request).exclude(pk__in=taken).order_by("name")[:_OFFICES_SHOWN],
        "min_reason": admin.MIN_REASON_CHARS,
    }


def _person(request: HttpRequest, number: int) -> tuple[User, QuerySet[Membership]]:
    """Somebody in an office that the person administers, and only their places there."""
    need(_keeps(request) or _guards(request))
    rows = Membership.objects.filter(office__in=_offices(request), user=number).select_related("user", "office")
    first = rows.order_by("pk").first()
    if first is None:
        raise Http404
    return first.user, rows.order_by("office__name")


def _link(request: HttpRequest, found: User) -> HttpResponse:
    key, token = admin.sign_in_link(_by(request), found)
    link = request.build_absolute_uri(reverse("accounts:welcome", args=[key, token]))
    return render(request, "console/signinlink.html", {"person": found, "link": link})


def _keeps(request: HttpRequest) -> object:
    return viewer(request).scope(Capability.ACCOUNTS)


def _guards(request: HttpRequest) -> object:
    return viewer(request).scope(Capability.SECURITY)


def _roots(request: HttpRequest) -> Scope:
    return divisions_of(user(request), Capability.ACCOUNTS, timezone.now())


def _offices(request: HttpRequest) -> QuerySet[Office]:
    now, found = timezone.now(), Office.objects.none()
    for capability in filter(viewer(request).scope, (Capability.ACCOUNTS, Capability.SECURITY)):
        found |= offices_of(user(request), capability, now)
    return found.distinct()


def _membership(request: HttpRequest, rows: QuerySet[Membership]) -> Membership:
    return get_object_or_404(rows, pk=_number(request.POST.get("row", "")))


def _by(request: HttpRequest) -> By:
    reason = " ".join(request.POST.get("reason", "").split())[:500]
    return By(user(request).get_username(), address_of(request), timezone.now(), reason)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _end_of_day(text: str) -> datetime | None:
    """The end of a day in China; None for none."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=CHINA) + timedelta(days=1)
    except ValueError:
        raise CollectorError(f"{text[:20]}: {bilingual('不是日期', 'is no date')}") from None


def _like(rows: QuerySet[Membership], text: str) -> QuerySet[Membership]:
    return rows.filter(Q(user__username__icontains=text) | Q(office__name__icontains=text))


def _of_role(rows: QuerySet[Membership], role: str) -> QuerySet[Membership]:
    return rows.filter(role=role)


def _roles(_person: Viewer) -> Options:
    return [(str(value), str(text)) for value, text in Role.choices]


def _state(row: Membership) -> str:
    if not row.user.is_active:
        return str(bilingual("已停用", "Closed"))
    is_over = row.valid_until is not None and row.valid_until <= timezone.now()
    return str(bilingual("角色已到期", "Role ended") if is_over else bilingual("有效", "Live"))


def _tone(row: Membership) -> str:
    is_over = row.valid_until is not None and row.valid_until <= timezone.now()
    return "confirmed" if row.user.is_active and not is_over else "doubt"


LISTING: Listing[Membership] = Listing(
    name="people",
    title=bilingual("账号管理", "Accounts"),
    columns=(
        Column(
            "name",
            bilingual("用户名", "Name"),
            lambda row: row.user.get_username(),
            sort="user__username",
            href=lambda row: reverse("console:person", args=[row.user_id]),
        ),
        Column("office", bilingual("单位", "Office"), lambda row: row.office.name, sort="office__name"),
        Column("kind", bilingual("单位类型", "Kind"), lambda row: OfficeKind(row.office.kind).label),
        division_column(lambda row: row.office.division_code, sort=""),
        Column("role", bilingual("角色", "Role"), lambda row: Role(row.role).label, sort="role"),
        Column("state", bilingual("状态", "State"), _state, "tag", tone=_tone),
        Column("until", bilingual("有效期至", "Until"), lambda row: row.valid_until or "—", "time", sort="valid_until"),
        Column("last", bilingual("最近登录", "Last sign-in"), lambda row: row.user.last_login or "—", "time"),
    ),
    filters=(
        Filter("q", bilingual("关键词", "Words"), _like, hint=bilingual("用户名、单位", "Name, office")),
        Filter("role", bilingual("角色", "Role"), _of_role, _roles),
    ),
    order=("user__username", "pk"),
    empty=bilingual("没有符合条件的账号。", "No account fits."),
    template="console/people.html",
)
