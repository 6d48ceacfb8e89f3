"""How does somebody without an account tell of mining, and ask later what became of it?"""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from collector.accounts.choices import OfficeKind
from collector.accounts.models import Office
from collector.accounts.scope import Scope, within
from collector.audit.request import address_of
from collector.console.access import open_page
from collector.console.choices import Knocking
from collector.console.knocks import is_open_to, note
from collector.console.tables import Options
from collector.faults import CollectorError
from collector.lists.choices import Progress
from collector.lists.registering import Told, follow_up, tip_off
from collector.lists.registers import TipOff
from collector.lists.week import CHINA
from collector.registry.models import Division
from collector.text import bilingual

_CHANNEL = "web"
_MAX_DIVISIONS = 1_000
_CODE = r"^[0-9]{6}$"
_CODE_COOKIE, _CODE_PATH, _CODE_SHOWN_S = "minewatch_tip_off", "/report/", 600
_NOT_FOR_THE_PUBLIC = (OfficeKind.CARRIER, OfficeKind.ASSESSOR, OfficeKind.UNIT)


class TellForm(forms.Form):
    """What local notices ask a teller for: where, who, electricity; a name is nobody's duty."""

    division: forms.Field = forms.ChoiceField(label=bilingual("所在区划", "Division"))
    address = forms.CharField(label=bilingual("详细地址", "Address"), max_length=500)
    unit_name = forms.CharField(label=bilingual("单位或个人名称", "Who"), max_length=200, required=False)
    electricity = forms.CharField(label=bilingual("用电情况", "Electricity"), max_length=500, required=False)
    text = forms.CharField(label=bilingual("情况说明", "What you saw"), max_length=4_000, required=False)
    contact = forms.CharField(label=bilingual("联系方式", "How to reach you"), max_length=100, required=False)
    homepage = forms.CharField(required=False)
    """Nobody sees this field; what fills it in is a program."""

    def __init__(self, *args: object, divisions: Options, **others: object) -> None:
        super().__init__(*args, **others)  # type: ignore[arg-type]
        title = self.fields["division"].label
        # A collector whose register has no divisions yet still takes a tip-off.
        self.fields["division"] = (
            forms.ChoiceField(label=title, choices=divisions) if divisions else forms.RegexField(_CODE, label=title)
        )


@open_page("GET", "POST")
def report(request: HttpRequest) -> HttpResponse:
    """The form; a tip-off goes on to the page with its follow-up code."""
    _must_be_open()
    places, now = _divisions(timezone.now()), timezone.now()
    form = TellForm(request.POST or None, divisions=places)
    if request.method != "POST" or not form.is_valid():
        return _form(request, form, places, 200 if request.method == "GET" else 422)
    if form.cleaned_data["homepage"]:
        return redirect("console:report-status")
    if not is_open_to(Knocking.TELL, address_of(request), settings.COLLECTOR.tip_offs, now):
        return _form(request, form, places, 429)
    told = _tell(form, now)
    note(Knocking.TELL, address_of(request), now)
    answer = redirect("console:report-status")
    answer.set_signed_cookie(
        _CODE_COOKIE,
        told.code,
        max_age=_CODE_SHOWN_S,
        path=_CODE_PATH,
        secure=settings.COLLECTOR.over_https,
        httponly=True,
        samesite="Strict",
    )
    return answer


@open_page("GET", "POST")
def report_status(request: HttpRequest) -> HttpResponse:
    """What became of a tip-off, for whoever has its code. The code is never part of an address."""
    _must_be_open()
    if "forget" in request.POST:
        answer = redirect("console:report")
        answer.delete_cookie(_CODE_COOKIE, path=_CODE_PATH, samesite="Strict")
        return answer
    context: dict[str, object] = {
        "code": request.get_signed_cookie(_CODE_COOKIE, default="", max_age=_CODE_SHOWN_S),
        "asked": request.POST.get("code", "")[:40],
    }
    if request.method != "POST":
        return render(request, "console/report_status.html", context)
    now, options = timezone.now(), settings.COLLECTOR.tip_offs
    if not is_open_to(Knocking.WRONG_CODE, address_of(request), options, now):
        return render(request, "console/report_status.html", context | {"is_shut": True}, status=429)
    try:
        found = follow_up(request.POST.get("code", "")[:40])
    except CollectorError:
        note(Knocking.WRONG_CODE, address_of(request), now)
        return render(request, "console/report_status.html", context | {"is_wrong": True}, status=404)
    return render(request, "console/report_status.html", context | {"told": found, "progress": _progress(found)})


def _must_be_open() -> None:
    if not settings.COLLECTOR.tip_offs.is_open:
        raise Http404


def _form(request: HttpRequest, form: TellForm, places: Options, status: int) -> HttpResponse:
    context = {"form": form, "divisions": places, "is_shut": status == 429}
    return render(request, "console/report.html", context, status=status)


def _tell(form: TellForm, now: datetime) -> TipOff:
    said = form.cleaned_data
    return tip_off(
        Told(
            address=said["address"],
            division_code=said["division"],
            channel=_CHANNEL,
            unit_name=said["unit_name"],
            electricity=said["electricity"],
            text=said["text"],
            contact=said["contact"],
        ),
        now,
    )


def _divisions(now: datetime) -> Options:
    """Everything below the homes of this collector's offices."""
    offices = Office.objects.exclude(kind__in=_NOT_FOR_THE_PUBLIC)
    roots = tuple(sorted(set(offices.values_list("division_code", flat=True))))
    valid = Division.objects.filter(within("code", Scope(roots)), valid_from__lte=now.astimezone(CHINA).date())
    rows = valid.filter(valid_to__isnull=True).order_by("code")[:_MAX_DIVISIONS]
    return [(row.code, row.name) for row in rows if len(row.code) == 6]


def _progress(told: TipOff) -> str:
    return str(Progress(told.progress).label)
