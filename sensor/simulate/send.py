"""May these frames go out here, and when does each go? Onto loopback or a network namespace made for the purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol, cast

from sensor.model.errors import CaptureError, ConfigError
from sensor.simulate.frames import Row

_IFF_LOOPBACK = 0x8
_INTERFACES = Path("/sys/class/net")
_NAMED_NAMESPACES = Path("/run/netns")


class FrameSocket(Protocol):
    """Where frames go out."""

    def send(self, frame: bytes) -> int:
        """Send one frame."""

    def close(self) -> None:
        """Give the interface back."""


def check_interface(name: str, *, own_network: bool = False, interfaces: Path = _INTERFACES) -> None:
    """Refuse an interface on which simulated frames could reach somebody else's network."""
    flags = interfaces / name / "flags"
    if not flags.is_file():
        known = ", ".join(sorted(entry.name for entry in interfaces.iterdir()))
        raise ConfigError(f"no interface {name!r} here: there are {known}")
    if own_network or int(flags.read_text(), 16) & _IFF_LOOPBACK or in_named_namespace():
        return
    raise ConfigError(
        f"{name} is not a loopback interface and this is no network namespace made for the purpose: run inside one "
        "(ip netns add NAME; ip netns exec NAME …), or say --i-own-this-network"
    )


def in_named_namespace(named: Path = _NAMED_NAMESPACES, own: Path = Path("/proc/self/ns/net")) -> bool:
    """True when this process runs in a namespace that ``ip netns add`` made."""
    if not named.is_dir() or not own.exists():
        return False
    return any(entry.samefile(own) for entry in named.iterdir())


def open_socket(name: str) -> FrameSocket:
    """A link-layer socket on the interface; raises CaptureError without the right to."""
    from scapy.config import conf

    try:
        return cast(FrameSocket, conf.L2socket(iface=name))
    except OSError as fault:
        raise CaptureError(f"cannot send on {name}: {fault}; this needs root or CAP_NET_RAW") from fault


def paced(
    rows: Iterable[Row], speed: float, clock_s: Callable[[], float], sleep: Callable[[float], None]
) -> Iterator[bytes]:
    """Each frame when it is due; ``speed`` 60 plays a minute in a second."""
    began_s, first_ns = clock_s(), None
    for at_ns, frame in rows:
        first_ns = at_ns if first_ns is None else first_ns
        wait_s = began_s + (at_ns - first_ns) / 1e9 / speed - clock_s()
        if wait_s > 0:
            sleep(wait_s)
        yield frame
