"""Does every state allow exactly the moves of the table, and do any allowed moves fold to what is stored?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from casework_data import LATER, PROVEN, SAID

from collector.cases.choices import Action, Cause, State
from collector.cases.state import CaseState, Entry, NotAllowedError, apply, fold, plain
from collector.cases.transitions import ENDED, MOVES, RUNNING, allowed

AT = "2026-11-18T02:00:00.000000+00:00"


def entry(action: Action, actor: str = "li", **more: Any) -> Entry:
    return Entry(LATER, actor, action, SAID.get(action, {"reason": "r"}) | more)


def standing(state: State) -> CaseState:
    appeal = {"ground": "g", "at": AT, "by": "zhang", "from": "checking", "votes": [], "decided": ""}
    resume = {State.MERGED: "checking"}.get(state, "")
    base = CaseState(lead="L2026-000001", state=state, since=AT, opened_at=AT, centre="某数据中心", unit_name="甲公司")
    return replace(base, appeal=appeal if state == State.APPEALED else None, clearance=PROVEN, resume=resume)


PATHS = {
    State.LEAD: "ask-tenant name-tenant locate",
    State.LOCATED: "ask-tenant dispatch lose",
    State.DISPATCHED: "receive transfer appeal",
    State.RECEIVED: "check lose transfer appeal",
    State.CHECKING: "confirm lose transfer set-cause measure appeal",
    State.CONFIRMED: "rectify set-cause measure appeal",
    State.APPEALED: "vote",
    State.UNLOCATABLE: "ask-tenant locate close-unlocated",
    State.NOT_LOCAL: "dispatch",
    State.RECTIFYING: "submit set-cause measure appeal",
    State.REVIEW: "reject set-cause measure close",
    State.CLOSED: "relapse move-lead",
    State.RELAPSED: "check measure",
    State.MERGED: "unmerge",
}
"""Every state of the office's practice, and what may be done in it …"""
WHILE_IT_RUNS = ["escalate", "grade", "refer", "merge", "move-lead", "assign", "evidence", "clearance"]
"""… and these as long as the case runs."""


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", [action for action in Action if not action.startswith("lead-")])
def test_a_move_is_possible_where_the_practice_has_it_and_nowhere_else(state: State, action: Action) -> None:
    possible = action.value in PATHS[state].split() or (state not in ENDED and action.value in WHILE_IT_RUNS)
    assert (action in allowed(state)) is possible
    if possible:
        target = MOVES[action].target
        assert apply(standing(state), entry(action)).state == (target or _stays(state, action))
        return
    with pytest.raises(NotAllowedError):
        apply(standing(state), entry(action))


def _stays(state: State, action: Action) -> State:
    return State.CHECKING if action == Action.UNMERGE else state


@pytest.mark.parametrize(("action", "need"), [(action, need) for action, move in MOVES.items() for need in move.needs])
@pytest.mark.parametrize("nothing", [None, ""])
def test_what_must_be_said_must_be_said(action: Action, need: str, nothing: Any) -> None:
    state = standing(min(MOVES[action].sources))
    with pytest.raises(NotAllowedError, match=f"lacks.*{need}"):
        apply(state, entry(action, **{need: nothing}))


@pytest.mark.parametrize(
    ("state", "action", "said", "told"),
    [
        (State.LEAD, Action.LOCATE, {"centre": ""}, None),
        (State.CHECKING, Action.SET_CAUSE, {"cause": "false-alarm"}, "decided by an appeal"),
        (State.CHECKING, Action.SET_CAUSE, {"cause": "not-found"}, "decided by an appeal"),
        (State.CHECKING, Action.SET_CAUSE, {"cause": "greed"}, "none of deliberate"),
        (State.CHECKING, Action.MEASURE, {"kind": "scolded"}, "none of network-cut"),
        (State.CHECKING, Action.MEASURE, {"quantity": -1}, "no whole number"),
        (State.CHECKING, Action.MEASURE, {"quantity": 1.5}, "no whole number"),
        (State.APPEALED, Action.VOTE, {"verdict": "maybe"}, "none of uphold"),
        (State.REVIEW, Action.CLOSE, {"cause": "false-alarm"}, "decided by an appeal"),
        (State.CHECKING, Action.GRADE, {"grade": "D"}, "none of A, B, C"),
        (State.CHECKING, Action.CLEARANCE, {"proof": "sure"}, "none of proven"),
    ],
)
def test_words_are_those_of_the_lists(state: State, action: Action, said: dict[str, Any], told: str | None) -> None:
    if told is None:
        assert apply(standing(state), entry(action, **said)).state == State.LOCATED
        return
    with pytest.raises(NotAllowedError, match=told):
        apply(standing(state), entry(action, **said))


def test_a_data_centre_is_not_located_before_it_names_its_tenant() -> None:
    state = apply(standing(State.LOCATED), entry(Action.ASK_TENANT))
    assert (state.state, state.unit_name) == (State.LEAD, "")
    with pytest.raises(NotAllowedError, match="has not named its tenant"):
        apply(state, entry(Action.LOCATE))
    assert apply(state, entry(Action.NAME_TENANT)).unit_name == "甲公司"


@pytest.mark.parametrize("proof", [None, {"proof": "active"}, {"proof": "unverifiable"}])
def test_nothing_closes_without_proof(proof: dict[str, str] | None) -> None:
    with pytest.raises(NotAllowedError, match="not proven"):
        apply(replace(standing(State.REVIEW), clearance=proof), entry(Action.CLOSE))


@pytest.mark.parametrize(
    ("votes", "state", "cause"),
    [
        ([("wang", "uphold")], State.APPEALED, ""),
        ([("wang", "uphold"), ("chen", "uphold")], State.CLOSED, Cause.FALSE_ALARM),
        ([("wang", "deny"), ("chen", "deny")], State.CHECKING, ""),
        ([("wang", "uphold"), ("chen", "deny")], State.APPEALED, ""),
        ([("wang", "uphold"), ("chen", "deny"), ("zhao", "deny")], State.CHECKING, ""),
    ],
)
def test_two_persons_decide_an_appeal(votes: list[tuple[str, str]], state: State, cause: str) -> None:
    case = standing(State.APPEALED)
    for actor, verdict in votes:
        case = apply(case, entry(Action.VOTE, actor, verdict=verdict, allowed_until="2027-05-01"))
    assert (case.state, case.cause, case.allowed_until) == (state, cause, "2027-05-01" if cause else "")


@pytest.mark.parametrize("voters", [("zhang",), ("wang", "wang")])
def test_nobody_decides_twice_or_on_what_they_filed(voters: tuple[str, ...]) -> None:
    case = standing(State.APPEALED)
    with pytest.raises(NotAllowedError, match="another person"):
        for actor in voters:
            case = apply(case, entry(Action.VOTE, actor))


def test_an_appeal_survives_a_merge_that_is_undone() -> None:
    case = apply(apply(standing(State.APPEALED), entry(Action.MERGE)), entry(Action.UNMERGE))
    for actor in ("wang", "chen"):
        case = apply(case, entry(Action.VOTE, actor, verdict="deny"))
    assert case.state == State.CHECKING


def test_a_case_begins_with_its_opening() -> None:
    with pytest.raises(NotAllowedError, match="begins with its opening"):
        fold([entry(Action.LOCATE)])
    with pytest.raises(NotAllowedError, match="no entries"):
        fold([])


def test_running_and_ended_are_all_states() -> None:
    assert set(State) == RUNNING | ENDED
    assert plain(standing(State.LEAD))["state"] == "lead"
