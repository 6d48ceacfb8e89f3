"""How does an appeal stand, and may the person who looks decide on it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.accounts.scope import Capability
from collector.cases.choices import Verdict
from collector.cases.queries import cases_for
from collector.cases.state import VOTES_NEEDED
from collector.console.scope import Viewer
from collector.text import bilingual


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's decision on an appeal."""

    by: str
    at: datetime
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal and what was decided. ``bar``: why the person who looks may not decide; "" where they may."""

    ground: str
    by: str
    at: datetime
    votes: tuple[Vote, ...]
    needed: int
    decided: str
    allowed_until: str
    bar: str


def appeal_of(folded: Mapping[str, Any], actor: str) -> Appeal | None:
    """The case's last appeal as the ledger has it."""
    told = folded["appeal"]
    if not told:
        return None
    votes = tuple(
        Vote(one["by"], datetime.fromisoformat(one["at"]), str(Verdict(one["verdict"]).label), one["reason"])
        for one in told["votes"]
    )
    decided = str(Verdict(told["decided"]).label) if told["decided"] else ""
    return Appeal(
        ground=told["ground"],
        by=told["by"],
        at=datetime.fromisoformat(told["at"]),
        votes=votes,
        needed=VOTES_NEEDED,
        decided=decided,
        allowed_until=folded["allowed_until"],
        bar=_bar(told, actor),
    )


def may_appeal(no: str, person: Viewer) -> bool:
    """Whether the person may file one: whoever works on the case, and the unit that it is about."""
    if cases_for(person.writes).filter(no=no).exists():
        return True
    seen = cases_for(person.reads).filter(no=no).exists()
    return seen and cases_for(person.scope(Capability.ANSWER)).filter(no=no).exists()


def _bar(told: Mapping[str, Any], actor: str) -> str:
    if told["decided"]:
        return str(bilingual("已有结论", "It is decided"))
    if told["by"] == actor:
        return str(bilingual("您提出了申诉，须由其他两人表决", "You filed it: two others must decide"))
    if any(vote["by"] == actor for vote in told["votes"]):
        return str(bilingual("您已表决，须由另一人表决", "You have voted: another person must"))
    return ""
