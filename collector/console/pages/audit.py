"""Who did what, and is the log whole?"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from collector.accounts.models import Membership
from collector.accounts.scope import Capability, divisions_of, offices_of
from collector.audit.choices import Action
from collector.audit.models import AuditEntry
from collector.audit.services import verify
from collector.console.access import need, page, user, viewer
from collector.console.listing import answer
from collector.console.scope import Viewer
from collector.console.tables import Column, Filter, Listing, Options
from collector.lists.week import CHINA
from collector.text import bilingual


@page("GET")
def entries(request: HttpRequest) -> HttpResponseBase:
    """The log, newest first; ``?verify=1`` walks the whole chain."""
    need(viewer(request).scope(Capability.AUDIT))
    verdict = verify() if request.GET.get("verify") else None
    return answer(request, LISTING, _visible(request), verdict=verdict)


def _visible(request: HttpRequest) -> QuerySet[AuditEntry]:
    """A government's auditor reads the whole log, another office's what its own people did."""
    person, now = user(request), timezone.now()
    if divisions_of(person, Capability.AUDIT, now):
        return AuditEntry.objects.all()
    own = Membership.objects.filter(office__in=offices_of(person, Capability.AUDIT, now))
    return AuditEntry.objects.filter(actor__in=own.values("user__username"))


def _like(rows: QuerySet[AuditEntry], text: str) -> QuerySet[AuditEntry]:
    return rows.filter(Q(actor__icontains=text) | Q(object_id__icontains=text) | Q(purpose__icontains=text))


def _of_action(rows: QuerySet[AuditEntry], action: str) -> QuerySet[AuditEntry]:
    return rows.filter(action=action)


def _on_day(rows: QuerySet[AuditEntry], text: str) -> QuerySet[AuditEntry]:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=CHINA)
    except ValueError:
        return rows
    return rows.filter(at__gte=day, at__lt=day + timedelta(days=1))


def _actions(_person: Viewer) -> Options:
    return [(str(value), str(text)) for value, text in Action.choices]


LISTING: Listing[AuditEntry] = Listing(
    name="audit",
    title=bilingual("审计日志", "Audit log"),
    columns=(
        Column("seq", bilingual("序号", "No."), lambda row: row.seq, "number", sort="seq"),
        Column("at", bilingual("时间", "When"), lambda row: row.at, "time", sort="at"),
        Column("actor", bilingual("何人", "Who"), lambda row: row.actor, sort="actor"),
        Column("action", bilingual("行为", "Deed"), lambda row: Action(row.action).label, "tag"),
        Column("page", bilingual("对象类型", "Kind of object"), lambda row: row.object_kind, "mono"),
        Column("object", bilingual("对象", "Object"), lambda row: row.object_id, "mono"),
        Column("purpose", bilingual("理由", "Reason"), lambda row: row.purpose),
        Column("address", bilingual("来源地址", "From"), lambda row: row.address or "", "mono"),
        Column("hash", bilingual("哈希", "Hash"), lambda row: row.hash, "mono", shown=False),
    ),
    filters=(
        Filter("q", bilingual("关键词", "Words"), _like, hint=bilingual("何人、对象、理由", "Who, object, reason")),
        Filter("action", bilingual("行为", "Deed"), _of_action, _actions),
        Filter("day", bilingual("日期", "Day"), _on_day, kind="date"),
    ),
    order=("-seq",),
    empty=bilingual("没有符合条件的记录。", "No entry fits."),
    template="console/audit.html",
)
