"""Will what is found arrive: signatures in order, spool writable, collector there and this sensor known to it?"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import httpx
from pydantic import AwareDatetime, BaseModel, ValidationError

from sensor.cli.doctor.finding import Finding, stop, warning, well
from sensor.config.options import SensorOptions, UplinkOptions
from sensor.config.secrets import uplink_token
from sensor.daemon.reload import age_s, sizes
from sensor.model.errors import ConfigError, SignatureError
from sensor.signature import load
from sensor.signature.lint import lint_folder
from sensor.sinks.post import open_client

OLD_SIGNATURES_S = 30 * 86_400
CLOCK_APART_S = 1.0
ANSWER_S = 10.0
_SIGNATURES = ("特征库", "signatures")
_SPOOL = ("队列", "spool")
_COLLECTOR = ("汇聚端", "collector")


class _SensorOut(BaseModel):
    """What the collector says of the sensor whose token it was shown."""

    sensor_id: str
    time: AwareDatetime


def look_at_signatures(folder: Path | None, now_ns: int) -> Iterator[Finding]:
    """Do they load, how old are they, and do they keep the rules of the house?"""
    try:
        signatures = load(folder)
    except SignatureError as fault:
        first, *rest = str(fault).splitlines()
        more = f" (and {len(rest)} more)" if rest else ""
        yield stop(
            _SIGNATURES, first + more, "minewatch signatures lint 列出全部问题", "minewatch signatures lint lists all"
        )
        return
    age = age_s(signatures, now_ns)
    held = ", ".join(f"{count} {what}" for what, count in sizes(signatures).items())
    found = f"{signatures.short_fingerprint} · {held} · newest change {age // 86_400} days ago"
    if age > OLD_SIGNATURES_S:
        en = "bring a newer set and name its folder in 'signatures', or upgrade"
        yield warning(_SIGNATURES, found, "更新特征库", en)
    else:
        yield well(_SIGNATURES, found)
    faults = lint_folder(folder) if folder else ()
    if faults:
        yield warning(
            _SIGNATURES,
            f"{len(faults)} lints, first {faults[0]}",
            "见 minewatch signatures lint",
            "see minewatch signatures lint",
        )


def look_at_spool(options: SensorOptions) -> Iterator[Finding]:
    """Can it be written, is there room, and does nobody else hold it?"""
    path = options.spool.path
    there = next(folder for folder in path.absolute().parents if folder.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=".minewatch-doctor-") as probe:
            probe.write(b"x")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as fault:
        en = f"give the sensor's user write permission in {there}, or change spool.path"
        yield stop(_SPOOL, f"{there}: cannot be written ({fault.strerror})", "修正目录权限或 spool.path", en)
        return
    free = shutil.disk_usage(there).free
    found = f"{path} · {free // 1_048_576} MiB free · at most {options.spool.max_bytes // 1_048_576} MiB of statements"
    if free < options.spool.max_bytes:
        yield warning(_SPOOL, found, "清理磁盘或减小 spool.max_bytes", "free disk space, or lower spool.max_bytes")
    else:
        yield well(_SPOOL, found + _holder(path))


def look_at_collector(options: UplinkOptions, sensor_id: str, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Does it answer, does it know this sensor, and do the clocks agree?"""
    if not options.url.startswith("http"):
        yield well(_COLLECTOR, f"{options.url}: a bus; the collector's receipts tell, see the metrics of the uplink")
        return
    try:
        token = uplink_token(options, environ)
        client = open_client(options)
    except ConfigError as fault:
        yield stop(_COLLECTOR, str(fault), "按提示处理", "as the message says")
        return
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    asked_s = time.time()
    try:
        with client:
            answer = client.get(f"{options.url}/api/v1/sensor", headers=headers, timeout=ANSWER_S)
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        en = "check uplink.url, routes, firewall and ca_file; what is found waits in the spool"
        yield warning(_COLLECTOR, f"{options.url}: {fault}", "检查地址、路由、防火墙与证书；检测暂存于队列", en)
        return
    yield from _judge(answer, options.url, sensor_id, (asked_s, time.time()))


def _judge(answer: httpx.Response, url: str, sensor_id: str, between_s: tuple[float, float]) -> Iterator[Finding]:
    """``between_s``: the own times between which the collector read its clock."""
    if answer.status_code in (401, 403):
        en = f"there: minewatch collector enroll-sensor {sensor_id} --rotate; put the token in uplink.token_file"
        yield stop(_COLLECTOR, f"{url}: the token is not accepted", "在汇聚端重新登记探针并更换令牌", en)
        return
    try:
        told = _SensorOut.model_validate_json(answer.content)
    except ValidationError:
        found = f"{url}: HTTP {answer.status_code}, but not as a collector answers"
        yield warning(_COLLECTOR, found, "核对 uplink.url", "is uplink.url the collector, of this release?")
        return
    if told.sensor_id != sensor_id:
        en = f"set sensor.id to {told.sensor_id}, or use the token of {sensor_id}"
        yield stop(_COLLECTOR, f"the token belongs to sensor {told.sensor_id}", "令牌与 sensor.id 不符", en)
        return
    asked_s, answered_s = between_s
    apart_s = max(asked_s - told.time.timestamp(), told.time.timestamp() - answered_s, 0.0)
    if apart_s > CLOCK_APART_S:
        found = f"{url}: clocks are {apart_s:.1f} s apart (collector {_clock_text(told.time)})"
        yield warning(_COLLECTOR, found, "两端对时", "synchronise both clocks")
    else:
        yield well(_COLLECTOR, f"{url}: answers, token accepted for {sensor_id}, clocks within {CLOCK_APART_S:g} s")


def _clock_text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S %Z")


def _holder(path: Path) -> str:
    """Who has the spool open, for the reader to know that a sensor runs."""
    lock = path.with_name(path.name + ".lock")
    if not lock.exists():
        return ""
    with lock.open("r", encoding="ascii", errors="replace") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return f" · in use by pid {file.read(20).strip() or '?'}"
    return ""
