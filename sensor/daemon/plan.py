"""What will a sensor do, and is everything there that it needs?"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from sensor.behaviour.model import Model
from sensor.capture import open_capture
from sensor.capture.interface import open_interface
from sensor.capture.privileges import find_identity
from sensor.config.options import InterfaceSettings, LimitOptions, SensorOptions, SourceOptions, UplinkOptions
from sensor.config.secrets import account_key, uplink_token
from sensor.daemon.behaviour import model_of
from sensor.daemon.source import interface_options
from sensor.engine.api import Engine
from sensor.engine.select import choose_engine
from sensor.model.errors import ConfigError, MinewatchError
from sensor.model.wire import SensorRef
from sensor.signature import SignatureSet, load
from sensor.sinks.courier import check_way

T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """Options with everything they name found and loaded."""

    options: SensorOptions
    sensor: SensorRef
    engine: Engine
    signatures: SignatureSet
    model: Model | None
    """By which behaviour is judged."""
    token: Callable[[], str | None]
    """The uplink's token, read anew at every call."""
    account_key: bytes | None
    """Under which accounts leave as pseudonyms; None when they leave as they are."""
    warnings: tuple[str, ...]
    """What works, but should be looked at."""


def prepare(options: SensorOptions, environ: Mapping[str, str]) -> Plan:
    """Find and load everything the options name; nothing is written.

    Raises :class:`~sensor.model.errors.ConfigError` that lists every fault on a line of its own.
    """
    faults: list[str] = []
    engine = _attempt(faults, lambda: choose_engine(environ))
    signatures = _attempt(faults, lambda: load(options.signatures))
    model = _attempt(faults, lambda: model_of(options.behaviour))
    for source in options.sources:
        _attempt(faults, partial(_check_source, source))
    if options.uplink:
        _check_uplink(faults, options.uplink, environ)
        _attempt(faults, lambda: _check_folder("spool.path", options.spool.path))
    if user := options.workers.user:
        _attempt(faults, lambda: find_identity(user))
    if options.jsonl and (path := options.jsonl.path):
        _attempt(faults, lambda: _check_folder("jsonl.path", path))
    key = _attempt(faults, lambda: account_key(options.privacy))
    if faults or engine is None or signatures is None:
        raise ConfigError("\n".join(faults))
    return Plan(
        options=options,
        sensor=SensorRef(id=options.sensor.id, site=options.sensor.site),
        engine=engine,
        signatures=signatures,
        model=model,
        token=lambda: uplink_token(options.uplink, environ) if options.uplink else None,
        account_key=key,
        warnings=tuple(_warnings(options)),
    )


def describe(plan: Plan) -> list[tuple[str, str]]:
    """The plan as rows of (what, how), for people."""
    options = plan.options
    rows = [
        ("探针 sensor", f"{options.sensor.id} {options.sensor.site}".strip()),
        ("引擎 engine", plan.engine.name),
        ("特征库 signatures", f"{options.signatures or 'shipped'} · {plan.signatures.fingerprint[:16]}"),
        ("本地网段 home networks", ", ".join(options.home_networks) or "任意 any"),
        *(("数据源 source", _describe_source(source)) for source in options.sources),
    ]
    if options.uplink:
        rows.append(("上报 uplink", f"{options.uplink.url} · {_proof(plan)}"))
        rows.append(("队列 spool", f"{options.spool.path} · ≤ {options.spool.max_rows} rows"))
    if options.jsonl:
        rows.append(("输出 jsonl", str(options.jsonl.path or "stdout")))
    if plan.model is not None:
        rows.append(("行为模型 behaviour", f"{plan.model.label} · {options.behaviour.key or '仅校验摘要 digest only'}"))
    if plan.account_key is not None:
        rows.append(("账户 accounts", f"以密钥哈希上报 leave as pseudonyms · {options.privacy.hash_accounts_key}"))
    if options.status.port is not None:
        rows.append(("监控 status", f"http://{options.status.host}:{options.status.port}/metrics"))
    defaults = LimitOptions().model_dump()
    changed = [f"{name}={value}" for name, value in options.limits.model_dump().items() if value != defaults[name]]
    rows.append(("上限 limits", ", ".join(changed) or "默认 defaults"))
    return rows + [("注意 warning", text) for text in plan.warnings]


def _attempt(faults: list[str], work: Callable[[], T]) -> T | None:
    try:
        return work()
    except MinewatchError as error:
        faults.append(str(error))
        return None


def _describe_source(source: SourceOptions) -> str:
    if source.interface is None:
        return f"{source.capture} · {source.pace.value}"
    live = source.interface
    return f"{live.name} · {live.workers} workers · {live.mode} · {live.ring_bytes // 1_048_576} MiB"


def _check_source(source: SourceOptions) -> None:
    """A capture must open. An interface may come up later; only what waiting cannot mend is a fault."""
    if source.interface is None:
        open_capture(str(source.capture)).close()
    else:
        interface_options(source.interface)


def interface_fault(settings: InterfaceSettings) -> str | None:
    """What stands in the way of capturing there right now."""
    try:
        open_interface(replace(interface_options(settings), fanout_group=None, blocks=2)).close()
    except MinewatchError as fault:
        return str(fault)
    return None


def _check_uplink(faults: list[str], uplink: UplinkOptions, environ: Mapping[str, str]) -> None:
    _attempt(faults, lambda: check_way(uplink))
    before = len(faults)
    token = _attempt(faults, lambda: uplink_token(uplink, environ))
    if len(faults) == before and token is None and uplink.client_cert_file is None:
        advice = "name the file with this sensor's token in uplink.token_file, or set MINEWATCH_UPLINK_TOKEN"
        faults.append(f"uplink: has neither a token nor a client certificate, so the collector takes nothing; {advice}")


def _check_folder(option: str, path: Path) -> None:
    """The nearest folder that is there must take new files; the missing ones are made at the start."""
    there = next(folder for folder in path.absolute().parents if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise ConfigError(f"{option}: {path}: nothing can be written in {there}; mend its permissions or the option")


def _warnings(options: SensorOptions) -> list[str]:
    warnings = []
    if options.uplink and options.uplink.url.startswith("http:") and not _is_loopback(options.uplink.url):
        warnings.append("uplink.url is http: the token and every detection travel unprotected; use https")
    if not options.home_networks:
        warnings.append("home_networks is empty: any host can be reported, on either side of the link")
    if options.status.port is not None and not _is_loopback(f"http://{options.status.host}"):
        warnings.append(f"status.host is {options.status.host}: metrics can be read from beyond this machine")
    for source in options.sources:
        if source.interface and (fault := interface_fault(source.interface)):
            warnings.append(f"{fault}; until then it is tried again and again")
    return warnings


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _proof(plan: Plan) -> str:
    uplink = plan.options.uplink
    return "客户端证书 client certificate" if uplink and uplink.client_cert_file else "令牌 token"
