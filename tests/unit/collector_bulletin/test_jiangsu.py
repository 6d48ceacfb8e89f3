"""Do detections become the figures that a province publishes, through the whole chain?"""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import docx
import jiangsu
import openpyxl
import pytest

from collector.bulletin.models import Snapshot
from collector.bulletin.pack import pack
from collector.bulletin.render.notices import circular, interview
from collector.bulletin.render.weekly import bulletin
from collector.bulletin.render.workbook import workbook
from collector.bulletin.services import take
from collector.faults import CollectorError
from collector.ingest.models import Sensor
from collector.ingest.services import receive
from collector.lists.drawing import draw
from collector.lists.services import freeze
from collector.lists.signing import load_signer
from collector.lists.week import parse_week
from collector.registry.choices import ImportKind
from collector.registry.imports.run import ImportRequest, run_import
from collector.registry.models import Division
from collector.settings.config import ImportOptions, IngestOptions

MONDAY = dt.datetime(2021, 10, 18, 8, 30, tzinfo=jiangsu.CHINA)


def told(folder: Path) -> Snapshot:
    """Registers, ledger and deliveries in; a snapshot out."""
    Division.objects.create(code="320000", name="江苏省", level="province")
    for code, name, _ in jiangsu.CITIES:
        Division.objects.create(code=code, name=name, level="city", parent="320000")
    for kind, text in (
        (ImportKind.ORGANISATIONS, jiangsu.organisations()),
        (ImportKind.LINE_LEDGER, jiangsu.line_ledger()),
    ):
        path = folder / f"{kind.value}.csv"
        path.write_bytes(text.encode("gb18030"))
        assert run_import(ImportRequest(kind, path), ImportOptions()).rows_bad == 0
    sensor = Sensor.objects.create(sensor_id=jiangsu.SENSOR, division_code="320000", operator="中国电信")
    for body in jiangsu.deliveries():
        assert receive(sensor, body, MONDAY, IngestOptions()).rejected == ()
    return take(parse_week(jiangsu.WEEK), "320000", MONDAY)[0]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_published_figures(db: None, tmp_path: Path) -> None:
    snapshot = told(tmp_path)
    found = snapshot.indicators
    total: dict[str, Any] = found["total"]
    assert (round(total["mbps"], 2), total["ips"], total["leads"]) == (136.77, 4_502, 4_502)
    assert round(total["kwh_per_day"]["value"]) == 260_000
    assert round(total["kwh_per_day"]["low"]) < 260_000 < round(total["kwh_per_day"]["high"])
    assert total["hashrate"]["H/s"]["value"] > 10e15
    assert found["public"] == {"ips": 945, "percent": 21.0}
    assert {code: sums["ips"] for code, sums in found["city"].items()} == {c: n for c, _, n in jiangsu.CITIES}
    assert {coin: sums["ips"] for coin, sums in found["coin"].items()} == {c.ticker: c.ips for c in jiangsu.COINS}
    assert {name: sums["ips"] for name, sums in found["nature"].items()} == {
        **{nature: count for nature, _, count in jiangsu.PUBLIC},
        "private-enterprise": 4_502 - 945,
    }
    _documents(snapshot, tmp_path)


def _documents(snapshot: Snapshot, folder: Path) -> None:
    """The figures stand in every document; the same snapshot gives the same bytes."""
    stored = Snapshot.objects.get(pk=snapshot.pk)
    text = bulletin(snapshot, None)
    assert text == bulletin(stored, None)
    words = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(text)).paragraphs)
    for figure in ("4,502", "136.77 Mbit/s", "PH/s", "260兆瓦时", "21.0%", "945"):
        assert figure in words
    book = workbook(snapshot, None)
    assert book == workbook(stored, None)
    sheets = openpyxl.load_workbook(io.BytesIO(book))
    assert sheets["按设区市"]["A2"].value == "苏州市"
    assert sheets["按设区市"]["B2"].value == "1,108"
    assert circular(snapshot, "省整治工作小组") == circular(stored, "省整治工作小组")
    assert "苏州市人民政府" in "".join(
        paragraph.text for paragraph in docx.Document(io.BytesIO(interview(stored, "320500", "小组"))).paragraphs
    )
    with pytest.raises(CollectorError, match="no open lead"):
        interview(stored, "330400", "小组")
    _pack(stored, folder)


def _pack(snapshot: Snapshot, folder: Path) -> None:
    issue = freeze(parse_week(jiangsu.WEEK), "320500", MONDAY).issue
    assert issue.row_count == 1_108
    ids = list(issue.rows.values_list("row_id", flat=True))
    drawn = draw(ids, "2021-10-18", 20)
    assert drawn == draw(ids, "2021-10-18", 20) != draw(ids, "another", 20)
    assert drawn[:5] == draw(ids, "2021-10-18", 5)
    signer = load_signer(folder)
    first = pack(snapshot, None, issue, "2021-10-18", 20, signer)
    assert first == pack(snapshot, None, issue, "2021-10-18", 20, signer)
