"""Does any text at all, given as any kind of log or table, end in rows and row-level faults, never in a crash?"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.faults import CollectorError
from collector.registry.imports.faults import CellFault, RowFault
from collector.registry.imports.files import csv_records, ndjson_records
from collector.registry.imports.kind import Defaults
from collector.registry.imports.kinds import known_kinds
from collector.registry.imports.table import read_parsed, read_rows

LOGS = Path(__file__).resolve().parents[1] / "unit" / "collector_registry" / "logs"
SAMPLES = [path.read_text("utf-8") for path in sorted(LOGS.iterdir())]
WORDS = st.sampled_from(
    [
        "\n", "\t", " ", "\n\n", "}", "lease 10.1.2.3 {\n", "  starts 2 2026/11/17 00:00:00;\n", "  ends never;\n",
        "  hardware ethernet 00:11:22:33:44:55;\n", "\tUser-Name = \"a\"\n", "\tAcct-Status-Type = Stop\n",
        "\tAcct-Session-Time = 99999999999\n", "\tTimestamp = 1794873602\n", "\tTimestamp = 9e99\n",
        "\tFramed-IP-Address = 203.0.113.9\n", "\tEvent-Timestamp = \"Feb 31 2026 25:61:00 CST\"\n", "inetnum: ",
        "0.0.0.0 - 255.255.255.255", "descr: x\n", "changed: a 20269999\n", "{\"objectClassName\": \"ip network\"}\n",
        "{\"results\": [{\"prefix\": [], \"tenant\": {\"name\": 7}}]}", "[[[[", "2026-11-17 08:00:00 CST Address: ",
        " has been renewed for 999999 days 1 hrs to a device", "<1>1 2026-13-40T99:00:00Z x APMADD ",
        "Mon Jan  1 00:00:00 0001\n", "0001-01-01", "9999-12-31T23:59:59-12:00", "XSPORT=\"70000\"",
        "ISADDR=\"", "NAT_PORT_BLOCK_ALLOC: ", "10.0.0.1 -> 203.0.113.9:1-2", "公网IP,起始端口,开始时间,私网IP\n",
        "=1+1,",
        "\ufeff", "\u2028", "\x00", "\ud7ff",
    ]
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(WORDS, max_size=30).map("".join),
    st.text(max_size=200),
    st.tuples(st.sampled_from(SAMPLES), st.integers(0, 400), st.text(max_size=9)).map(
        lambda cut: cut[0][: cut[1]] + cut[2] + cut[0][cut[1] :]
    ),
)


@pytest.mark.parametrize("kind", sorted(known_kinds()))
@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_any_text_ends_in_rows_and_faults(kind: str, text: str) -> None:
    found = known_kinds()[kind]  # type: ignore[index]
    try:
        if found.parse is not None:
            rows = list(read_parsed(found.parse(text, "x"), found.columns))
        else:
            records = ndjson_records if text.startswith("{") else csv_records
            rows = list(read_rows(records(text, "x"), found.columns, {}, "x"))
    except CollectorError as refused:
        assert str(refused)
        return
    for row in rows:
        if isinstance(row, RowFault):
            assert row.what
            continue
        try:
            found.key(found.read(row, Defaults()))
        except CellFault as fault:
            assert isinstance(RowFault(row.number, row.column, fault.fault, fault.value).what, str)
