"""What do the entries of a case add up to? A pure fold: the ledger is the truth, the case a view of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from django.db.models import TextChoices

from collector.cases.choices import Action, Cause, Grade, Measure, Proof, State, Verdict
from collector.cases.transitions import ENDED, MOVES
from collector.faults import CollectorError
from collector.text import label

_Words = TypeVar("_Words", bound=TextChoices)

MAX_QUANTITY = 1_000_000_000
VOTES_NEEDED = 2
"""Persons who must agree on an appeal."""


class NotAllowedError(CollectorError):
    """A move that the table of transitions does not have, or that lacks what must be said with it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. Times are ISO 8601 in UTC; ``body`` is plain JSON."""

    at: str
    actor: str
    action: Action
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaseState:
    """Everything known of a case. Times are ISO 8601 in UTC, "" where there is none."""

    lead: str
    state: State
    since: str
    opened_at: str
    division_code: str = ""
    department: str = ""
    co_departments: tuple[str, ...] = ()
    unit_name: str = ""
    uscc: str = ""
    centre: str = ""
    """The data centre that was asked to name its tenant; it is never itself the suspect."""
    grade: str = ""
    grade_reasons: tuple[Mapping[str, Any], ...] = ()
    cause: str = ""
    due: str = ""
    escalation: int = 0
    relapses: int = 0
    closed_at: str = ""
    allowed_until: str = ""
    """Day until which a false alarm may be seen again without a relapse."""
    resume: str = ""
    """The state to go back to when a merge is undone."""
    merged_into: str = ""
    measures: tuple[Mapping[str, Any], ...] = ()
    evidence: tuple[Mapping[str, Any], ...] = ()
    appeal: Mapping[str, Any] | None = None
    clearance: Mapping[str, Any] | None = None


def fold(entries: Iterable[Entry]) -> CaseState:
    """The state after all entries; raises ``NotAllowedError`` at the first one that cannot follow."""
    state: CaseState | None = None
    for entry in entries:
        state = apply(state, entry)
    if state is None:
        raise NotAllowedError("case: has no entries; its first must be its opening")
    return state


def apply(state: CaseState | None, entry: Entry) -> CaseState:
    """The state after one more entry; raises ``NotAllowedError``."""
    if state is None:
        return _opened(entry)
    move = MOVES.get(entry.action)
    if move is None or state.state not in move.sources:
        raise NotAllowedError(
            f"{entry.action}: not possible in state {state.state}; see the allowed moves: cases show",
            f"{_zh(entry.action)}：状态“{_zh(state.state)}”下不能办理；可办理的见 cases show",
        )
    if missing := [key for key in move.needs if entry.body.get(key) in (None, "")]:
        raise NotAllowedError(
            f"{entry.action}: lacks {', '.join(missing)}; say it with the move",
            f"{_zh(entry.action)}：缺少 {', '.join(missing)}；请一并写明",
        )
    changed = _EFFECTS.get(entry.action, _nothing)(state, entry)
    if move.target is not None:
        changed = replace(changed, state=move.target)
    return _with_times(state, changed, entry)


def plain(state: CaseState) -> dict[str, Any]:
    """The state as JSON knows it."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(state).items()}


def _zh(word: TextChoices) -> str:
    return label(type(word), str(word.value), "zh")


def _opened(entry: Entry) -> CaseState:
    if entry.action != Action.OPEN or not entry.body.get("lead"):
        raise NotAllowedError(f"{entry.action}: a case begins with its opening, which names a lead")
    named: dict[str, Any] = {
        key: str(entry.body.get(key, "")) for key in ("lead", "division_code", "unit_name", "uscc", "due")
    }
    return CaseState(state=State.LEAD, since=entry.at, opened_at=entry.at, **named)


def _with_times(before: CaseState, after: CaseState, entry: Entry) -> CaseState:
    if after.state != before.state:
        after = replace(after, since=entry.at, escalation=0, due=str(entry.body.get("due") or ""))
    if after.state in ENDED:
        after = replace(after, due="")
    if after.state == State.CLOSED and before.state != State.CLOSED:
        after = replace(after, closed_at=entry.at)
    return after


