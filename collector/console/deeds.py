"""What does an entry of the audit log say? Who, what was done to what, and the particulars, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.db.models import Q

from collector.accounts.choices import OfficeKind, Role
from collector.audit.models import AuditEntry
from collector.console.deed_words import DECISIONS, ROUTES, Phrase
from collector.console.language import reader_lang
from collector.console.rulebook import KINDS
from collector.text import bilingual

_MAX_WORD_CHARS = 60
_PARTICULARS: Mapping[str, Any] = {
    "office": bilingual("单位", "office"),
    "role": bilingual("角色", "role"),
    "role_before": bilingual("原角色", "role before"),
    "until": bilingual("有效期至", "until"),
    "were": bilingual("原有", "were"),
    "name": bilingual("名称", "name"),
    "hidden": bilingual("隐藏字段", "hidden fields"),
    "issued_by": bilingual("签发人", "issued by"),
    "division": bilingual("区划", "division"),
    "kind": bilingual("类型", "kind"),
    "uscc": bilingual("统一社会信用代码", "USCC"),
    "devices": bilingual("设备数", "devices"),
    "recipient": bilingual("接收方", "recipient"),
    "form": bilingual("格式", "form"),
    "rows": bilingual("条数", "rows"),
    "detections": bilingual("检测记录", "detections"),
    "refused": bilingual("拒收", "refused"),
    "asked": bilingual("查询", "asked"),
    "hits": bilingual("命中", "hits"),
    "before": bilingual("早于", "before"),
    "rule": bilingual("规则", "rule"),
    "from": bilingual("自", "from"),
    "to": bilingual("至", "to"),
}
_WORDS: Mapping[str, Mapping[str, Any]] = {
    "role": {str(value): text for value, text in Role.choices},
    "role_before": {str(value): text for value, text in Role.choices},
    "kind": {str(value): text for value, text in OfficeKind.choices},
}


def who(entry: AuditEntry) -> str:
    """The person; a key by its first characters, a command by the account that ran it."""
    kind, _, name = entry.actor.partition(":")
    if kind == "token":
        return f"{bilingual('接口密钥', 'API key')} {name}… {entry.office}".strip()
    return f"{bilingual('命令行', 'command line')} {name}" if kind == "command" else entry.actor


def what(entry: AuditEntry) -> str:
    """The deed in words; a name that no table knows stands as it is."""
    phrase = _phrase(entry)
    if phrase is None:
        return entry.object_kind
    is_sent = phrase.post is not None and entry.detail.get("method") == "POST"
    return str(phrase.post if is_sent else phrase.get)


def which(entry: AuditEntry) -> str:
    """The object's number or name; a kind of rules by its title."""
    words = [str(KINDS[word].title) if word in KINDS else word for word in entry.object_id.split(",")]
    return " ".join(words) if "rule" in entry.object_kind else entry.object_id


def particulars(entry: AuditEntry) -> str:
    """What was searched for, decided or handed out; what the tables have no word for is left out."""
    joint = "；" if reader_lang() == "zh" else "; "
    return joint.join((*_asked(entry), *_decided(entry)))


def about(subject: str) -> Q:
    """The entries about a subject."""
    routes = [name for name, phrase in ROUTES.items() if phrase.subject == subject]
    return Q(object_kind__in=[*routes, *(kind for (kind, _), phrase in DECISIONS.items() if phrase.subject == subject)])


def _phrase(entry: AuditEntry) -> Phrase | None:
    kind = entry.object_kind
    decided = DECISIONS.get((kind, entry.detail.get("what", "")))
    return ROUTES.get(kind) or decided or DECISIONS.get((kind, ""))


def _asked(entry: AuditEntry) -> Iterator[str]:
    query = parse_qs(urlsplit(entry.detail.get("path", "")).query, max_num_fields=100)
    for text in query.get("q", ())[:1]:
        yield f"“{text[:_MAX_WORD_CHARS]}”"
    for form in query.get("export", ())[:1]:
        yield form[:5].upper()


def _decided(entry: AuditEntry) -> Iterator[str]:
    titles = dict(_PARTICULARS)
    if entry.object_kind == "rule" and entry.object_id in KINDS:
        titles |= {one.name: one.title for one in KINDS[entry.object_id].entries}
    for name, text in entry.detail.items():
        if name in titles and text not in ("", "None", "[]"):
            yield f"{titles[name]} {_WORDS.get(name, {}).get(text, text)}"
