"""What does one word do to a case? Every act that an office can do by name, for API, commands and console alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import TextChoices

from collector.cases import casework, clearance
from collector.cases.choices import Action, Cause, Measure, Verdict
from collector.cases.tables import Case
from collector.faults import CollectorError
from collector.settings.cases import CasesOptions
from collector.text import label


@dataclass(frozen=True, slots=True)
class Said:
    """What can be said with an act; each act says which of it it needs."""

    reason: str = ""
    division_code: str = ""
    department: str = ""
    unit_name: str = ""
    uscc: str = ""
    cause: str = ""
    kind: str = ""
    quantity: int | None = None
    unit: str = ""
    note: str = ""
    verdict: str = ""
    allowed_days: int = casework.DEFAULT_ALLOWED_DAYS


@dataclass(frozen=True, slots=True)
class Who:
    """Who acts, and when."""

    actor: str
    now: datetime


_Word = TypeVar("_Word", bound=TextChoices)
_Act = Callable[[str, Said, Who, CasesOptions], Case]


def perform(no: str, action: Action, said: Said, who: Who, options: CasesOptions) -> Case:
    """Do one act; raises ``CollectorError``. Closing that is not proven enters the check and leaves the case open."""
    act = _ACTS.get(action)
    if act is None:
        raise CollectorError(
            f"{action}: nobody does this by hand; acts: {', '.join(sorted(_ACTS))}",
            f"{label(Action, action.value, 'zh')}：不能由人直接办理；可办理的见 cases show",
        )
    return act(no, said, who, options)


def _plain(action: Action) -> _Act:
    def act(no: str, said: Said, who: Who, options: CasesOptions) -> Case:
        given = {name: getattr(said, name) for name in ("reason", "department", "unit_name", "uscc")}
        return casework.move(no, action, who.actor, who.now, **given)

    return act


def _assign(no: str, said: Said, who: Who, options: CasesOptions) -> Case:
    return casework.assign(no, said.division_code, said.department, who.actor, said.reason, who.now)


def _ask_tenant(no: str, said: Said, who: Who, options: CasesOptions) -> Case:
    return casework.ask_tenant(no, said.unit_name, who.actor, who.now)


def _dispatch(no: str, said: Said, who: Who, options: CasesOptions) -> Case:
    return casework.dispatch(no, who.actor, who.now)


def _transfer(no: str, said: Said, who: Who, options: CasesOptions) -> Case:
    return casework.transfer(no, who.actor, said.reason, who.now, said.division_code)


def _set_cause(no: str, said: Said, who: Who, options: CasesOptions) -> Case:
    return casework.set_cause(no, _word(Cause, said.cause), who.actor, who.now)


def _measure(no: str, said: Said, who: Who, options: CasesOptions) -> Case:
    kind, quantity = _word(Measure, said.kind), 1 if said.quantity is None else said.quantity
    return casework.take_measure(no, kind, quantity, who.actor, who.now, said.unit, said.note)


def _appeal(no: str, said: Said, who: Who, options: CasesOptions) -> Case:
    return casework.appeal(no, said.reason, who.actor, who.now)


def _vote(no: str, said: Said, who: Who, options: CasesOptions) -> Case:
    verdict = _word(Verdict, said.verdict)
    return casework.decide_appeal(no, verdict, who.actor, said.reason, who.now, said.allowed_days)


def _clear(no: str, said: Said, who: Who, options: CasesOptions) -> Case:
    return clearance.clear(no, who.actor, who.now, options)


def _close(no: str, said: Said, who: Who, options: CasesOptions) -> Case:
    return clearance.close(no, _word(Cause, said.cause), who.actor, who.now, options)[0]


def _word(words: type[_Word], text: str) -> _Word:
    try:
        return words(text)
    except ValueError:
        raise CollectorError(
            f"{words.__name__.lower()} {text!r}: is none of {', '.join(words.values)}",
            f"“{text}”不在可选范围内；请从列表中选择",
        ) from None


_ACTS: Mapping[Action, _Act] = {
    **{action: _plain(action) for action in casework.PLAIN_MOVES},
    Action.ASSIGN: _assign,
    Action.ASK_TENANT: _ask_tenant,
    Action.DISPATCH: _dispatch,
    Action.TRANSFER: _transfer,
    Action.SET_CAUSE: _set_cause,
    Action.MEASURE: _measure,
    Action.APPEAL: _appeal,
    Action.VOTE: _vote,
    Action.CLEARANCE: _clear,
    Action.CLOSE: _close,
}
"""Acts of persons; the others happen by themselves or with calls of their own."""
