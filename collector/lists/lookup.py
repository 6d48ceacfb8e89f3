"""Does somebody who applies stand on the lists? By credit code or meter number, or by their digests alone.

A grid company asks before it connects, an exchange before it admits, a treasury before it pays (art. 10, 11, 14).
Who asks with digests need not tell us whom it asks about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.db.models import Q

from collector.accounts.scope import Scope, within
from collector.audit.choices import Action
from collector.audit.services import Deed, record
from collector.cases.choices import Cause
from collector.cases.tables import Case
from collector.chain import Algorithm, digest
from collector.faults import CollectorError
from collector.lists.registers import PlannedProject, Project
from collector.registry.divisions import is_code
from collector.registry.models import Site

MAX_ASKED = 10_000
_MAX_CHARS = 200
_CHUNK = 500
_MAX_BYTES = MAX_ASKED * _MAX_CHARS


@dataclass(frozen=True, slots=True)
class Hit:
    """One identifier as it was asked, and what it stands for on the lists; nothing: no hit."""

    asked: str
    basis: tuple[str, ...]


def look_up(asked: Iterable[str], salt: str, division_code: str, who: tuple[str, str], now: datetime) -> list[Hit]:
    """An answer per identifier, in order. ``who``: actor and recipient, for the log of what was shared."""
    if not is_code(division_code):
        raise CollectorError(
            f"division {division_code!r}: is no division code; give six digits, like 330400",
            f"区划 {division_code!r}：不是区划代码；写六位，如 330400",
        )
    wanted = [text.strip() for text in islice(asked, MAX_ASKED + 1)]
    if not wanted or len(wanted) > MAX_ASKED:
        raise CollectorError(f"look-up: give 1 to {MAX_ASKED} identifiers at a time", f"比对：一次 1 至 {MAX_ASKED} 个")
    known = _listed(Scope((division_code,)))
    names = dict(_names(known, salt))
    hits = [Hit(text, known.get(names.get(text.casefold(), ""), ())) for text in wanted]
    found = sum(bool(hit.basis) for hit in hits)
    detail = {"asked": str(len(hits)), "hits": str(found)}
    actor, recipient = who
    record(Deed(actor, Action.SHARE, "look-up", division_code, purpose=recipient, detail=detail), now)
    return hits


def lines_of(path: Path) -> list[str]:
    """The identifiers of a file, one to a line."""
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES + 1).decode("utf-8-sig")
    except OSError as fault:
        raise CollectorError(f"{path}: cannot be read: {fault.strerror}; check the path") from None
    except UnicodeDecodeError:
        raise CollectorError(f"{path}: is no UTF-8 text; save it as text, one identifier to a line") from None
    if len(text.encode()) > _MAX_BYTES:
        raise CollectorError(f"{path}: larger than {_MAX_BYTES} bytes; split it")
    return [line[:_MAX_CHARS] for line in text.splitlines() if line.strip()]


def _listed(scope: Scope) -> Mapping[str, tuple[str, ...]]:
    """What stands on the lists now, by credit code and by meter number: projects, and cases that are no false alarm."""
    found: dict[str, set[str]] = {}
    place = within("division_code", scope)
    cases = Case.objects.filter(place).exclude(uscc="").exclude(cause=Cause.FALSE_ALARM)
    for no, uscc in cases.values_list("no", "uscc").iterator():
        found.setdefault(uscc, set()).add(no)
    units = set(found)
    for project in _running(place):
        for key in filter(None, (project.uscc, project.meter_no)):
            found.setdefault(key, set()).add(project.name)
    for planned in PlannedProject.objects.filter(place).exclude(uscc="").iterator(chunk_size=_CHUNK):
        found.setdefault(planned.uscc, set()).add(planned.name)
    for site in Site.objects.exclude(meter_no="").filter(organisation__uscc__in=units).select_related("organisation"):
        found.setdefault(site.meter_no, set()).update(found[site.organisation.uscc or ""])
    return {key: tuple(sorted(basis)) for key, basis in found.items()}


def _running(place: Q) -> list[Project]:
    """The newest statement of every project, where it does not say that the project ended."""
    rows = Project.objects.filter(place).order_by("as_of", "pk").iterator(chunk_size=_CHUNK)
    newest = {(row.name, row.division_code): row for row in rows}
    return [row for row in newest.values() if row.ended_on is None]


def _names(known: Mapping[str, object], salt: str) -> Iterator[tuple[str, str]]:
    """Every way in which a listed identifier may be asked for: itself, and its salted SHA-256 and SM3."""
    for key in known:
        yield key.casefold(), key
        for algorithm in Algorithm:
            yield digest(f"{salt}{key}".encode(), algorithm), key
