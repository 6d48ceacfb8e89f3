"""Who has an account, in which office, as what?"""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from collector.accounts.choices import OfficeKind, Role
from collector.accounts.models import ApiToken, Membership
from collector.accounts.scope import Capability, within
from collector.console.access import need, page, viewer
from collector.console.listing import answer
from collector.console.scope import Viewer
from collector.console.tables import Column, Filter, Listing, Options
from collector.text import bilingual

_TOKENS_SHOWN = 200


@page("GET")
def people(request: HttpRequest) -> HttpResponse:
    """The memberships and tokens of the offices that the person administers."""
    scope = viewer(request).scope(Capability.ACCOUNTS)
    need(scope)
    tokens = ApiToken.objects.filter(within("office__division_code", scope)).select_related("office")
    rows = Membership.objects.filter(within("office__division_code", scope)).select_related("user", "office")
    return answer(request, LISTING, rows, tokens=tokens.order_by("-pk")[:_TOKENS_SHOWN])


def _like(rows: QuerySet[Membership], text: str) -> QuerySet[Membership]:
    return rows.filter(Q(user__username__icontains=text) | Q(office__name__icontains=text))


def _of_role(rows: QuerySet[Membership], role: str) -> QuerySet[Membership]:
    return rows.filter(role=role)


def _roles(_person: Viewer) -> Options:
    return [(str(value), str(text)) for value, text in Role.choices]


LISTING: Listing[Membership] = Listing(
    name="people",
    title=bilingual("账号管理", "Accounts"),
    columns=(
        Column("name", bilingual("用户名", "Name"), lambda row: row.user.get_username(), sort="user__username"),
        Column("office", bilingual("单位", "Office"), lambda row: row.office.name, sort="office__name"),
        Column("kind", bilingual("单位类型", "Kind"), lambda row: OfficeKind(row.office.kind).label),
        Column("division", bilingual("区划代码", "Division"), lambda row: row.office.division_code, "mono"),
        Column("role", bilingual("角色", "Role"), lambda row: Role(row.role).label, "tag", sort="role"),
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
