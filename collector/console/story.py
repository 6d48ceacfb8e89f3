"""How does a case's ledger read? Every entry in words, newest last; a person's name masked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Choices
from django.utils import timezone

from collector.cases.casework import BY_SOURCES
from collector.cases.choices import Action, Cause, Department, Grade, Measure, Proof, Verdict
from collector.cases.state import Entry
from collector.lists.divisions import DivisionTree
from collector.lists.masking import is_person, mask_name
from collector.text import bilingual

_MAX_CHARS = 300
_WORDS: Mapping[str, Any] = {
    "reason": bilingual("理由", "reason"),
    "ground": bilingual("申诉理由", "ground"),
    "department": bilingual("部门", "department"),
    "division_code": bilingual("区划", "division"),
    "unit_name": bilingual("单位", "unit"),
    "uscc": bilingual("代码", "USCC"),
    "centre": bilingual("机房", "data centre"),
    "cause": bilingual("原因", "cause"),
    "kind": bilingual("措施", "measure"),
    "quantity": bilingual("数量", "quantity"),
    "unit": bilingual("计量单位", "of what"),
    "note": bilingual("说明", "note"),
    "name": bilingual("文件", "file"),
    "sha256": bilingual("SHA-256", "SHA-256"),
    "verdict": bilingual("意见", "verdict"),
    "proof": bilingual("核验结果", "proof"),
    "grade": bilingual("等级", "grade"),
    "level": bilingual("升级层级", "level"),
    "due": bilingual("期限", "due"),
    "into": bilingual("并入", "into"),
    "lead": bilingual("线索", "lead"),
    "seen_at": bilingual("再次发现", "seen again"),
}
_MOMENTS = frozenset({"due", "seen_at"})
_SETS: Mapping[str, type[Choices]] = {
    "cause": Cause,
    "department": Department,
    "grade": Grade,
    "kind": Measure,
    "proof": Proof,
    "verdict": Verdict,
}


@dataclass(frozen=True, slots=True)
class Chapter:
    """One entry: when, who, what, and what was said with it."""

    at: datetime
    actor: str
    action: str
    said: list[tuple[str, str]]


def story(entries: Iterable[Entry], tree: DivisionTree) -> list[Chapter]:
    """The entries in words; what has no word here stays in the ledger."""
    return [_chapter(entry, tree) for entry in entries]


def _chapter(entry: Entry, tree: DivisionTree) -> Chapter:
    body = entry.body
    told = [(str(title), _text(name, body, tree)) for name, title in _WORDS.items() if body.get(name) not in (None, "")]
    return Chapter(datetime.fromisoformat(entry.at), entry.actor, str(Action(entry.action).label), told)


def _text(name: str, body: Mapping[str, Any], tree: DivisionTree) -> str:
    text = str(body[name])[:_MAX_CHARS]
    if name in _MOMENTS:
        return _local(text)
    if name == "unit_name" and is_person(text, str(body.get("uscc") or ""), ""):
        return mask_name(text)
    if name == "reason" and text == BY_SOURCES:
        return str(bilingual("归属有更新", "the attribution changed"))
    if name == "division_code":
        return text if tree.name(text) == text else f"{tree.name(text)} {text}"
    words = _SETS.get(name)
    return next((str(label) for value, label in words.choices if value == text), text) if words else text


def _local(text: str) -> str:
    """A moment as it is in China."""
    try:
        return timezone.localtime(datetime.fromisoformat(text)).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return text