def _word(words: type[_Words], entry: Entry, key: str) -> _Words:
    try:
        return words(entry.body[key])
    except ValueError:
        known = ", ".join(one.value for one in words)
        raise NotAllowedError(
            f"{entry.action}: {key} {entry.body[key]!r} is none of {known}",
            f"{_zh(entry.action)}：{key} {entry.body[key]!r} 不在可选项中",
        ) from None


def _given(entry: Entry, *keys: str) -> dict[str, Any]:
    """What the entry says under these keys."""
    return {key: str(entry.body[key]) for key in keys if entry.body.get(key)}


def _nothing(state: CaseState, entry: Entry) -> CaseState:
    return state


def _asked(state: CaseState, entry: Entry) -> CaseState:
    return replace(state, centre=str(entry.body["centre"]), unit_name="", uscc="")


def _named(state: CaseState, entry: Entry) -> CaseState:
    if not state.centre:
        raise NotAllowedError(
            f"{entry.action}: no data centre was asked; ask it first: ask-tenant",
            f"{_zh(entry.action)}：尚未请机房指认；先用 ask-tenant",
        )
    return replace(state, unit_name=str(entry.body["unit_name"]), uscc=str(entry.body.get("uscc", "")))


def _located(state: CaseState, entry: Entry) -> CaseState:
    if state.centre and not state.unit_name:
        raise NotAllowedError(
            f"{entry.action}: the data centre {state.centre} has not named its tenant; use name-tenant",
            f"{_zh(entry.action)}：机房 {state.centre} 尚未指认租户；用 name-tenant",
        )
    given: dict[str, Any] = {
        key: str(entry.body[key]) for key in ("unit_name", "uscc", "division_code") if entry.body.get(key)
    }
    return replace(state, **given)


def _assigned(state: CaseState, entry: Entry) -> CaseState:
    given: dict[str, Any] = {
        key: str(entry.body[key]) for key in ("division_code", "department") if entry.body.get(key)
    }
    if "co_departments" in entry.body:
        return replace(state, **given, co_departments=tuple(entry.body["co_departments"]))
    return replace(state, **given)


def _transferred(state: CaseState, entry: Entry) -> CaseState:
    return replace(_assigned(state, entry), department=str(entry.body.get("department", "")))


def _caused(state: CaseState, entry: Entry) -> CaseState:
    cause = _word(Cause, entry, "cause")
    if cause not in (Cause.DELIBERATE, Cause.HIJACKED):
        raise NotAllowedError(
            f"{entry.action}: {cause} is decided by an appeal or by close-unlocated, not said",
            f"{_zh(entry.action)}：“{_zh(cause)}”须经申诉或无法定位结案认定",
        )
    return replace(state, cause=cause.value)


def _measured(state: CaseState, entry: Entry) -> CaseState:
    _word(Measure, entry, "kind")
    quantity = entry.body["quantity"]
    if not isinstance(quantity, int) or not 0 <= quantity <= MAX_QUANTITY:
        raise NotAllowedError(
            f"{entry.action}: quantity {quantity!r} is no whole number from 0 to {MAX_QUANTITY}",
            f"{_zh(entry.action)}：数量 {quantity!r} 不是 0 至 {MAX_QUANTITY} 的整数",
        )
    return replace(state, measures=(*state.measures, {**entry.body, "at": entry.at, "by": entry.actor}))


def _attached(state: CaseState, entry: Entry) -> CaseState:
    return replace(state, evidence=(*state.evidence, {**entry.body, "at": entry.at, "by": entry.actor}))


def _appealed(state: CaseState, entry: Entry) -> CaseState:
    filed = {"ground": entry.body["ground"], "at": entry.at, "by": entry.actor, "from": state.state.value}
    return replace(state, appeal={**filed, "votes": [], "decided": ""})


