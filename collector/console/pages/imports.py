"""How do files come in? Dropped, columns guessed, every row judged, then committed; each batch can be taken back."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from collector.console.access import need, page, user, viewer
from collector.console.language import in_words
from collector.console.listing import answer
from collector.console.scope import Viewer
from collector.console.tables import Column, Filter, Listing, Options
from collector.console.uploads import drop, keep, waiting
from collector.console.wizard import Rehearsal, commit, rehearse
from collector.faults import CollectorError
from collector.registry.choices import ImportKind
from collector.registry.imports.changes import undo_import
from collector.registry.imports.kinds import known_kinds
from collector.registry.models import ImportBatch
from collector.text import bilingual

CARRIER_KINDS = frozenset(
    {
        ImportKind.LINE_LEDGER,
        ImportKind.AAA,
        ImportKind.AAA_DETAIL,
        ImportKind.CGN,
        ImportKind.CGN_SYSLOG,
        ImportKind.NAT_RULES,
        ImportKind.FILING,
    }
)
"""What a carrier brings in: its own records of who held an address."""
REPLIES = frozenset({ImportKind.TRACE_REPLY, ImportKind.LIST_REPLY})
"""They come in where they were asked for."""


@page("GET", "POST")
def imports(request: HttpRequest) -> HttpResponseBase:
    """The batches; POST lays a file down and goes on to its rehearsal."""
    person = viewer(request)
    need(person.imports)
    if request.method == "POST":
        return _lay_down(request, person)
    batches = _visible(request, person)
    return answer(request, LISTING, batches, kinds=kinds_of(person), row_action="console/parts/undo.html")


@page("GET", "POST")
def import_step(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """The rehearsal of an uploaded file: guessed columns, faults; POST imports it, or drops it."""
    person = viewer(request)
    need(person.imports)
    if kind not in dict(kinds_of(person)):
        raise Http404
    try:
        path = waiting(key)
    except CollectorError as fault:
        messages.error(request, in_words(fault))
        return redirect("console:imports")
    if request.method == "POST" and "drop" in request.POST:
        drop(key)
        return redirect("console:imports")
    mapping = {name: str(text) for name, text in request.POST.items() if name.startswith("column-") and text}
    fields = {name.removeprefix("column-"): text for name, text in mapping.items()}
    if request.method == "POST" and "commit" in request.POST:
        done = commit(ImportKind(kind), path, fields, user(request))
        if not done.refusal and done.report is not None:
            drop(key)
            number, count = done.report.batch_no, done.report.rows_ok
            told = bilingual(f"批次 {number} 已导入 {count} 行", f"Batch {number}: {count} rows imported")
            messages.success(request, str(told))
            return redirect("console:imports")
        return _rehearsal(request, kind, key, done)
    return _rehearsal(request, kind, key, rehearse(ImportKind(kind), path, fields, user(request)))


@page("POST")
def undo(request: HttpRequest, no: str) -> HttpResponse:
    """Take a batch back."""
    person = viewer(request)
    need(person.imports)
    if not _visible(request, person).filter(no=no).exists():
        raise Http404
    try:
        batch = undo_import(no, timezone.now())
    except CollectorError as fault:
        messages.error(request, in_words(fault))
    else:
        messages.success(request, str(bilingual(f"批次 {batch.no} 已撤销", f"Batch {batch.no} undone")))
    return redirect("console:imports")


def kinds_of(person: Viewer) -> Options:
    """The kinds of file that the person may bring in; replies come in at their request."""
    open_to = {kind for kind in known_kinds() if kind not in REPLIES and (person.writes or kind in CARRIER_KINDS)}
    return [(kind.value, str(kind.label)) for kind in ImportKind if kind in open_to]


def _lay_down(request: HttpRequest, person: Viewer) -> HttpResponse:
    kind, file = request.POST.get("kind", ""), request.FILES.get("file")
    if kind not in dict(kinds_of(person)) or file is None:
        messages.error(request, str(bilingual("请选择类型和文件", "Choose a kind and a file")))
        return redirect("console:imports")
    try:
        key = keep(file)
    except CollectorError as fault:
        messages.error(request, in_words(fault))
        return redirect("console:imports")
    return redirect("console:import-step", kind=kind, key=key)


def _rehearsal(request: HttpRequest, kind: str, key: str, told: Rehearsal) -> HttpResponse:
    context = {"told": told, "kind": kind, "key": key, "label": ImportKind(kind).label}
    return render(request, "console/import.html", context, status=422 if told.refusal else 200)


def _visible(request: HttpRequest, person: Viewer) -> QuerySet[ImportBatch]:
    """An office sees every batch, a carrier those of its own people."""
    batches = ImportBatch.objects.filter(dry_run=False).select_related("user")
    if person.writes:
        return batches
    return batches.filter(user__memberships__office__name__in=[one.name for one in person.carriers]).distinct()


def _of_kind(rows: QuerySet[ImportBatch], kind: str) -> QuerySet[ImportBatch]:
    return rows.filter(kind=kind)


def _named(rows: QuerySet[ImportBatch], text: str) -> QuerySet[ImportBatch]:
    return rows.filter(file_name__icontains=text)


def _state(row: ImportBatch) -> str:
    return str(bilingual("已撤销", "Undone") if row.undone_at else bilingual("有效", "Live"))


LISTING: Listing[ImportBatch] = Listing(
    name="imports",
    title=bilingual("数据导入", "Imports"),
    columns=(
        Column("no", bilingual("批次", "Batch"), lambda row: row.no, look="code", sort="no"),
        Column("kind", bilingual("类型", "Kind"), lambda row: ImportKind(row.kind).label, sort="kind"),
        Column("file", bilingual("文件", "File"), lambda row: row.file_name, sort="file_name"),
        Column("good", bilingual("成功行", "Good rows"), lambda row: row.rows_ok, "number", sort="rows_ok"),
        Column("bad", bilingual("错误行", "Bad rows"), lambda row: row.rows_bad, "number", sort="rows_bad"),
        Column("who", bilingual("经办人", "By"), lambda row: row.user.get_username() if row.user else "—"),
        Column("at", bilingual("时间", "When"), lambda row: row.created_at, "time", sort="created_at"),
        Column("state", bilingual("状态", "State"), _state, "tag"),
        Column("sha256", bilingual("摘要", "Digest"), lambda row: row.sha256, "mono", shown=False),
    ),
    filters=(
        Filter("q", bilingual("文件名", "File name"), _named),
        Filter("kind", bilingual("类型", "Kind"), _of_kind, kinds_of),
    ),
    order=("-pk",),
    empty=bilingual(
        "还没有导入。先导入行政区划和单位，再导入专线台账。",
        "Nothing imported yet. Begin with divisions and organisations, then the line ledger.",
    ),
    template="console/imports.html",
)
