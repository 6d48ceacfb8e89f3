"""Does it all work on this machine? ``minewatch demo``: from packet to weekly list, checked against the truth."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sensor.cli.demo import check, report
from sensor.cli.demo.registry import CITY, day_start_of, week_of, write_registry
from sensor.cli.demo.stage import DemoError, Stage, free_port, serving_port
from sensor.model.errors import ConfigError
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import compose
from sensor.simulate.traffic import Traffic, write_truth

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_SCENARIO, _SEED = "egress-day", 1
_MARK = ".minewatch-demo"
"""Lies in a folder that the demo made, and so may empty again."""


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where everything goes; emptied first.")] = Path("build/demo"),
    start: Annotated[str | None, typer.Option(help="First moment of the day, ISO 8601; default: yesterday.")] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Show the demo's data in a browser instead.")] = False,
) -> None:
    """Play a day of an egress link from packet to weekly list, and check what was found. Loopback only."""
    console = Console()
    stage = Stage(folder)
    if serve:
        _serve(console, stage)
        return
    began_s = time.monotonic()
    day_start = _moment(start)
    _clean(folder)
    archive, expected = _play(console, stage, day_start)
    detections = check.read_detections(folder / "detections.jsonl")
    rows = check.read_weekly_list(archive)
    report.summary(console, expected, detections, rows)
    faults = check.check_detections(expected, detections) + check.check_weekly_list(expected, rows)
    if faults:
        raise DemoError("what was found is not what was planted:\n  " + "\n  ".join(faults))
    console.print(f"{len(expected)} 处挖矿全部发现，无误报；单位与冲突均正确。", soft_wrap=True)
    took = f"({time.monotonic() - began_s:.0f} s)"
    said = f"All {len(expected)} mining places found, nothing else claimed, every unit and the conflict right {took}."
    console.print(said, soft_wrap=True)
    report.where_to_look(console, folder, archive)


def _play(console: Console, stage: Stage, day_start: datetime) -> tuple[Path, list[check.Expected]]:
    folder, port = stage.folder, free_port()
    with _step(console, "模拟一天的出口流量", "simulating a day of egress traffic"):
        traffic = _simulate(stage, day_start)
    with _step(console, "建立采集端并导入台账", "setting up the collector, importing the registry"):
        write_registry(folder / "registry", day_start)
        stage.write_configs(port)
        stage.prepare_collector(folder / "registry")
    with _step(console, "探针回放流量并上报", "the sensor replays the day and delivers"), stage.serving(port):
        stage.run_sensor()
    with _step(console, "离线扫描同一份抓包", "scanning the same capture offline"):
        stage.scan(folder / "detections.jsonl")
    with _step(console, "生成周清单", "freezing the weekly list"):
        archive = _weekly_list(stage, day_start)
    return archive, check.expectations(traffic.sessions, day_start)


def _simulate(stage: Stage, day_start: datetime) -> Traffic:
    traffic = compose(_SCENARIO, _SEED, round(day_start.timestamp()) * 10**9)
    write_pcap(stage.capture, traffic.rows)
    write_truth(stage.folder / "truth.json", _SCENARIO, _SEED, traffic)
    return traffic


def _weekly_list(stage: Stage, day_start: datetime) -> Path:
    folder = stage.folder / "weekly-list"
    folder.mkdir()
    stage.collector("weekly-list", "--week", week_of(day_start), "--division", CITY, "-o", str(folder))
    archives = sorted(folder.glob("*.zip"))
    if not archives:
        raise DemoError(f"weekly-list wrote no ZIP to {folder}; see {stage.folder / 'collector.log'}")
    return archives[-1]


def _serve(console: Console, stage: Stage) -> None:
    if not stage.collector_config.is_file() or not stage.login.is_file():
        raise ConfigError(f"{stage.folder} holds no demo; make one first: make demo")
    people = [line.split() for line in stage.login.read_text("utf-8").splitlines()]
    port = serving_port()
    console.print(f"浏览器打开 open http://127.0.0.1:{port}/")
    for user, role, password in people:
        console.print(f"用户 user: {user} ({role})   口令 password: {password}")
    console.print("按 Ctrl+C 结束 · Ctrl+C ends it")
    stage.serve_forever(port)


def _moment(text: str | None) -> datetime:
    if text is None:
        return day_start_of(datetime.now(UTC))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise ConfigError(f"--start {text!r} is not a time: write it like 2026-11-18T00:00:00+08:00") from fault
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _clean(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).is_file():
        raise ConfigError(f"{folder} is not empty and not a demo's folder: name another with --folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / _MARK).touch()


@contextmanager
def _step(console: Console, chinese: str, english: str) -> Iterator[None]:
    began_s = time.monotonic()
    console.print(f"· {chinese} {english} … ", end="")
    try:
        yield
    except BaseException:
        console.print("✗")
        raise
    console.print(f"{time.monotonic() - began_s:.1f} s")
