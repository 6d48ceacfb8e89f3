"""How is traffic made? ``minewatch simulate SCENARIO -o FILE`` or ``-i INTERFACE``."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from sensor.model.errors import CaptureError, ConfigError
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import DEFAULT_START_NS, SCENARIOS, compose
from sensor.simulate.send import check_interface, open_socket, paced
from sensor.simulate.shaping import parse_shape
from sensor.simulate.traffic import Traffic, write_truth
from sensor.simulate.wraps.carriers import find_carrier
from sensor.simulate.wraps.named import find_dress, find_wrap

app = typer.Typer(add_completion=False, rich_markup_mode=None)
_T = TypeVar("_T")


@app.command()
def simulate(
    scenario: Annotated[str | None, typer.Argument(help="A name from --list.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write a pcap file (nanoseconds).")] = None,
    interface: Annotated[
        str | None, typer.Option("-i", "--interface", help="Send on a loopback interface, or in a network namespace.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    start: Annotated[str | None, typer.Option(help="When it begins, ISO 8601; without a zone it is UTC.")] = None,
    duration: Annotated[float | None, typer.Option(min=1, help="Length in seconds.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Write what was planted, as JSON.")] = None,
    shape: Annotated[list[str] | None, typer.Option(help="What the network does: split=N, swap, client-only …")] = None,
    wrap: Annotated[
        list[str] | None, typer.Option(help="What is around it, outermost first: socks5, websocket …")
    ] = None,
    dress: Annotated[list[str] | None, typer.Option(help="How its JSON is written: reordered, escaped …")] = None,
    carrier: Annotated[list[str] | None, typer.Option(help="What its packets travel in: qinq, mpls, gtpu …")] = None,
    vlan: Annotated[int | None, typer.Option(min=0, max=4094, help="Tag every TCP frame.")] = None,
    speed: Annotated[float, typer.Option(min=0.001, help="With -i: how much faster than the clock.")] = 1.0,
    i_own_this_network: Annotated[bool, typer.Option(help="With -i: any interface.")] = False,
    list_scenarios: Annotated[bool, typer.Option("--list", help="Show the scenarios.")] = False,
) -> None:
    """Make the traffic of a mining session, or of something that only looks like one. Nothing is hashed."""
    if list_scenarios:
        Console().print(_table())
        return
    if scenario is None or (output is None) == (interface is None):
        raise ConfigError("name a scenario and say where it goes: -o FILE or -i INTERFACE; --list shows the scenarios")
    if interface is not None:
        check_interface(interface, own_network=i_own_this_network)
    traffic = compose(
        scenario,
        seed,
        _start_ns(start),
        **_params(scenario, duration, vlan, shape or [], wrap or [], dress or [], carrier or []),
    )
    _put(traffic, output, interface, speed)
    if truth is not None:
        _write(truth, lambda path: write_truth(path, scenario, seed, traffic))


def _params(
    scenario: str,
    duration: float | None,
    vlan: int | None,
    shapes: list[str],
    wraps: list[str],
    dress: list[str],
    carriers: list[str],
) -> dict[str, Any]:
    given: dict[str, Any] = {
        "duration_s": duration,
        "vlan": vlan,
        "shapes": tuple(parse_shape(text) for text in shapes) or None,
        "wraps": tuple(find_wrap(name) for name in wraps) or None,
        "dress": tuple(find_dress(name) for name in dress) or None,
        "carriers": tuple(find_carrier(name) for name in carriers) or None,
    }
    params = {name: value for name, value in given.items() if value is not None}
    if scenario == "egress-day" and set(params) - {"duration_s"}:
        raise ConfigError("egress-day takes no --shape, --wrap, --dress, --carrier or --vlan: it has its own mix")
    return params


def _put(traffic: Traffic, output: Path | None, interface: str | None, speed: float) -> None:
    if output is not None:
        count = _write(output, lambda path: write_pcap(path, traffic.rows))
        where = str(output)
    else:
        count, where = _send(traffic, str(interface), speed), str(interface)
    typer.echo(f"{count} packets, {len(traffic.sessions)} mining sessions → {where}", err=True)


def _send(traffic: Traffic, interface: str, speed: float) -> int:
    socket = open_socket(interface)
    try:
        return sum(1 for frame in paced(traffic.rows, speed, time.monotonic, time.sleep) if socket.send(frame))
    except OSError as fault:
        raise CaptureError(f"sending on {interface} failed: {fault}") from fault
    finally:
        socket.close()


def _write(path: Path, writer: Callable[[Path], _T]) -> _T:
    try:
        return writer(path)
    except OSError as fault:
        raise ConfigError(f"cannot write {path}: {fault.strerror}; name a file in a folder that exists") from fault


def _start_ns(text: str | None) -> int:
    if text is None:
        return DEFAULT_START_NS
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise ConfigError(f"--start {text!r} is not a time: write it like 2026-11-26T00:00:00Z") from fault
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1e6) * 1000


def _table() -> Table:
    table = Table(title="Scenarios 场景", show_lines=True)
    table.add_column("name 名称", no_wrap=True)
    table.add_column("mining 挖矿", no_wrap=True)
    table.add_column("who speaks so")
    table.add_column("what 内容", overflow="fold", ratio=1)
    for scenario in SCENARIOS.values():
        mining = "yes 是" if scenario.mining else "no 否"
        table.add_row(scenario.name, mining, scenario.who, f"{scenario.what_en}\n{scenario.what_zh}")
    return table
