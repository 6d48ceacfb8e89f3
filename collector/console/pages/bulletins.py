"""How does an office look at its bulletin before it is sent? A frozen snapshot, its pictures, and its files."""

from __future__ import annotations

import orjson
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from collector.accounts.scope import Scope
from collector.bulletin.models import Snapshot
from collector.bulletin.pack import document
from collector.bulletin.render.weekly import bulletin as docx
from collector.bulletin.render.weekly import source
from collector.bulletin.render.workbook import workbook
from collector.bulletin.services import latest, take
from collector.console.access import need, page, viewer
from collector.console.days import by_day
from collector.console.heat import calendar
from collector.console.language import in_words, reader_lang
from collector.console.links import leads_link
from collector.console.pages.lists import weeks
from collector.console.weekly_figures import figures_of, sections, trend, weeks_until
from collector.faults import CollectorError
from collector.lists.divisions import DivisionTree
from collector.lists.week import CHINA, parse_week
from collector.text import Lang, bilingual

_SHOWN = 200
_READ = 2_000
_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


@page("GET")
def bulletins(request: HttpRequest) -> HttpResponse:
    """The frozen snapshots of the person's divisions, newest first; ``number`` goes to one of them."""
    person, tree = viewer(request), _today()
    need(person.is_office)
    if chosen := request.GET.get("number", ""):
        return redirect("console:bulletin", number=_visible(request, chosen).number)
    context = {
        "snapshots": _newest(tree, person.reads.roots),
        "weeks": weeks(timezone.now()),
        "divisions": [(code, tree.name(code)) for code in person.writes.roots],
    }
    return render(request, "console/bulletins.html", context)


@page("GET")
def bulletin(request: HttpRequest, number: str) -> HttpResponse:
    """One snapshot as its documents tell it, every figure with the rows behind it."""
    found = _visible(request, number)
    week = parse_week(found.week)
    former = latest(week.former(), found.division_code)
    row, today = weeks_until(week), timezone.now().astimezone(CHINA).date()
    division = found.division_code
    counts = by_day(row, Scope((division,)))
    title = str(bilingual("每日活跃线索", "Active leads by day"))
    context = {
        "snapshot": found,
        "week": week,
        "figures": figures_of(found, former),
        "sections": sections(found, former),
        "trend": trend(found),
        "days": calendar(row, counts, today, lambda day: leads_link(day=day, filters={"division": division}), title),
        "source": source(found, reader_lang()),
        "others": [one for one in _newest(_today(), viewer(request).reads.roots) if one.division_code == division],
        "forms": [form for form in _TYPES if form != "json"],
    }
    return render(request, "console/bulletin.html", context)


@page("GET")
def bulletin_file(request: HttpRequest, number: str, form: str) -> HttpResponse:
    """The bulletin as the file that is sent: Word, workbook, or the figures for a machine."""
    found = _visible(request, number)
    if form not in _TYPES:
        raise Http404
    former = latest(parse_week(found.week).former(), found.division_code)
    lang: Lang = "en" if request.GET.get("lang") == "en" else "zh"
    headers = {
        "Content-Disposition": f'attachment; filename="{found.number}.{form}"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(_made(found, former, form, lang), content_type=_TYPES[form], headers=headers)


@page("POST")
def freeze_bulletin(request: HttpRequest) -> HttpResponse:
    """Freeze a week's figures of one of the person's divisions."""
    code = request.POST.get("division", "")
    if not _today().within_any(code, viewer(request).writes.roots):
        raise Http404
    try:
        found, is_new = take(parse_week(request.POST.get("week", "")), code, timezone.now())
    except CollectorError as fault:
        messages.error(request, in_words(fault))
        return redirect("console:bulletins")
    number = found.number
    made = bilingual(f"已冻结快照 {number}", f"Snapshot frozen: {number}")
    same = bilingual(f"数据与 {number} 相同，未生成新版本", f"Nothing changed since {number}: no new version")
    messages.success(request, str(made if is_new else same))
    return redirect("console:bulletin", number=number)


def _newest(tree: DivisionTree, roots: tuple[str, ...]) -> list[Snapshot]:
    """Without their figures, which are long."""
    rows = Snapshot.objects.defer("indicators").order_by("-week", "division_code", "-version")[:_READ]
    return [one for one in rows if tree.within_any(one.division_code, roots)][:_SHOWN]


def _visible(request: HttpRequest, number: str) -> Snapshot:
    """The snapshot of a number; one outside the person's divisions is as good as none."""
    found = Snapshot.objects.filter(number=number).first()
    if found is None or not _today().within_any(found.division_code, viewer(request).reads.roots):
        raise Http404
    return found


def _made(found: Snapshot, former: Snapshot | None, form: str, lang: Lang) -> bytes:
    if form == "json":
        return orjson.dumps(document(found))
    return (docx if form == "docx" else workbook)(found, former, lang)


def _today() -> DivisionTree:
    return DivisionTree(timezone.now().astimezone(CHINA).date())
