"""Which enterprises are known, and what is known of one?"""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from collector.accounts.scope import Scope, within
from collector.cases.models import Lead
from collector.console.access import need, page, viewer
from collector.console.lead_filters import divisions_of
from collector.console.listing import answer
from collector.console.places import places_of
from collector.console.scope import Viewer
from collector.console.tables import Column, Filter, Listing, Options, division_column
from collector.lists.masking import is_person, mask_account, mask_address, mask_name
from collector.registry.addresses import Network, network_keys
from collector.registry.choices import Facility, Nature
from collector.registry.models import Organisation, OwnershipRecord
from collector.text import bilingual

_RECORDS_SHOWN = 100
_LEADS_SHOWN = 100


@page("GET")
def units(request: HttpRequest) -> HttpResponseBase:
    """The units of the person's divisions."""
    reads = viewer(request).reads
    need(reads)
    return answer(request, LISTING, visible(reads))


@page("GET")
def unit(request: HttpRequest, number: int) -> HttpResponse:
    """One unit: its sites, the lines it holds, and what led to it."""
    reads = viewer(request).reads
    found = visible(reads).filter(pk=number).first()
    if found is None:
        raise Http404
    held = Q(organisation=found) | (Q(uscc=found.uscc) if found.uscc else Q(pk__in=[]))
    led = Q(uscc=found.uscc) if found.uscc else Q(unit_name=found.name)
    context = {
        "unit": found,
        "name": shown_name(found),
        "address": _address(found),
        "contact": mask_name(found.contact_name),
        "phone": mask_account(found.contact_phone),
        "sites": found.sites.order_by("pk")[:_RECORDS_SHOWN],
        "records": OwnershipRecord.objects.filter(held).order_by("-valid_from", "-pk")[:_RECORDS_SHOWN],
        "leads": Lead.objects.filter(within("division_code", reads, "uscc"), led, detections__gt=0).order_by(
            "-last_seen"
        )[:_LEADS_SHOWN],
        "places": places_of(viewer(request), [found.division_code]),
        "nature": Nature(found.nature).label,
        "facility": Facility(found.facility).label,
    }
    return render(request, "console/unit.html", context)


def visible(scope: Scope) -> QuerySet[Organisation]:
    """The units of a scope's divisions, and its own."""
    return Organisation.objects.filter(within("division_code", scope, "uscc"))


def like(rows: QuerySet[Organisation], text: str) -> QuerySet[Organisation]:
    """By name, code or address."""
    word = " ".join(text.split())
    return rows.filter(Q(name__icontains=word) | Q(uscc__iexact=word) | Q(address__icontains=word))


def holding(rows: QuerySet[Organisation], network: Network) -> QuerySet[Organisation]:
    """Those of ``rows`` on record as holding an address of a network, now or once."""
    low, high = network_keys(network)
    held = OwnershipRecord.objects.filter(ip_lo__lte=high, ip_hi__gte=low).exclude(organisation=None)
    return rows.filter(pk__in=held.values("organisation"))


def shown_name(row: Organisation) -> str:
    """The unit's name; a resident's is masked."""
    return mask_name(row.name) if _is_person(row) else row.name


def _is_person(row: Organisation) -> bool:
    return row.nature == Nature.RESIDENT or (row.nature == Nature.OTHER and is_person(row.name, row.uscc or "", ""))


def _address(row: Organisation) -> str:
    return mask_address(row.address) if _is_person(row) else row.address


def _of_nature(rows: QuerySet[Organisation], nature: str) -> QuerySet[Organisation]:
    return rows.filter(nature=nature)


def _in_division(rows: QuerySet[Organisation], code: str) -> QuerySet[Organisation]:
    return rows.filter(within("division_code", Scope((code,))))


def _natures(_person: Viewer) -> Options:
    return [(str(value), str(text)) for value, text in Nature.choices]


LISTING: Listing[Organisation] = Listing(
    name="units",
    title=bilingual("单位台账", "Enterprises"),
    columns=(
        Column(
            "name",
            bilingual("单位名称", "Name"),
            shown_name,
            sort="name",
            href=lambda row: reverse("console:unit", args=[row.pk]),
        ),
        Column("uscc", bilingual("统一社会信用代码", "USCC"), lambda row: row.uscc or "—", "mono", sort="uscc"),
        Column("nature", bilingual("单位性质", "Kind"), lambda row: Nature(row.nature).label, sort="nature"),
        Column("facility", bilingual("设施类别", "Facility"), lambda row: Facility(row.facility).label, shown=False),
        Column("industry", bilingual("行业代码", "Industry"), lambda row: row.industry, "mono", shown=False),
        division_column(lambda row: row.division_code),
        Column("address", bilingual("地址", "Address"), _address),
    ),
    filters=(
        Filter("q", bilingual("关键词", "Words"), like, hint=bilingual("名称、代码、地址", "Name, code, address")),
        Filter("division", bilingual("区划", "Division"), _in_division, divisions_of),
        Filter("nature", bilingual("单位性质", "Kind"), _of_nature, _natures),
    ),
    order=("name", "pk"),
    empty=bilingual("没有符合条件的单位。单位在“数据导入”中导入。", "No unit fits. Units come in under Imports."),
    fields=("pk", "name", "uscc", "nature", "facility", "industry", "division_code", "address"),
)
