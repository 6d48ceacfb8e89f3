"""Is a person's data masked wherever it is shown, and seen in clear for a written reason only?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import console_world
import pytest
from django.test import Client

from collector.audit.models import AuditEntry
from collector.cases.casework import open_case
from collector.cases.models import Lead
from collector.lists.services import freeze
from collector.lists.week import week_of
from collector.registry.choices import Nature
from collector.registry.models import Organisation, OwnershipRecord
from collector.trace.choices import UserType
from collector.trace.models import TraceItem
from collector.trace.services import Wanted, request_traces

SignIn = Callable[..., Client]
IP, NAME, ACCOUNT, ADDRESS, DIVISION = console_world.RESIDENT
REASON = {"reason": "核查来信 2026-11"}


@pytest.fixture
def pages(world: datetime) -> dict[str, str]:
    """Where the resident is shown, masked: the address of each page, below which ``unmask/`` lies."""
    lead = Lead.objects.get(ip=IP)
    unit = Organisation.objects.create(
        name=NAME, nature=Nature.RESIDENT, division_code=DIVISION, address=ADDRESS, contact_name=NAME
    )
    (asked,) = request_traces(Wanted(division="330400"))
    item = TraceItem.objects.filter(request=asked).first()
    assert item is not None
    item.record, item.user_type = OwnershipRecord.objects.get(unit_name=NAME), UserType.RESIDENT
    item.save()
    return {
        "lead": f"/leads/{lead.no}/",
        "case": f"/cases/{open_case(lead.no, 'city', world).no}/",
        # On a Monday what was seen a day ago is last week's.
        "list": f"/lists/{freeze(week_of(world - timedelta(hours=26)), '330400', world).issue.number}/",
        "unit": f"/units/{unit.pk}/",
        "trace": f"/traces/{asked.no}/",
    }


@pytest.mark.parametrize("kind", ["lead", "case", "list", "unit", "trace"])
def test_masked_first_then_clear_for_a_reason(sign_in: SignIn, pages: dict[str, str], kind: str) -> None:
    client = sign_in("city")
    page = client.get(pages[kind]).content.decode()
    assert [word for word in (NAME, ACCOUNT, ADDRESS) if word in page] == []
    assert f'action="{pages[kind]}unmask/"' in page
    assert client.post(f"{pages[kind]}unmask/", {"reason": " x "}).status_code == 400
    assert not AuditEntry.objects.filter(action="unmask").exists()
    clear = client.post(f"{pages[kind]}unmask/", REASON).content.decode()
    assert (NAME in clear, ADDRESS in clear) == (True, True)
    entry = AuditEntry.objects.get(action="unmask")
    assert (entry.actor, entry.object_kind, entry.purpose) == ("city", kind, REASON["reason"])
    assert entry.object_id in pages[kind]
    assert int(entry.detail["rows"]) >= 1


@pytest.mark.parametrize("kind", ["lead", "case", "list", "unit", "trace"])
@pytest.mark.parametrize("name", ["reader", "hangzhou", "carrier", "cafe", "auditor"])
def test_others_neither_are_asked_nor_get_it(sign_in: SignIn, pages: dict[str, str], kind: str, name: str) -> None:
    client = sign_in(name)
    answer = client.get(pages[kind])
    assert answer.status_code != 200 or "unmask/" not in answer.content.decode()
    assert client.post(f"{pages[kind]}unmask/", REASON).status_code == 404
    assert not AuditEntry.objects.filter(action="unmask").exists()
