"""Is every page accessible, quiet and inside its window, in both languages and at every width?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from collector.bulletin.services import take
from collector.cases.casework import open_case
from collector.cases.models import Lead
from collector.ingest.models import Sensor
from collector.lists.registering import Told, tip_off
from collector.lists.services import freeze
from collector.lists.week import week_of
from collector.power.models import MeterReading
from collector.power.weeks import judge_everything
from collector.registry.models import Organisation, Site
from collector.trace.services import Wanted, request_traces
from collector.watch.models import Endpoint, Proposal

Enter = Callable[..., Page]

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
PAGES = {
    "city": (
        "/",
        "/leads/",
        "/leads/?q=nothing-like-it",
        "/leads/{lead}/",
        "/cases/",
        "/cases/{case}/",
        "/cases/{case}/sheet/",
        "/lists/",
        "/lists/{issue}/",
        "/lists/preview/",
        "/bulletins/",
        "/bulletins/{bulletin}/",
        "/electricity/",
        "/electricity/{meter}/",
        "/tip-offs/",
        "/tip-offs/{tip_off}/",
        "/report/",
        "/report/status/",
        "/?map=clearance",
        "/leads/?day=2026-11-02&coin=BTC",
        "/traces/",
        "/traces/{trace}/",
        "/units/",
        "/units/{unit}/",
        "/sensors/",
        "/sensors/{sensor}/",
        "/signatures/",
        "/pools/",
        "/pools/?proposals=accepted",
        "/imports/",
        "/search/?q=203.0.113.0/24",
        "/no/such/page",
    ),
    "carrier": ("/traces/", "/imports/"),
    "auditor": ("/audit/?verify=1",),
    "keeper": ("/people/", "/keys/", "/account/password/"),
    "warden": ("/", "/people/", "/keys/"),
    "head": tuple(f"/rules/{kind}" for kind in ("", "duties/", "deadlines/", "grades/", "limits/")),
    "cafe": ("/", "/self-audits/", "/leads/", "/sensors/"),
    "nobody": ("/",),
}
GRAVE = ("serious", "critical")
WIDTHS = {"phone": (360, 740), "desk": (1440, 900), "wall": (3840, 2160)}


def addresses(name: str) -> list[str]:
    """The person's pages, with what the world holds filled in."""
    now = datetime.now(UTC)
    lead = Lead.objects.get(ip="203.0.113.9")
    unit = Organisation.objects.get(division_code="330402")
    Site.objects.create(organisation=unit, address=unit.address, division_code="330402", meter_no="0573000001")
    start = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=14)
    hours = (start + timedelta(hours=hour) for hour in range(14 * 24))
    MeterReading.objects.bulk_create(MeterReading(meter_no="0573000001", start=at, minutes=60, kwh=50) for at in hours)
    judge_everything(now)
    seen = {"first_evidence": now - timedelta(days=9), "last_evidence": now}
    shown = {"names": ["long-name-of-a-pool.example.net"], "dialects": ["stratum-v1"], "strongest": "confirmed"}
    Endpoint.objects.create(ip="2001:db8:1234:5678::7", port=14_444, hosts=230, **shown, **seen)
    for state in ("proposed", "accepted"):
        told = {
            "value": f"{state}.long-name-of-a-pool.example.net",
            "state": state,
            "decided_by": "city",
            "reason": "核对",
        }
        Proposal.objects.create(kind="name", evidence={**shown, "hosts": 230}, decided_at=now, **told, **seen)
    places = {
        "meter": "0573000001",
        "tip_off": tip_off(Told("南湖区示例路1号", "330402", unit_name="星云", contact="13800001111"), now).pk,
        "bulletin": take(week_of(now), "330400", now)[0].number,
        "lead": lead.no,
        "case": open_case(lead.no, "city", now).no,
        "issue": freeze(week_of(now), "330400", now).issue.number,
        "trace": request_traces(Wanted(division="330400"))[0].no,
        "unit": Organisation.objects.get(division_code="330402").pk,
        "sensor": Sensor.objects.get().pk,
    }
    return [page.format(**places) for page in PAGES[name]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("city", "zh-hans"),
        ("city", "en"),
        ("carrier", "en"),
        ("auditor", "en"),
        ("keeper", "zh-hans"),
        ("warden", "en"),
        ("head", "zh-hans"),
        ("cafe", "en"),
    ],
)
def test_accessible(enter: Enter, name: str, language: str, scheme: str) -> None:
    page = enter(name, language, color_scheme=scheme)
    found: dict[str, Any] = {}
    for address in addresses(name):
        page.goto(address)
        told = Axe().run(page).response["violations"]
        grave = [
            (one["id"], [node["html"][:150] for node in one["nodes"][:3]]) for one in told if one["impact"] in GRAVE
        ]
        if grave:
            found[address] = grave
    assert found == {}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_nothing_sticks_out(enter: Enter, width: str, language: str) -> None:
    across, down = WIDTHS[width]
    page = enter("city", language, viewport={"width": across, "height": down})
    wide = {}
    for address in addresses("city"):
        page.goto(address)
        shown = page.evaluate("document.documentElement.scrollWidth")
        if shown > across:
            wide[address] = shown
    assert wide == {}