def _voted(state: CaseState, entry: Entry) -> CaseState:
    """Two persons must agree, and neither may be who filed it; a person votes once."""
    appeal = dict(state.appeal or {})
    votes = list(appeal["votes"])
    if entry.actor == appeal["by"] or any(vote["by"] == entry.actor for vote in votes):
        raise NotAllowedError(
            f"{entry.action}: {entry.actor} filed the appeal or has voted; another person must decide",
            f"{_zh(entry.action)}：{entry.actor} 是申诉人或已表决；须由他人决定",
        )
    verdict = _word(Verdict, entry, "verdict")
    votes.append({"by": entry.actor, "at": entry.at, "verdict": verdict.value, "reason": entry.body["reason"]})
    decided = sum(vote["verdict"] == verdict.value for vote in votes) >= VOTES_NEEDED
    appeal |= {"votes": votes, "decided": verdict.value if decided else ""}
    state = replace(state, appeal=appeal)
    if not decided:
        return state
    if verdict == Verdict.DENY:
        return replace(state, state=State(appeal["from"]))
    until = str(entry.body.get("allowed_until", ""))
    return replace(state, state=State.CLOSED, cause=Cause.FALSE_ALARM.value, allowed_until=until)


def _checked(state: CaseState, entry: Entry) -> CaseState:
    _word(Proof, entry, "proof")
    return replace(state, clearance=dict(entry.body))


def _closed(state: CaseState, entry: Entry) -> CaseState:
    proof = (state.clearance or {}).get("proof")
    if proof not in (Proof.PROVEN, Proof.ON_SITE):
        raise NotAllowedError(
            f"{entry.action}: silence is not proven ({proof or 'never checked'}); see: cases clear",
            f"{_zh(entry.action)}：静默未经核验（{proof or '从未核验'}）；先用 cases clear",
        )
    return _caused(state, entry)


def _given_up(state: CaseState, entry: Entry) -> CaseState:
    return replace(state, cause=Cause.NOT_FOUND.value)


def _relapsed(state: CaseState, entry: Entry) -> CaseState:
    return replace(
        state, relapses=state.relapses + 1, cause="", closed_at="", allowed_until="", clearance=None, appeal=None
    )


def _escalated(state: CaseState, entry: Entry) -> CaseState:
    return replace(state, escalation=int(entry.body["level"]), due=str(entry.body.get("due") or state.due))


def _graded(state: CaseState, entry: Entry) -> CaseState:
    return replace(state, grade=_word(Grade, entry, "grade").value, grade_reasons=tuple(entry.body.get("reasons", ())))


def _referred(state: CaseState, entry: Entry) -> CaseState:
    return replace(state, co_departments=tuple(dict.fromkeys([*state.co_departments, str(entry.body["department"])])))


def _merged(state: CaseState, entry: Entry) -> CaseState:
    return replace(state, merged_into=str(entry.body["into"]), resume=state.state.value)


def _unmerged(state: CaseState, entry: Entry) -> CaseState:
    return replace(state, state=State(state.resume), merged_into="", resume="")


def _followed(state: CaseState, entry: Entry) -> CaseState:
    return replace(state, lead=str(entry.body["lead"]))


_EFFECTS: Mapping[Action, Callable[[CaseState, Entry], CaseState]] = {
    Action.ASK_TENANT: _asked,
    Action.NAME_TENANT: _named,
    Action.LOCATE: _located,
    Action.ASSIGN: _assigned,
    Action.DISPATCH: _assigned,
    Action.TRANSFER: _transferred,
    Action.SET_CAUSE: _caused,
    Action.MEASURE: _measured,
    Action.EVIDENCE: _attached,
    Action.APPEAL: _appealed,
    Action.VOTE: _voted,
    Action.CLEARANCE: _checked,
    Action.CLOSE: _closed,
    Action.CLOSE_UNLOCATED: _given_up,
    Action.RELAPSE: _relapsed,
    Action.ESCALATE: _escalated,
    Action.GRADE: _graded,
    Action.REFER: _referred,
    Action.MERGE: _merged,
    Action.UNMERGE: _unmerged,
    Action.MOVE_LEAD: _followed,
}
