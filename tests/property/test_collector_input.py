"""Can any bytes make the collector crash? Deliveries and imported files are anyone's bytes."""

from __future__ import annotations

import gzip
import ipaddress
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.faults import ApiError, CollectorError
from collector.ingest.body import gunzip, numbered_rows
from collector.ingest.rows import Context, Refusal, read_row
from collector.registry.addresses import covering_los, ip_key, network_keys
from collector.registry.imports import cells
from collector.registry.imports.faults import CellFault, RowFault
from collector.registry.imports.files import csv_records, decode
from collector.registry.imports.kind import Defaults
from collector.registry.imports.kinds import known_kinds
from collector.registry.imports.table import clean, normalise, read_rows
from collector.settings.config import IngestOptions
from sensor.model.wire import Detection

CONTEXT = Context("s", datetime(2026, 3, 1, tzinfo=UTC), IngestOptions())
GOOD: dict[str, Any] = {
    "detection_id": "0" * 32,
    "event_id": "1" * 32,
    "sensor": {"id": "s"},
    "state": "opened",
    "first_seen": "2026-02-01T00:00:00Z",
    "last_seen": "2026-02-01T00:00:00Z",
    "miner": {"ip": "192.0.2.1", "port": 1},
    "pool": {"ip": None, "port": None},
    "transport": {"l4": "tcp"},
    "dialect": None,
    "verdict": "probable",
    "score": 1,
    "shares": {"submitted": 1},
    "clock_error_ms": 1.0,
    "account": "a",
}
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.datetimes().map(str)
    | st.ip_addresses().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@given(st.text() | ANY_JSON.map(json.dumps))
def test_any_line_is_judged(line: str) -> None:
    assert isinstance(read_row(1, line, CONTEXT), Refusal)


@given(st.sampled_from(sorted(GOOD)), ANY_JSON)
def test_any_value_in_any_field_is_kept_storable_or_refused(name: str, value: Any) -> None:
    row = read_row(1, json.dumps(GOOD | {name: value}), CONTEXT)
    if isinstance(row, Detection):
        assert orjson.loads(row.to_json())["event_id"] == row.event_id
        assert len(ip_key(row.miner.ip)) == 16
        assert row.shares.submitted < 2**63
        assert "\0" not in row.to_json() and "\\u0000" not in row.to_json()
    else:
        assert row.reason and len(row.reason) <= 300


@given(st.binary(max_size=300) | st.binary(max_size=300).map(gzip.compress))
def test_any_body_is_read_or_refused(raw: bytes) -> None:
    readers: list[Callable[[], object]] = [lambda: gunzip(raw, 100), lambda: list(numbered_rows(raw, 10))]
    for read in readers:
        try:
            read()
        except ApiError as fault:
            assert fault.status in (400, 413)
            assert fault.hint


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_a_fault(raw: bytes) -> None:
    try:
        encoding, text = decode(raw, "file")
    except CollectorError as fault:
        assert "row " in str(fault)
    else:
        assert text == raw.decode(encoding)


@given(st.text(max_size=400), st.sampled_from(sorted(known_kinds())))
def test_any_table_is_read_or_refused(text: str, kind: str) -> None:
    described = next(known for known in known_kinds().values() if known.kind == kind)
    header = ",".join(column.name for column in described.columns)
    for table in (text, f"{header}\n{text}"):
        try:
            rows = list(read_rows(csv_records(table, "file"), described.columns, {}, "file"))
        except CollectorError:
            continue
        for row in rows:
            if isinstance(row, RowFault):
                assert str(row)
                continue
            try:
                described.read(row, Defaults())
            except CellFault as fault:
                assert str(RowFault(row.number, row.column, fault.fault, fault.value))


@pytest.mark.parametrize(
    "parser", [cells.moment, cells.end_moment, cells.day, cells.blocks, cells.division_code, cells.uscc, cells.port]
)
@given(text=st.text(max_size=40) | st.from_regex(r"[0-9./:年月日T+-]{1,25}", fullmatch=True))
def test_any_cell_is_read_or_named(parser: Any, text: str) -> None:
    try:
        parser(text)
    except CellFault as fault:
        assert len(fault.value) <= 60


@given(st.datetimes(min_value=datetime(2009, 1, 1), max_value=datetime(2199, 1, 1)))  # noqa: DTZ001
def test_a_written_moment_is_read_back(moment: datetime) -> None:
    aware = moment.replace(tzinfo=cells.SHANGHAI)
    assert cells.moment(aware.isoformat()) == aware
    assert cells.moment(f"{aware:%Y/%m/%d %H:%M:%S}") == aware.replace(microsecond=0)


@given(st.ip_addresses())
def test_every_key_is_covered_by_itself(address: Any) -> None:
    assert covering_los(address)[0] == ip_key(address) == ip_key(str(address))


@given(st.ip_addresses(), st.integers(0, 128))
def test_a_block_is_found_by_its_addresses(address: Any, prefix: int) -> None:
    block = ipaddress.ip_network((address, min(prefix, address.max_prefixlen)), strict=False)
    low, high = network_keys(block)
    assert low in covering_los(address)
    assert low <= ip_key(address) <= high


@given(st.text(max_size=30))
def test_cleaning_twice_changes_nothing_in_a_header(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert len(clean(text)) <= len(text)
