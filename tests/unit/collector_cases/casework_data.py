"""When do the tests of casework play, and what is said in them? In November 2026, in China."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from collector.cases.choices import Action

CHINA = dt.timezone(dt.timedelta(hours=8))
Make = Callable[..., Any]


def at(text: str) -> dt.datetime:
    """``2026-11-18 10:00`` in China."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=CHINA)


NOW = at("2026-11-18 10:00")
LATER = "2026-11-19T02:00:00.000000+00:00"
PROVEN = {"proof": "proven"}
SAID: Mapping[Action, dict[str, Any]] = {
    Action.ASK_TENANT: {"centre": "某数据中心"},
    Action.NAME_TENANT: {"unit_name": "甲公司", "reason": "机柜 A3"},
    Action.ASSIGN: {"division_code": "330481", "department": "industry", "reason": "r"},
    Action.SET_CAUSE: {"cause": "deliberate"},
    Action.MEASURE: {"kind": "seized", "quantity": 3},
    Action.EVIDENCE: {"sha256": "0" * 64, "sm3": "0" * 64, "name": "a.jpg"},
    Action.APPEAL: {"ground": "g"},
    Action.VOTE: {"verdict": "uphold", "reason": "r"},
    Action.CLEARANCE: PROVEN,
    Action.CLOSE: {"cause": "deliberate"},
    Action.RELAPSE: {"seen_at": LATER},
    Action.ESCALATE: {"level": 1},
    Action.GRADE: {"grade": "A", "reasons": []},
    Action.REFER: {"department": "public-security", "reason": "r"},
    Action.MERGE: {"into": "C2026-000002", "reason": "r"},
    Action.MOVE_LEAD: {"lead": "L2026-000002", "reason": "r"},
}
"""What is said with each move; with the others a reason alone."""
