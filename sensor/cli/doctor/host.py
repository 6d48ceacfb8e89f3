"""Is the host itself fit: engine, privileges, processors, memory, clock?"""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from sensor.cli.doctor.finding import Finding, stop, warning, well
from sensor.config.options import SensorOptions
from sensor.daemon.clock import ClockState, clock_state
from sensor.engine.select import choose_engine
from sensor.model.errors import EngineError

CLOCK_ERROR_MS = 500.0
"""A worse clock makes carriers' records of source ports miss the detection."""
FLOW_BYTES = {"native": 80, "portable": 1_280}
"""What one flow takes in the table, heads apart: of the native engine by design, of the portable one as measured."""
RECORD_BYTES = {"native": 311, "portable": 600}
"""What a flow takes besides whose behaviour is recorded, as measured (bench/README.md)."""
REMEMBERED_BYTES = 250
"""What is remembered of the records that such a flow gave before."""
_ENGINE = ("引擎", "engine")
_PRIVILEGES = ("权限", "privileges")
_PROCESSORS = ("处理器", "processors")
_MEMORY = ("内存", "memory")
_CLOCK = ("时钟", "clock")


def look_at_host(options: SensorOptions | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Everything about the host; without options, for a sensor on one interface."""
    live = options is None or any(source.interface for source in options.sources)
    yield _engine(environ, live=live)
    if live:
        yield _privileges()
    if options is not None:
        yield from _root(options)
        yield _processors(options)
        yield _memory(options, environ)
    yield _clock()


def _engine(environ: Mapping[str, str], *, live: bool) -> Finding:
    try:
        name = choose_engine(environ).name
    except EngineError as fault:
        return stop(_ENGINE, str(fault), "重建本地引擎，或设 MINEWATCH_ENGINE=portable", "as the message says")
    found = f"{name} · Python {platform.python_version()} · {platform.machine()}"
    if name == "portable" and live:
        zh = "通用引擎每核每秒约数万包；以 MINEWATCH_NATIVE=require 重装即得本地引擎"
        en = "good for tens of thousands of packets a second and core; reinstall with MINEWATCH_NATIVE=require for more"
        return warning(_ENGINE, found, zh, en)
    return well(_ENGINE, found)


def _privileges() -> Finding:
    """Asked by doing: capabilities, namespaces and security modules all have a say."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except OSError as fault:
        zh = "需要 CAP_NET_RAW：systemd 用 AmbientCapabilities=CAP_NET_RAW，容器用 --cap-add=NET_RAW"
        en = "needs CAP_NET_RAW: AmbientCapabilities=CAP_NET_RAW in the unit, --cap-add=NET_RAW for a container"
        return stop(_PRIVILEGES, f"no packet socket: {fault.strerror} (uid {os.geteuid()})", zh, en)
    return well(_PRIVILEGES, f"packet sockets can be opened (uid {os.geteuid()})")


def _root(options: SensorOptions) -> Iterator[Finding]:
    if os.geteuid() == 0 and options.workers.user is None and any(source.interface for source in options.sources):
        zh = "设 workers.user 为普通账号，或用随附的 systemd 单元"
        en = "set workers.user to an unprivileged account, or run under the systemd unit that comes along"
        yield warning(_PRIVILEGES, "runs as root and parses hostile packets as root", zh, en)


def _processors(options: SensorOptions) -> Finding:
    have = len(os.sched_getaffinity(0))
    wanted = sum(source.workers for source in options.sources if source.interface)
    found = f"{have} for {wanted} live workers"
    if wanted > have:
        return warning(
            _PROCESSORS,
            found,
            "减少 interface.workers，每核至多一个",
            "lower interface.workers: one per core at the most",
        )
    return well(_PROCESSORS, found)


def _memory(options: SensorOptions, environ: Mapping[str, str]) -> Finding:
    available = _available_bytes()
    rings = sum(source.interface.ring_bytes for source in options.sources if source.interface)
    workers = sum(source.workers for source in options.sources)
    tables = workers * tables_bytes(options, _engine_name(environ))
    found = f"{_mib(available)} available · rings {_mib(rings)} · flow tables at most about {_mib(tables)}"
    if rings > available:
        return stop(_MEMORY, found, "减小 blocks 或 workers", "lower interface.blocks or interface.workers")
    if rings + tables > available:
        zh = "流表占满时内存不足：减小 limits.max_flows 或 max_held_bytes"
        return warning(_MEMORY, found, zh, "too little once the tables fill: lower limits.max_flows or max_held_bytes")
    return well(_MEMORY, found)


def _clock() -> Finding:
    try:
        state = clock_state()
    except OSError as fault:
        return warning(_CLOCK, f"the kernel does not say ({fault.strerror})", "确认主机已对时", "check it on the host")
    return judge_clock(state)


def tables_bytes(options: SensorOptions, engine: str) -> int:
    """What the tables of one worker take once they are full, about."""
    limits, behaviour = options.limits, options.behaviour
    flows = limits.max_flows * FLOW_BYTES[engine] + limits.max_held_bytes
    records = min(behaviour.max_records, limits.max_flows) if behaviour.model else 0
    return flows + records * (RECORD_BYTES[engine] + REMEMBERED_BYTES)


def _engine_name(environ: Mapping[str, str]) -> str:
    """The engine that would be chosen; without one that works the tables of the larger are reckoned with."""
    try:
        return choose_engine(environ).name
    except EngineError:
        return "portable"


def judge_clock(state: ClockState) -> Finding:
    """Times are evidence: a NATed address is resolved by them to the millisecond."""
    found = f"± {state.max_error_ms:.1f} ms at most, ± {state.estimated_error_ms:.1f} ms as estimated"
    zh, en = "启用 chrony 或 systemd-timesyncd", "run chrony or systemd-timesyncd, and look at: chronyc tracking"
    if not state.synchronised:
        return warning(_CLOCK, f"not synchronised ({found})", zh, en)
    if state.max_error_ms > CLOCK_ERROR_MS:
        return warning(_CLOCK, found, "检查时间源", "look for a nearer time source: chronyc sources")
    return well(_CLOCK, found)


def _available_bytes() -> int:
    """What programs can still have: of the host, or of the container if that has less."""
    rows = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
    host = next(int(row[1]) * 1024 for row in rows if row[0] == "MemAvailable:")
    bound = Path("/sys/fs/cgroup/memory.max")
    text = bound.read_text().strip() if bound.exists() else "max"
    return min(host, int(text)) if text.isdecimal() else host


def _mib(size_bytes: int) -> str:
    return f"{size_bytes // 1_048_576} MiB"
