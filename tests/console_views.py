"""Which questions are put to each page of the console, and by whom? One row per question; names are filled in.

``{lead}`` and the like stand for what is there: see ``names_of``. A page without a row here fails a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from console_world import Person
from django.contrib.auth.models import User

from collector.accounts.choices import OfficeKind, Role
from collector.bulletin.models import Snapshot
from collector.cases.models import Lead
from collector.cases.tables import Case
from collector.ingest.models import Detection, Sensor
from collector.lists.models import ListIssue, TipOff
from collector.lists.week import week_of
from collector.registry.models import Organisation, Site
from collector.selfaudit.models import SelfAudit
from collector.trace.models import TraceRequest
from collector.watch.models import Endpoint

PEOPLE: Mapping[str, Person] = {
    "province": Person("province", "浙江省委网信办", "330000", Role.OFFICER),
    "city": Person("city", "嘉兴市网信办", "330400", Role.OFFICER),
    "county": Person("county", "南湖区网信办", "330402", Role.OFFICER),
    "carrier": Person("carrier", "中国电信嘉兴分公司", "330400", Role.OFFICER, OfficeKind.CARRIER),
    "auditor": Person("auditor", "浙江省委网信办", "330000", Role.AUDIT_ADMIN),
    "keeper": Person("keeper", "浙江省委网信办", "330000", Role.SYSTEM_ADMIN),
}
OFFICES = ("province", "city", "county")
TRACERS = (*OFFICES, "carrier")


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: the page's name, its address, and who puts it."""

    view: str
    path: str
    people: tuple[str, ...] = OFFICES


_WORDS = (
    "{ip}",
    "{block}",
    "{unit}",
    "{part}",
    "{street}",
    "{uscc}",
    "{lead}",
    "{wallet}",
    "0x0000000000000000000000000000000000000000",
    "查无此人",
)
_LEADS = (
    "",
    "page=2",
    "page=200",
    "division={county}",
    "week={week}",
    "week={former}",
    "status=auto",
    "status=conflict",
    "status=unknown",
    "status=confirmed",
    "coin=BTC",
    "coin=ZEC",
    "coin=DOGE",
    "new={day}",
    "week={week}&status=conflict&coin=BTC",
    "week={week}&division={county}",
    *(f"sort={sign}{name}" for sign in ("", "-") for name in ("no", "unit", "address", "division", "sessions", "last")),
    *(f"q={word}" for word in _WORDS),
)
_CASES = (
    "",
    "page=2",
    "state=open",
    "state=overdue",
    "state=closed",
    "state=confirmed",
    "grade=A",
    "department=education",
    "department=public-security",
    "division={county}",
    "state=open&grade=B&department=reform",
    *(f"sort={sign}{name}" for sign in ("", "-") for name in ("no", "state", "due", "opened")),
    *(f"q={word}" for word in (*_WORDS, "{case}")),
)
_UNITS = ("", "q={part}", "q={uscc}", "q={street}", "division={county}", "nature=school", "sort=-uscc")
_TRACES = ("", "q={trace}", "q={ip}", "q=电信", "sort=-made")
_POOLS = (
    "",
    "page=2",
    "proposals=accepted",
    "q={pool}",
    "q=pool-1",
    "strongest=confirmed&listed=unlisted",
    "sort=-hosts",
)
_AUDIT = ("", "q={lead}", "actor=city", "action=look", "about=leads", "since={day}", "sort=actor")

