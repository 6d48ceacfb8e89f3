"""Which move is allowed from which state, where does it lead, and what must be said with it? One table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from collector.cases.choices import Action, State

ENDED = frozenset({State.CLOSED, State.MERGED})
RUNNING = frozenset(State) - ENDED
_AT_WORK = frozenset({State.CHECKING, State.CONFIRMED, State.RECTIFYING, State.REVIEW})


@dataclass(frozen=True, slots=True)
class Move:
    """From one of ``sources`` to ``target``; None: the state stays, or the entry itself says (see ``state.py``)."""

    sources: frozenset[State]
    target: State | None
    needs: tuple[str, ...] = ()
    """Keys of the entry's body that must hold something."""


def _move(sources: frozenset[State] | set[State], target: State | None, *needs: str) -> Move:
    return Move(frozenset(sources), target, needs)


MOVES: Mapping[Action, Move] = {
    Action.ASK_TENANT: _move({State.LEAD, State.LOCATED, State.UNLOCATABLE}, State.LEAD, "centre"),
    Action.NAME_TENANT: _move({State.LEAD}, State.LOCATED, "unit_name", "reason"),
    Action.LOCATE: _move({State.LEAD, State.UNLOCATABLE}, State.LOCATED),
    Action.ASSIGN: _move(RUNNING, None, "division_code", "department", "reason"),
    Action.DISPATCH: _move({State.LOCATED, State.NOT_LOCAL}, State.DISPATCHED),
    Action.RECEIVE: _move({State.DISPATCHED}, State.RECEIVED),
    Action.CHECK: _move({State.RECEIVED, State.RELAPSED}, State.CHECKING),
    Action.CONFIRM: _move({State.CHECKING}, State.CONFIRMED),
    Action.LOSE: _move({State.LOCATED, State.RECEIVED, State.CHECKING}, State.UNLOCATABLE, "reason"),
    Action.TRANSFER: _move({State.DISPATCHED, State.RECEIVED, State.CHECKING}, State.NOT_LOCAL, "reason"),
    Action.RECTIFY: _move({State.CONFIRMED}, State.RECTIFYING),
    Action.SUBMIT: _move({State.RECTIFYING}, State.REVIEW),
    Action.REJECT: _move({State.REVIEW}, State.RECTIFYING, "reason"),
    Action.SET_CAUSE: _move(_AT_WORK, None, "cause"),
    Action.MEASURE: _move(_AT_WORK | {State.RELAPSED}, None, "kind", "quantity"),
    Action.EVIDENCE: _move(RUNNING, None, "sha256", "sm3", "name"),
    Action.APPEAL: _move(
        {State.DISPATCHED, State.RECEIVED, State.CHECKING, State.CONFIRMED, State.RECTIFYING}, State.APPEALED, "ground"
    ),
    Action.VOTE: _move({State.APPEALED}, None, "verdict", "reason"),
    Action.CLEARANCE: _move(RUNNING, None, "proof"),
    Action.CLOSE: _move({State.REVIEW}, State.CLOSED, "cause"),
    Action.CLOSE_UNLOCATED: _move({State.UNLOCATABLE}, State.CLOSED, "reason"),
    Action.RELAPSE: _move({State.CLOSED}, State.RELAPSED, "seen_at"),
    Action.ESCALATE: _move(RUNNING, None, "level"),
    Action.GRADE: _move(RUNNING, None, "grade"),
    Action.REFER: _move(RUNNING, None, "department", "reason"),
    Action.MERGE: _move(RUNNING, State.MERGED, "into", "reason"),
    Action.UNMERGE: _move({State.MERGED}, None, "reason"),
    Action.MOVE_LEAD: _move(RUNNING | {State.CLOSED}, None, "lead", "reason"),
}
"""Every move of a case but its opening."""


def allowed(state: State) -> list[Action]:
    """What can be done in a state, in the table's order."""
    return [action for action, move in MOVES.items() if state in move.sources]
