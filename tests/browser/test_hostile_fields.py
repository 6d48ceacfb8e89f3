"""Does a text from the network or from an imported file ever become more than a text?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import console_world
import pytest
from office_keys import live_key
from playwright.sync_api import Page

from collector.accounts.models import Office
from collector.cases.casework import open_case
from collector.cases.models import Lead
from collector.ingest.models import Sensor
from collector.lists.services import freeze
from collector.lists.week import week_of
from collector.registry.models import Organisation
from collector.registry.parameters import Tariff
from collector.trace.services import Wanted, request_traces

Enter = Callable[..., Page]

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
BAITS = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "<svg/onload=alert(1)>",
    "javascript:alert(1)//{{7*7}}",
)


@pytest.mark.parametrize("bait", BAITS)
def test_what_a_miner_and_a_ledger_say_stays_text(enter: Enter, bait: str) -> None:
    page = enter("city")
    heard: list[str] = []
    page.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
    request_traces(Wanted(division="330400"))
    for address in ("/", "/leads/", "/lists/preview/", "/units/", f"/search/?q={bait}", f"/leads/?q={bait}"):
        page.goto(address)
    page.goto(f"/leads/{Lead.objects.get(ip='203.0.113.9').no}/")
    assert page.get_by_text(bait).count() >= 2
    assert page.locator("main img, main script, main svg[onload]").count() == 0
    assert heard == []


@pytest.mark.parametrize("bait", BAITS[:2])
def test_every_page_of_the_office_and_the_administrators_keeps_it_text(
    enter: Enter, world: datetime, bait: str
) -> None:
    """Wallet, worker, agent and unit from outside; names of offices, accounts, keys, rules and reasons from inside."""
    heard: list[str] = []
    lead = Lead.objects.get(ip="203.0.113.9")
    case = open_case(lead.no, "city", world).no
    issue = freeze(week_of(world), "330400", world).issue.number
    trace = request_traces(Wanted(division="330400"))[0].no
    Sensor.objects.update(name=bait, operator=bait)
    Organisation.objects.update(name=bait, address=bait, contact_name=bait)
    Tariff.objects.create(division_code="330400", surcharge_yuan_per_kwh=1, valid_from="2026-01-01", basis=bait)
    office = Office.objects.create(name=bait, division_code="330400")
    live_key(bait, office, hidden_fields=[bait])
    unit = Organisation.objects.get(division_code="330402").pk
    visits = {
        "city": (
            *("/", "/leads/", f"/leads/{lead.no}/", "/cases/", f"/cases/{case}/", f"/cases/{case}/sheet/"),
            *(f"/lists/{issue}/", "/lists/preview/", "/traces/", f"/traces/{trace}/", "/units/", f"/units/{unit}/"),
            *("/sensors/", "/signatures/", "/pools/", "/imports/", "/rules/", f"/search/?q={bait}"),
        ),
        "keeper": ("/people/", f"/people/?q={bait}", "/keys/"),
        "auditor": ("/audit/", f"/audit/?q={bait}"),
    }
    for name, addresses in visits.items():
        page = enter(name)
        page.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
        for address in addresses:
            page.goto(address)
            assert page.locator("main img, main script, main svg[onload]").count() == 0, address
    assert heard == []


@pytest.mark.parametrize("bait", BAITS[:1])
def test_a_file_name_and_its_header_stay_text(enter: Enter, tmp_path: Path, bait: str) -> None:
    page = enter("city")
    path = console_world.write_csv(tmp_path / "<img src=x onerror=alert(2)>.csv", [[bait, "名称"], [bait, bait]])
    page.goto("/imports/")
    page.select_option("#kind", "organisations")
    page.set_input_files("#file", path)
    page.get_by_role("button", name="上传并检查").click()
    page.wait_for_url("**/imports/new/**")
    assert page.get_by_role("heading", name="检查导入").count() == 1
    assert page.get_by_text(bait).count() >= 2
    assert page.locator("main img").count() == 0