ASKS: tuple[Ask, ...] = (
    Ask("overview", "/"),
    Ask("overview", "/?week={former}"),
    *(Ask("search", f"/search/?q={word}") for word in (*_WORDS, "{case}", "{issue}", "")),
    Ask("search", "/search/?q={ip}", ("carrier",)),
    *(Ask("leads", f"/leads/?{query}") for query in _LEADS),
    Ask("lead", "/leads/{lead}/"),
    *(Ask("cases", f"/cases/?{query}") for query in _CASES),
    Ask("case", "/cases/{case}/"),
    Ask("case-sheet", "/cases/{case}/sheet/"),
    Ask("lists", "/lists/"),
    Ask("preview", "/lists/preview/"),
    Ask("preview", "/lists/preview/?page=3"),
    Ask("preview", "/lists/preview/?week={former}"),
    Ask("issue", "/lists/{issue}/"),
    Ask("issue", "/lists/{issue}/?page=2"),
    *(Ask("traces", f"/traces/?{query}", TRACERS) for query in _TRACES),
    Ask("trace", "/traces/{trace}/", TRACERS),
    *(Ask("units", f"/units/?{query}") for query in _UNITS),
    Ask("unit", "/units/{organisation}/"),
    Ask("sensors", "/sensors/"),
    Ask("sensor", "/sensors/{sensor}/"),
    Ask("imports", "/imports/", TRACERS),
    *(Ask("audit", f"/audit/?{query}", ("auditor",)) for query in _AUDIT),
    Ask("people", "/people/", ("keeper",)),
    Ask("people", "/people/?q=city", ("keeper",)),
    Ask("bulletins", "/bulletins/"),
    Ask("bulletin", "/bulletins/{bulletin}/"),
    Ask("electricity", "/electricity/"),
    Ask("meter", "/electricity/{meter}/"),
    Ask("keys", "/keys/", ("keeper",)),
    Ask("person", "/people/{person}/", ("keeper",)),
    Ask("report", "/report/", ("stranger",)),
    Ask("report-status", "/report/status/", ("stranger",)),
    Ask("rules", "/rules/"),
    Ask("rules", "/rules/duties/"),
    Ask("selfaudits", "/self-audits/"),
    Ask("selfaudit", "/self-audits/{audit}/", ("county",)),
    Ask("signatures", "/signatures/"),
    *(Ask("pools", f"/pools/?{query}") for query in _POOLS),
    Ask("tip-offs", "/tip-offs/"),
    Ask("tip-off", "/tip-offs/{tip}/"),
    Ask("login", "/login/", ("stranger",)),
)
ELSEWHERE = frozenset(
    {"bulletin-file", "case-file", "download", "import-step", "issue-part", "selfaudit-report", "trace-file"}
)
"""Files, and a step of an import: their time is that of what they carry, and is measured with it."""


def names_of(now: datetime) -> dict[str, str]:
    """What the names in the addresses stand for; everything lies in the county, so that all offices see it."""
    lead = Lead.objects.filter(division_code="330402", cases__isnull=False).exclude(uscc="").order_by("-last_seen")[0]
    case = Case.objects.filter(lead=lead)[0]
    issue = ListIssue.objects.filter(division_code="330402").order_by("-pk").first()
    trace = TraceRequest.objects.order_by("pk").first()
    unit = Organisation.objects.filter(division_code="330402").order_by("pk")[0]
    ip = str(lead.ip)
    return {
        "lead": lead.no,
        "case": case.no,
        "issue": issue.number if issue else "none",
        "trace": trace.no if trace else "none",
        "organisation": str(unit.pk),
        "bulletin": Snapshot.objects.filter(division_code="330402").order_by("-pk")[0].number,
        "meter": Site.objects.filter(division_code="330402").exclude(meter_no="").order_by("pk")[0].meter_no,
        "person": str(User.objects.get(username="city").pk),
        "audit": SelfAudit.objects.order_by("pk")[0].no,
        "tip": str(TipOff.objects.order_by("pk")[0].pk),
        "pool": Endpoint.objects.order_by("pk")[0].ip,
        "sensor": str(Sensor.objects.get(division_code="330402").pk),
        "ip": ip,
        "block": f"{ip.rpartition('.')[0]}.0/24",
        "unit": lead.unit_name,
        "part": lead.unit_name[2:7],
        "street": lead.address[6:12],
        "uscc": lead.uscc,
        "wallet": Detection.objects.filter(attributions__lead_session__lead=lead)[0].account,
        "county": "330402",
        "week": str(week_of(now)),
        "former": str(week_of(now - timedelta(days=7))),
        "day": f"{now - timedelta(days=7):%Y-%m-%d}",
    }
