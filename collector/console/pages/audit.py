"""Who did what to what, in words, and is the log whole?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from collector.accounts.models import Membership
from collector.accounts.scope import Capability, divisions_of, offices_of
from collector.audit.choices import Action
from collector.audit.models import AuditEntry, AuditHead
from collector.audit.services import verify
from collector.console.access import need, page, user, viewer
from collector.console.deed_words import Subject
from collector.console.deeds import about, particulars, what, which, who
from collector.console.listing import answer
from collector.console.scope import Viewer
from collector.console.tables import Column, Filter, Listing, Options
from collector.jobs.models import Job, JobState
from collector.lists.week import CHINA
from collector.text import bilingual

_BREAKS_SHOWN = 20


@page("GET")
def entries(request: HttpRequest) -> HttpResponseBase:
    """The log, newest first; ``?verify=1`` walks the whole chain."""
    need(viewer(request).scope(Capability.AUDIT))
    verdict = verify() if request.GET.get("verify") else None
    found = verdict.breaks[:_BREAKS_SHOWN] if verdict else ()
    breaks = [(one.seq, bilingual(one.what_zh, one.what)) for one in found]
    return answer(request, LISTING, _visible(request), verdict=verdict, breaks=breaks, chain=_chain())


@dataclass(frozen=True, slots=True)
class Chain:
    """Where the log stands: its entries, its end, what was purged before its first, and the last nightly check."""

    first: AuditEntry | None
    head: AuditHead | None
    checked: Job | None

    @property
    def is_whole(self) -> bool | None:
        """What the last check found; None where there was none yet."""
        return None if self.checked is None else self.checked.state == JobState.DONE

    @property
    def checked_at(self) -> datetime | None:
        """When that was; of one that is to be tried again, when it will be."""
        return (self.checked.ended_at or self.checked.due_at) if self.checked else None


def _chain() -> Chain:
    """The check is the worker's, once a day. One that failed says so, and waits to be tried again."""
    told = Job.objects.filter(kind="verify").exclude(said="").order_by("-pk").first()
    return Chain(AuditEntry.objects.order_by("seq").first(), AuditHead.objects.first(), told)


def _visible(request: HttpRequest) -> QuerySet[AuditEntry]:
    """A government's auditor reads the whole log, another office's what its own people did."""
    person, now = user(request), timezone.now()
    if divisions_of(person, Capability.AUDIT, now):
        return AuditEntry.objects.all()
    own = Membership.objects.filter(office__in=offices_of(person, Capability.AUDIT, now))
    return AuditEntry.objects.filter(actor__in=own.values("user__username"))


def _by(rows: QuerySet[AuditEntry], text: str) -> QuerySet[AuditEntry]:
    return rows.filter(actor__icontains=text)


def _like(rows: QuerySet[AuditEntry], text: str) -> QuerySet[AuditEntry]:
    return rows.filter(Q(object_id__icontains=text) | Q(purpose__icontains=text))


def _of_action(rows: QuerySet[AuditEntry], action: str) -> QuerySet[AuditEntry]:
    return rows.filter(action=action)


def _about(rows: QuerySet[AuditEntry], subject: str) -> QuerySet[AuditEntry]:
    return rows.filter(about(subject))


def _since(rows: QuerySet[AuditEntry], text: str) -> QuerySet[AuditEntry]:
    day = _midnight(text)
    return rows.filter(at__gte=day) if day else rows


def _until(rows: QuerySet[AuditEntry], text: str) -> QuerySet[AuditEntry]:
    day = _midnight(text)
    return rows.filter(at__lt=day + timedelta(days=1)) if day else rows


def _midnight(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=CHINA)
    except ValueError:
        return None


def _tone(row: AuditEntry) -> str:
    return "doubt" if row.action in (Action.REFUSED, Action.LOGIN_FAILED) else ""


def _actions(_person: Viewer) -> Options:
    return [(str(value), str(text)) for value, text in Action.choices]


def _subjects(_person: Viewer) -> Options:
    return [(str(value), str(text)) for value, text in Subject.choices]


LISTING: Listing[AuditEntry] = Listing(
    name="audit",
    title=bilingual("审计日志", "Audit log"),
    columns=(
        Column("seq", bilingual("序号", "No."), lambda row: row.seq, "number", sort="seq"),
        Column("at", bilingual("时间", "When"), lambda row: row.at, "time", sort="at"),
        Column("actor", bilingual("何人", "Who"), who, "code", sort="actor"),
        Column("action", bilingual("行为", "Deed"), lambda row: Action(row.action).label, "tag", tone=_tone),
        Column("what", bilingual("做了什么", "What"), what),
        Column("object", bilingual("对象", "Object"), which, "mono"),
        Column("more", bilingual("内容", "Particulars"), particulars),
        Column("purpose", bilingual("理由", "Reason"), lambda row: row.purpose),
        Column("address", bilingual("来源地址", "From"), lambda row: row.address or "", "mono"),
        Column("path", bilingual("访问地址", "Page"), lambda row: row.detail.get("path", ""), "mono", shown=False),
        Column("hash", bilingual("哈希", "Hash"), lambda row: row.hash, "mono", shown=False),
    ),
    filters=(
        Filter("actor", bilingual("何人", "Who"), _by, hint=bilingual("用户名", "Login name")),
        Filter("since", bilingual("自", "From"), _since, kind="date"),
        Filter("until", bilingual("至（含当日）", "To (that day included)"), _until, kind="date"),
        Filter("action", bilingual("行为", "Deed"), _of_action, _actions),
        Filter("about", bilingual("对象类型", "Kind of object"), _about, _subjects),
        Filter("q", bilingual("关键词", "Words"), _like, hint=bilingual("对象编号、理由", "Object, reason")),
    ),
    order=("-seq",),
    empty=bilingual("没有符合条件的记录。", "No entry fits."),
    template="console/audit.html",
)
