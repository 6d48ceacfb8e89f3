"""Is each interface there, up and fit for capture, and what does its offloading mean?"""

from __future__ import annotations

import array
import fcntl
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

from sensor.capture.packet_socket import look_up
from sensor.cli.doctor.finding import Finding, stop, warning, well
from sensor.config.options import InterfaceSettings
from sensor.daemon.plan import interface_fault
from sensor.model.errors import CaptureError

LONGEST_MERGED_BYTES = 65_535 + 18
"""What GRO and LRO merge, at most, with an Ethernet header and a VLAN tag."""
_SIOCETHTOOL = 0x8946
_ETHTOOL_GGRO, _ETHTOOL_GFLAGS = 0x2B, 0x25
_FLAG_LRO = 1 << 15
_SYSFS = Path("/sys/class/net")


def look_at_interface(settings: InterfaceSettings) -> Iterator[Finding]:
    """Everything about one interface, in the order in which it must be mended."""
    name = settings.name
    what = ("接口", "interface")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            link = look_up(sock, name)
        except CaptureError as fault:
            yield stop(what, str(fault), "插好线缆，核对接口名（ip link）", "check its name (ip link) and bring it up")
            return
        carrier = _number(name, "carrier")
        found = f"{name} up · MTU {_number(name, 'mtu') or '?'} · {_speed(name)}"
        if carrier == 0:
            yield stop(
                what, f"{name}: no carrier", "检查线缆、光模块和镜像口", "check cable, optics and the mirror port"
            )
        else:
            yield well(what, found)
        if not link.is_loopback:
            yield from _promiscuous(settings)
        yield from _offloads(sock, settings)
    yield from _lost(name)
    yield _opens(settings)


def offloads(sock: socket.socket, name: str) -> tuple[bool | None, bool | None]:
    """Whether GRO and LRO are on, by the ethtool ioctl; None where the driver does not say."""
    gro, flags = _ethtool(sock, name, _ETHTOOL_GGRO), _ethtool(sock, name, _ETHTOOL_GFLAGS)
    return (None if gro is None else bool(gro)), (None if flags is None else bool(flags & _FLAG_LRO))


def _promiscuous(settings: InterfaceSettings) -> Iterator[Finding]:
    flags = _text(settings.name, "flags")
    is_on = bool(int(flags, 16) & 0x100) if flags else False
    what = ("混杂模式", "promiscuous mode")
    if settings.promiscuous or is_on:
        yield well(what, "asked for by interface.promiscuous" if settings.promiscuous else "on")
    else:
        zh = "镜像口、分光口须设 interface.promiscuous: true"
        yield warning(
            what,
            "off: frames for other hosts are not seen",
            zh,
            "on a mirror port or tap set interface.promiscuous: true",
        )


def _offloads(sock: socket.socket, settings: InterfaceSettings) -> Iterator[Finding]:
    name = settings.name
    gro, lro = offloads(sock, name)
    what = ("网卡卸载", "offloads")
    told = f"GRO {_word(gro)}, LRO {_word(lro)}"
    if lro:
        zh, en = f"执行 ethtool -K {name} lro off", f"ethtool -K {name} lro off"
        yield warning(what, f"{told}: LRO merges packets in the card and drops their headers", zh, en)
    elif gro and settings.snaplen_bytes < LONGEST_MERGED_BYTES:
        found = f"{told}: frames up to 64 KiB come merged, but only {settings.snaplen_bytes} bytes of each are kept"
        en = f"raise interface.snaplen_bytes to 262144, or ethtool -K {name} gro off"
        yield warning(what, found, f"调大 snaplen_bytes，或 ethtool -K {name} gro off", en)
    elif gro:
        yield well(
            what, f"{told}: packets of a flow come merged; no byte is lost, packet counts are lower than on the wire"
        )
    else:
        yield well(what, told)


def _lost(name: str) -> Iterator[Finding]:
    """What the card itself threw away since the host started: no ring of ours can get that back."""
    missed = _number(name, "statistics/rx_missed_errors") or 0
    errors = _number(name, "statistics/rx_errors") or 0
    what = ("网卡丢包", "lost by the card")
    if missed or errors:
        en = f"see ethtool -S {name}; enlarge its ring: ethtool -G {name} rx 4096; check optics and cable"
        yield warning(what, f"{missed} missed, {errors} errors since the host started", "调大网卡环或检查光路", en)
    else:
        yield well(what, "0 missed, 0 errors since the host started")


def _opens(settings: InterfaceSettings) -> Finding:
    what = ("试抓包", "opening it")
    fault = interface_fault(settings)
    if fault:
        return stop(what, fault, "按提示处理", "as the message says")
    return well(what, f"a socket with a small ring opens on {settings.name}, the filter included")


def _ethtool(sock: socket.socket, name: str, command: int) -> int | None:
    """struct ethtool_value behind struct ifreq, see linux/ethtool.h."""
    value = array.array("I", [command, 0])
    request = struct.pack("16sP16x", name.encode(), value.buffer_info()[0])
    try:
        fcntl.ioctl(sock, _SIOCETHTOOL, request)
    except OSError:
        return None
    return value[1]


def _word(state: bool | None) -> str:
    return {True: "on", False: "off", None: "unknown"}[state]


def _speed(name: str) -> str:
    speed = _number(name, "speed")
    return f"{speed} Mbit/s" if speed and speed > 0 else "speed unknown"


def _number(name: str, field: str) -> int | None:
    text = _text(name, field)
    return int(text) if text and text.lstrip("-").isdecimal() else None


def _text(name: str, field: str) -> str | None:
    try:
        return _SYSFS.joinpath(name, field).read_text().strip()
    except OSError:
        return None
