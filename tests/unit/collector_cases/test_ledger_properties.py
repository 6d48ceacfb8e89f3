"""Whatever allowed moves come one after the other: is the stored case what its entries fold to?"""

from __future__ import annotations

import pytest
from casework_data import NOW, SAID
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from collector.cases.book import columns, enter, open_book, state_of
from collector.cases.choices import Action, State
from collector.cases.models import Lead
from collector.cases.state import NotAllowedError
from collector.cases.tables import Case, CaseEvent
from collector.cases.transitions import allowed
from collector.cases.verify import verify_cases, verify_ledger

STEPS = st.lists(st.tuples(st.sampled_from(Action), st.integers(0, 30)), max_size=25)
WAY = [
    Action.LOCATE, Action.DISPATCH, Action.RECEIVE, Action.CHECK, Action.CONFIRM, Action.RECTIFY, Action.SUBMIT,
    Action.CLEARANCE, Action.CLOSE, Action.RELAPSE, Action.MERGE, Action.UNMERGE, Action.CHECK, Action.APPEAL,
    Action.VOTE, Action.VOTE, Action.RELAPSE,
]  # fmt: skip


class Undone(Exception):  # noqa: N818  # no fault: it ends an example's transaction
    """Takes back what one example wrote."""


@pytest.fixture
def leads(db: None) -> Lead:
    seen = {"first_seen": NOW, "last_seen": NOW, "division_code": "330402"}
    Lead.objects.create(no="L2026-000002", key="other", **seen)
    return Lead.objects.create(no="L2026-000001", key="one", **seen)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
@example(steps=[(action, number) for number, action in enumerate(WAY)])
def test_the_ledger_is_the_truth_and_the_case_its_view(leads: Lead, steps: list[tuple[Action, int]]) -> None:
    with pytest.raises(Undone), transaction.atomic():
        no = open_book(leads, "li", NOW, {"division_code": "330402"}).no
        for action, chosen in steps:
            _step(no, action, chosen)
        case = Case.objects.get()
        assert case.version == CaseEvent.objects.count()
        wanted = columns(state_of(no))
        assert {name: getattr(case, name) for name in wanted} | {"lead": case.lead.no} == wanted
        assert (verify_ledger().breaks, verify_cases().breaks) == ((), ())
        raise Undone


def _step(no: str, action: Action, chosen: int) -> None:
    """The move itself where it is allowed, else one that is; a refusal must leave nothing behind."""
    possible = allowed(State(Case.objects.get().state))
    action = action if action in possible else possible[chosen % len(possible)]
    before = CaseEvent.objects.count()
    try:
        enter(no, action, f"clerk {chosen}", NOW, SAID.get(action, {"reason": "r"}))
    except NotAllowedError:
        assert CaseEvent.objects.count() == before
