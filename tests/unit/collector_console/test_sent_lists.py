"""Does a county find, take over and sign for what the city sent it, and see nothing of what others got?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from collector.lists.dispatching import dispatch
from collector.lists.models import Dispatch, ListIssue
from collector.lists.services import freeze
from collector.lists.week import week_of

SignIn = Callable[..., Client]
OWN, OTHER = "330481", "330402"


@pytest.fixture
def issue(sign_in: SignIn, world: datetime) -> ListIssue:
    found = freeze(week_of(world - timedelta(hours=26)), "330400", world).issue
    list(dispatch(found, world))
    return found


def test_a_county_signs_for_its_file(sign_in: SignIn, issue: ListIssue) -> None:
    county = sign_in("county")
    page = county.get("/lists/").content.decode()
    part = f"/lists/{issue.number}/{OWN}"
    assert f'href="{part}.zip"' in page and f'action="{part}/sign/"' in page
    assert f"{issue.number}/{OTHER}" not in page
    assert county.get(f"{part}.zip").status_code == 200
    answer = county.post(f"{part}/sign/", {"person": "王芳"}, follow=True)
    assert answer.status_code == 200 and answer.redirect_chain[0][0] == "/lists/"
    told = answer.content.decode()
    assert "王芳" in told and "已签收" in told and f'action="{part}/sign/"' not in told
    assert Dispatch.objects.get(issue=issue, recipient_code=OWN).received_by == "王芳"


@pytest.mark.parametrize("who", ["city", "hangzhou"])
def test_nothing_is_sent_to_who_made_it_or_lies_elsewhere(sign_in: SignIn, issue: ListIssue, who: str) -> None:
    page = sign_in(who).get("/lists/").content.decode()
    assert "下发给本级的清单" not in page
