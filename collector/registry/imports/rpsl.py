"""What is in a whois bulk file? RPSL objects (RFC 2622, RFC 4012): inetnum and inet6num with their organisation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from collector.registry.choices import ImportKind, Source
from collector.registry.imports.files import numbered_lines
from collector.registry.imports.kind import Defaults, Kind, Parsed
from collector.registry.imports.ownership import Statement, read_statement, store_statements
from collector.registry.imports.table import Column, Row
from collector.registry.models import ImportBatch

COLUMNS = (
    Column("network", (), required=True),
    Column("valid_from", (), required=True),
    Column("valid_to", ()),
    Column("unit_name", (), required=True),
    Column("netname", ()),
    Column("address", (), max_chars=500),
)
_ATTRIBUTE = re.compile(r"^([A-Za-z][A-Za-z0-9_-]{0,40}):\s*(.*?)\s*$")
_STAMP = re.compile(r"(?:^|\s)(\d{8})$")
_MAX_LINES = 500

Attributes = Mapping[str, list[str]]


def parse(text: str, name: str) -> Iterator[Parsed]:
    """One row per block; its organisation's name when the file holds that object, else the first ``descr``."""
    organisations = {found["organisation"][0].upper(): found for _, found in _objects(text) if "organisation" in found}
    for row_no, found in _objects(text):
        if "inetnum" in found or "inet6num" in found:
            yield row_no, _cells(found, organisations)


def _objects(text: str) -> Iterator[tuple[int, Attributes]]:
    row_no, last = 0, ""
    found: dict[str, list[str]] = {}
    for number, line in numbered_lines(text):
        if not line.strip():
            if found:
                yield row_no, found
            found, last = {}, ""
        elif match := _ATTRIBUTE.match(line):
            row_no = row_no if found else number
            last = match[1].lower()
            values = found.setdefault(last, [])
            if len(values) < _MAX_LINES:
                values.append(match[2])
        elif line[0] in " \t+" and last:
            found[last][-1] = f"{found[last][-1]} {line[1:].strip()}".strip()[:2000]
    if found:
        yield row_no, found


def _cells(found: Attributes, organisations: Mapping[str, Attributes]) -> Mapping[str, str]:
    organisation = organisations.get(_first(found, "org").upper(), {})
    return {
        "network": _first(found, "inetnum") or _first(found, "inet6num"),
        "valid_from": _changed(found),
        "unit_name": _first(organisation, "org-name") or _first(found, "descr"),
        "netname": _first(found, "netname"),
        "address": " ".join(organisation.get("address", [])),
    }


def _first(found: Attributes, name: str) -> str:
    return found.get(name, [""])[0]


def _changed(found: Attributes) -> str:
    if last := _first(found, "last-modified") or _first(found, "created"):
        return last
    stamps = [match[1] for line in found.get("changed", []) if (match := _STAMP.search(line))]
    return max(stamps, default="")


def _read(row: Row, defaults: Defaults) -> Statement:
    row.need("unit_name", str)
    return read_statement(row, defaults, network="network", starts="valid_from", ends="valid_to")


def store(batch: ImportBatch, statements: Sequence[Statement]) -> None:
    """Add and amend whois records."""
    store_statements(batch, statements, Source.WHOIS)


KIND = Kind(ImportKind.RPSL, COLUMNS, _read, store, parse=parse)
