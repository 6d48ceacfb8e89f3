"""Do commands and API hand out bulletins, to whom they may, the same each time?"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import docx
import jiangsu
import pytest
from django.test import Client
from office_keys import live_key
from typer.testing import CliRunner, Result

from collector.accounts.services import office_named
from collector.bulletin.models import Snapshot
from collector.bulletin.render.figures import change, energy, is_at, plain, rate
from collector.bulletin.services import latest, take
from collector.cli import app
from collector.ingest.models import Sensor
from collector.ingest.services import receive
from collector.lists.week import parse_week
from collector.registry.models import Division
from collector.settings.config import IngestOptions
from sensor.model.wire import Detection

MONDAY = datetime(2021, 10, 18, 0, 30, tzinfo=UTC)
WEEK = parse_week(jiangsu.WEEK)


@pytest.fixture
def seen(db: None) -> Iterator[None]:
    """A few of the province's sessions, at a sensor of Nanjing."""
    for code, name in (("320000", "江苏省"), ("320100", "南京市"), ("320102", "玄武区"), ("320500", "苏州市")):
        Division.objects.create(code=code, name=name, level="city")
    sensor = Sensor.objects.create(sensor_id=jiangsu.SENSOR, division_code="320102", operator="中国电信")
    body = b"\n".join(next(jiangsu.deliveries()).split(b"\n")[:20])
    receive(sensor, body, MONDAY, IngestOptions())
    yield


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def client_of(division: str) -> Client:
    _, token = live_key("test", office_named(f"office of {division}", division))
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_a_snapshot_is_taken_once_per_state(seen: None) -> None:
    first, is_new = take(WEEK, "320100", MONDAY)
    again, is_new_again = take(WEEK, "320100", MONDAY)
    assert (is_new, is_new_again, again) == (True, False, first)
    sensor = Sensor.objects.get()
    late = next(jiangsu.deliveries()).split(b"\n")[30]
    receive(sensor, late, MONDAY, IngestOptions())
    second, _ = take(WEEK, "320100", MONDAY)
    assert (second.version, second.number) == (2, "MW-B-320100-2021W41-02")
    assert second.indicators["total"]["ips"] == first.indicators["total"]["ips"] + 1
    assert latest(WEEK, "320100") == second


def test_what_a_proxy_carries_on_counts_there_alone(seen: None) -> None:
    before = take(WEEK, "320100", MONDAY)[0].indicators["total"]
    line = json.loads(next(jiangsu.deliveries()).split(b"\n")[40])
    carried = Detection.model_validate(line | {"counted_in": "0" * 32})
    receive(Sensor.objects.get(), carried.to_json().encode(), MONDAY, IngestOptions())
    after = take(WEEK, "320100", MONDAY)[0].indicators["total"]
    assert after["ips"] == before["ips"] + 1
    assert (after["mbps"], after["kwh_per_day"]) == (before["mbps"], before["kwh_per_day"])
    assert after["hashrate"] == before["hashrate"]


@pytest.mark.parametrize(
    ("office", "query", "status"),
    [
        ("320100", "", 200),
        ("320000", "?division=320100", 200),
        ("320100", "?format=xlsx", 200),
        ("320100", "?format=json&lang=en", 200),
        ("320500", "?division=320100", 403),
        ("320102", "?division=320100", 403),
        ("320500", "", 404),
        ("320100", "?division=32", 400),
        ("320100", "?format=pdf", 422),
    ],
)
def test_who_may_fetch(seen: None, office: str, query: str, status: int) -> None:
    take(WEEK, "320100", MONDAY)
    answer = client_of(office).get(f"/api/v1/bulletins/{jiangsu.WEEK}{query}")
    assert answer.status_code == status, answer.content[:200]


def test_freezing_over_http(seen: None) -> None:
    answer = client_of("320100").post(f"/api/v1/bulletins/{jiangsu.WEEK}")
    assert answer.status_code == 200
    assert answer.json()["number"] == Snapshot.objects.get().number == "MW-B-320100-2021W41-01"


def test_the_commands(seen: None, tmp_path: Path) -> None:
    number = "MW-B-320100-2021W41-01"
    issue = "MW-320100-2021W41-01"
    assert number in run("bulletin", "snapshot", "--week", jiangsu.WEEK, "--division", "320100").output
    for lang in ("zh", "en"):
        assert run("bulletin", "write", number, "-o", tmp_path, "--lang", lang).exit_code == 0
    listed = run("lists", "freeze", "--week", jiangsu.WEEK, "--division", "320100", "-o", tmp_path)
    assert listed.exit_code == 0, listed.output
    drafted = run("bulletin", "notice", number, "--office", "市办", "-o", tmp_path)
    summoned = run("bulletin", "interview", number, "--division", "320102", "--office", "市办", "-o", tmp_path)
    packed = run("bulletin", "pack", number, "--issue", issue, "--seed", "7", "--size", "5", "-o", tmp_path)
    assert (drafted.exit_code, summoned.exit_code, packed.exit_code) == (0, 0, 0), packed.output
    with zipfile.ZipFile(tmp_path / f"{number}.pack.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert len(archive.read("sample.csv").decode("utf-8-sig").splitlines()) == 6
    assert manifest["sample"]["size"] == 5
    words = docx.Document(io.BytesIO((tmp_path / f"{number}.en.docx").read_bytes())).paragraphs
    assert any("20 mining addresses" in paragraph.text for paragraph in words)


@pytest.mark.parametrize(
    "words",
    [
        ("bulletin", "write", "MW-B-0"),
        ("bulletin", "snapshot", "--week", "2021-41", "--division", "320100"),
        ("bulletin", "snapshot", "--week", "2999-W01", "--division", "320100"),
        ("bulletin", "pack", "MW-B-0", "--issue", "none", "--seed", "1"),
    ],
)
def test_a_wrong_word_is_a_fault(seen: None, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code != 0


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        ({"low": 208_000, "value": 260_000, "high": 312_000}, "260兆瓦时（208–312）"),
        ({"low": 1, "value": 2, "high": 3}, "2千瓦时（1–3）"),
        ({"low": 0, "value": 0, "high": 0}, "—"),
        ({"low": 0.1, "value": 0.5, "high": 9_999}, "0.5千瓦时（0.1–9,999）"),
    ],
)
def test_energy(bounds: dict[str, float], text: str) -> None:
    assert energy(bounds, "zh") == text


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [(3, 7, "下降57.1%"), (7, 3, "上升133.3%"), (5, 5, "持平"), (5, None, "—"), (5, 0, "—")],
)
def test_change(now: float, before: float | None, text: str) -> None:
    assert change(now, before, "zh") == text


def test_numbers_read_well() -> None:
    assert rate("H/s", {"low": 8e15, "value": 1.02e16, "high": 1.2e16}) == "10.2 PH/s (8–12)"
    assert [plain(value) for value in (0, 0.0001, 0.12345, 12.345, 123456)] == ["0", "0", "0.123", "12.3", "123,456"]
    assert [is_at(*pair) for pair in (("county", "330402"), ("county", "330400"), ("city", "330400"))] == [1, 0, 1]
