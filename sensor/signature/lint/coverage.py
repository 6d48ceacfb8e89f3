"""Does another entry already say what this one says?"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sensor.model.evidence import EvidenceClass
from sensor.signature.document import Entry, IndicatorDocument
from sensor.signature.lint.base import Finding, Lint, Subject
from sensor.signature.names import fold
from sensor.signature.words import Kind

_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class _Row:
    subject: Subject
    index: int
    entry: Entry


class EntryAddsSomething(Lint):
    """No entry that a wider one of the same kind covers, unless it tells another coin, operator or port."""

    name = "entry-covered"
    recommendation = "remove one of the two"

    def check(self, subjects: Sequence[Subject]) -> Iterator[Finding]:
        """Names below names, addresses in networks, and the same value twice."""
        for kind in Kind:
            yield from _covered(subjects, kind, "domain", _wider_names)
            yield from _covered(subjects, kind, "address", _wider_networks)


def _covered(
    subjects: Sequence[Subject], kind: Kind, type_: str, wider: Callable[[str], Iterator[str]]
) -> Iterator[Finding]:
    first: dict[tuple[EvidenceClass, str], _Row] = {}
    wide: dict[str, _Row] = {}
    rows = list(_rows(subjects, kind, type_))
    for row, document in rows:
        # A server that answered a probe on one port may be listed for another one as well.
        first.setdefault((document.evidence.evidence_class, fold(row.entry.value)), row)
        if document.indicators.match != "exact":
            wide.setdefault(fold(row.entry.value), row)
    for row, document in rows:
        value = fold(row.entry.value)
        same = first[document.evidence.evidence_class, value]
        if same is not row:
            yield _finding(row, same, "is listed twice, the other in")
            continue
        for name in wider(value):
            other = wide.get(name)
            if other is not None and _tells_no_more(row.entry, other.entry):
                yield _finding(row, other, f"is covered by {name} in")
                break


def _rows(subjects: Sequence[Subject], kind: Kind, type_: str) -> Iterator[tuple[_Row, IndicatorDocument]]:
    for subject in subjects:
        document = subject.indicator
        if document is None or subject.is_deprecated:
            continue
        if document.indicators.kind is kind and document.indicators.type == type_:
            for index, entry in enumerate(document.indicators.entries):
                yield _Row(subject, index, entry), document


def _wider_names(value: str) -> Iterator[str]:
    parent = value.partition(".")[2]
    while parent:
        yield parent
        parent = parent.partition(".")[2]


def _wider_networks(value: str) -> Iterator[str]:
    try:
        network: _Network = ipaddress.ip_network(value)
    except ValueError:
        return
    for length in range(network.prefixlen - 1, 7, -1):
        yield str(network.supernet(new_prefix=length))


def _tells_no_more(entry: Entry, wider: Entry) -> bool:
    same = entry.coin in {None, wider.coin} and entry.operator in {None, wider.operator}
    return same and (not wider.ports or (set(entry.ports) <= set(wider.ports) and bool(entry.ports)))


def _finding(row: _Row, other: _Row, how: str) -> Finding:
    line = other.subject.parsed.lines.at(("indicators", "entries", other.index))
    what = f"{row.entry.value} {how} {other.subject.file}:{line}"
    return Finding(row.subject, ("indicators", "entries", row.index), what)
