"""What must a person say with each act on a case? The fields of its form, in the words of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.cases.acts import Said
from collector.cases.choices import Action, Cause, Department, Measure, State, Verdict
from collector.cases.transitions import allowed
from collector.text import bilingual

MAX_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class Part:
    """One field of an act's form; ``options`` make it a choice, a division is offered by name."""

    name: str
    title: Any
    options: Sequence[tuple[str, Any]] = ()
    is_number: bool = False
    is_required: bool = True
    is_division: bool = False


@dataclass(frozen=True, slots=True)
class ActForm:
    """An act that the case allows now."""

    action: Action
    parts: tuple[Part, ...]


_REASON = Part("reason", bilingual("理由", "Reason"))
_DIVISION = Part("division_code", bilingual("区划代码", "Division code"), is_division=True)
_DEPARTMENT = Part("department", bilingual("部门", "Department"), Department.choices)
_FOUND = [one for one in Cause.choices if one[0] in (Cause.DELIBERATE, Cause.HIJACKED)]
_CAUSE = Part("cause", bilingual("原因", "Cause"), _FOUND)
_PARTS: Mapping[Action, tuple[Part, ...]] = {
    Action.NAME_TENANT: (
        Part("unit_name", bilingual("租户名称", "Tenant")),
        Part("uscc", bilingual("统一社会信用代码", "USCC"), is_required=False),
        _REASON,
    ),
    Action.LOCATE: (),
    Action.ASSIGN: (_DIVISION, _DEPARTMENT, _REASON),
    Action.DISPATCH: (),
    Action.RECEIVE: (),
    Action.CHECK: (),
    Action.CONFIRM: (),
    Action.LOSE: (_REASON,),
    Action.TRANSFER: (
        Part(
            "division_code",
            bilingual("转往区划（空：退回上级）", "To division (empty: back)"),
            is_required=False,
            is_division=True,
        ),
        _REASON,
    ),
    Action.RECTIFY: (),
    Action.SUBMIT: (),
    Action.REJECT: (_REASON,),
    Action.SET_CAUSE: (_CAUSE,),
    Action.MEASURE: (
        Part("kind", bilingual("处置措施", "Measure"), Measure.choices),
        Part("quantity", bilingual("数量", "Quantity"), is_number=True),
        Part("unit", bilingual("单位（台、处）", "Of what"), is_required=False),
        Part("note", bilingual("说明", "Note"), is_required=False),
    ),
    Action.APPEAL: (Part("reason", bilingual("申诉理由", "Ground")),),
    Action.VOTE: (Part("verdict", bilingual("意见", "Verdict"), Verdict.choices), _REASON),
    Action.CLEARANCE: (),
    Action.CLOSE: (_CAUSE,),
    Action.CLOSE_UNLOCATED: (_REASON,),
    Action.REFER: (_DEPARTMENT, _REASON),
}
TOGETHER = (Action.LOCATE, Action.DISPATCH, Action.RECEIVE, Action.CHECK)
"""Acts that need no word, and so can be done to many cases at once."""


def forms(state: str) -> list[ActForm]:
    """What can be done by hand in a state, in the table's order."""
    return [ActForm(action, _PARTS[action]) for action in allowed(State(state)) if action in _PARTS]


def said(action: Action, given: Mapping[str, str]) -> Said:
    """What the person filled in; what the act has no field for is left out."""
    texts: dict[str, Any] = {part.name: given.get(part.name, "").strip()[:MAX_TEXT] for part in _PARTS.get(action, ())}
    number = texts.pop("quantity", "")
    quantity = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None
    return Said(**texts, quantity=quantity)
