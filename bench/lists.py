"""How long does a weekly list of many rows take, and how much memory: frozen, and written as a ZIP?

Builds leads, sessions and detections in a database of its own (SQLite in a file), freezes the week, writes XLSX, CSV,
NDJSON and manifest in a process of its own, whose peak memory is measured. Ends with status 1 above a ceiling, unless
``--no-ceiling``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

CEILING_S = 60.0
CEILING_MB = 1_024.0
WEEK = "2026-W47"
START = datetime(2026, 11, 16, tzinfo=UTC)
_PART = 2_000


@dataclass(frozen=True)
class Measure:
    """Seconds of one process on one core; ``peak_mb`` is its resident memory at most."""

    rows: int
    freeze_s: float
    write_s: float
    cpu_s: float
    peak_mb: float
    zip_mb: float


def build(rows: int) -> None:
    """One lead, one session, one detection to a row; units of every kind, all in one city."""
    from collector.cases.models import Lead, LeadSession
    from collector.ingest.models import Detection, Sensor
    from collector.registry.models import Division
    from collector.resolve.models import Attribution

    Division.objects.create(code="330000", name="浙江省", level="province")
    Division.objects.create(code="330400", name="嘉兴市", level="city", parent="330000")
    sensor = Sensor.objects.create(sensor_id="egress", division_code="330400", operator="中国电信")
    basis = _basis()
    for first in range(0, rows, _PART):
        numbers = range(first, min(first + _PART, rows))
        events = Detection.objects.bulk_create(_event(number, sensor) for number in numbers)
        told = Attribution.objects.bulk_create(
            _attribution(number, event, basis) for number, event in zip(numbers, events, strict=True)
        )
        leads = Lead.objects.bulk_create(_lead(number) for number in numbers)
        LeadSession.objects.bulk_create(
            LeadSession(
                detection_id=event.detection_id,
                lead=lead,
                attribution=attribution,
                first_seen=event.first_seen,
                last_seen=event.last_seen,
            )
            for event, lead, attribution in zip(events, leads, told, strict=True)
        )


def measure(rows: int, folder: Path) -> Measure:
    """Freeze and write, as the command does."""
    from collector.lists.render.bundle import bundle
    from collector.lists.services import freeze
    from collector.lists.week import parse_week

    began, cpu = time.perf_counter(), time.process_time()
    frozen = freeze(parse_week(WEEK), "330400", START + timedelta(days=8))
    froze = time.perf_counter()
    file = bundle(frozen.issue)
    (folder / file.name).write_bytes(file.data)
    ended = time.perf_counter()
    if frozen.issue.row_count != rows:
        sys.exit(f"froze {frozen.issue.row_count} rows of {rows}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    times = (round(froze - began, 1), round(ended - froze, 1), round(time.process_time() - cpu, 1))
    return Measure(rows, *times, round(peak, 1), round(len(file.data) / 2**20, 1))


def _event(number: int, sensor: Any) -> Any:
    from collector.ingest.models import Detection
    from collector.registry.addresses import ip_key

    ip = f"36.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    first = START + timedelta(minutes=number % 9_000)
    body = {
        "miner": {"ip": ip, "port": 40_000, "ports_seen": [40_000, 40_001, 50_000 + number % 999]},
        "pool": {"ip": "198.51.100.7", "port": 3333, "domain": "pool.example.org", "operator": None},
        "algorithm": "sha256d",
        "hashrate": {"unit": "H/s", "method": "shares", "value": 1e14, "low": 9e13, "high": 1.2e14},
        "energy_kwh": {"low": 20.0, "value": 30.0, "high": 40.0, "hours": 10.0, "basis": "power"},
        "evidence": [{"signature": "stratum_v1_subscribe", "class": "protocol", "excerpt": "mining.subscribe"}],
    }
    return Detection(
        event_id=f"{number:032x}",
        detection_id=f"{number:032x}",
        state="closed",
        sensor=sensor,
        first_seen=first,
        last_seen=first + timedelta(hours=5),
        miner_ip=ip,
        miner_ip_key=ip_key(ip),
        miner_port=40_000,
        pool_ip="198.51.100.7",
        pool_port=3333,
        pool_domain="pool.example.org",
        dialect="stratum-v1",
        coin="BTC",
        verdict="confirmed",
        score=95,
        shares_submitted=500,
        body=body,
        received_at=first,
    )


def _attribution(number: int, event: Any, basis: str) -> Any:
    from collector.resolve.models import Attribution

    return Attribution(
        detection_id=event.detection_id,
        event=event,
        status="auto",
        confidence=0.95,
        unit_name=f"第{number}号有限公司",
        uscc=f"91330402{number:010d}",
        nature="private-enterprise",
        address=f"浙江省嘉兴市南湖区示例路{number}号",
        division_code=f"3304{2 + number % 80:02d}",
        method="line-ledger+filing",
        basis=basis,
        inputs_digest="0" * 64,
    )


def _lead(number: int) -> Any:
    from collector.cases.models import Lead

    code = f"3304{2 + number % 80:02d}"
    unit = {"unit_name": f"第{number}号有限公司", "uscc": f"91330402{number:010d}", "division_code": code}
    seen = {"first_seen": START, "last_seen": START, "detections": 1, "ip": "36.0.0.0"}
    return Lead(no=f"L2026-{number:06d}", key=f"unit:{number}@{code}", **unit, **seen)


def _basis() -> str:
    """The registers' state: with it, nothing is to be resolved again."""
    from collector.resolve.options import current_options
    from collector.resolve.state import registry_state

    return registry_state(current_options())


def _django(folder: Path) -> None:
    import django

    config = folder / "collector.yaml"
    config.write_text(f"data_dir: {folder}\n", "utf-8")
    os.environ["MINEWATCH_COLLECTOR_CONFIG"] = str(config)
    os.environ["DJANGO_SETTINGS_MODULE"] = "collector.settings.deployed"
    django.setup()


def main(argv: list[str] | None = None) -> int:
    """Build in this process, measure in another, so that what was built is not in its memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--no-ceiling", action="store_true")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args(argv)
    if asked.folder:
        _django(asked.folder)
        sys.stdout.write(json.dumps(asdict(measure(asked.rows, asked.folder))))
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _django(folder)
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        build(asked.rows)
        command = [sys.executable, __file__, "--rows", str(asked.rows), "--folder", name]
        found = Measure(**json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))
    return _told(found, asked)


def _told(found: Measure, asked: argparse.Namespace) -> int:
    total = found.freeze_s + found.write_s
    sys.stdout.write(
        f"{found.rows} rows: frozen in {found.freeze_s} s, written in {found.write_s} s (processor {found.cpu_s} s), "
        f"peak {found.peak_mb} MB, ZIP {found.zip_mb} MB\n"
    )
    if asked.json:
        asked.json.write_text(json.dumps(asdict(found), indent=2) + "\n", "utf-8")
    is_over = total > CEILING_S or found.peak_mb > CEILING_MB
    return int(is_over and not asked.no_ceiling)


if __name__ == "__main__":
    sys.exit(main())
