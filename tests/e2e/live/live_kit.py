"""How do live tests get a wire of their own? Two network namespaces with a veth pair between them."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sensor.capture.interface import InterfaceOptions, InterfaceSource, open_interface
from sensor.engine.api import Frame

Look = Callable[..., InterfaceSource]
"""Opens a source on the near end with these options; it is closed after the test."""
_IP = shutil.which("ip") or "/usr/sbin/ip"
_NAMESPACES = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_OWN = Path("/proc/thread-self/ns/net")
_NO_IPV6 = Path("/proc/sys/net/ipv6/conf/all/disable_ipv6")


@dataclass(frozen=True)
class Wire:
    """A veth pair: ``far`` in namespace ``there`` sends, ``near`` in namespace ``here`` is where the sensor looks."""

    here: str
    there: str
    near: str = "near0"
    far: str = "far0"

    def send(self, frames: Iterable[bytes]) -> int:
        """Send from the far end, as fast as one socket can; the number of frames the kernel took."""
        with inside(self.there), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
            sock.bind((self.far, 0))
            return sum(1 for frame in frames if sock.send(frame))

    def ip(self, words: str) -> str:
        """``ip`` in the near namespace, and what it says."""
        return _ip("-n", self.here, *words.split())

    def ip_there(self, words: str) -> str:
        """``ip`` in the far namespace."""
        return _ip("-n", self.there, *words.split())


@contextmanager
def make_wire() -> Iterator[Wire]:
    """A wire that carries nothing but what the test sends: no addresses, no IPv6 of the kernel's own."""
    _need_root()
    made = Wire(f"mw-here-{os.getpid()}", f"mw-there-{os.getpid()}")
    try:
        for name in (made.here, made.there):
            _ip("netns", "add", name)
            with inside(name):
                _NO_IPV6.write_text("1")
        pair = f"link add {made.near} netns {made.here} type veth peer name {made.far} netns {made.there}"
        _ip(*pair.split())
        made.ip(f"link set {made.near} up")
        made.ip_there(f"link set {made.far} up")
        yield made
    finally:
        for name in (made.here, made.there):
            subprocess.run([_IP, "netns", "del", name], check=False, capture_output=True)


@contextmanager
def inside(namespace: str) -> Iterator[None]:
    """This thread in another network namespace; sockets opened meanwhile stay there."""
    home = os.open(_OWN, os.O_RDONLY)
    there = os.open(_NAMESPACES / namespace, os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(home)
        os.close(home)
        os.close(there)


@contextmanager
def make_look(wire: Wire) -> Iterator[Look]:
    """Opens sources on the near end, and closes them."""
    opened: list[InterfaceSource] = []

    def look(**options: object) -> InterfaceSource:
        with inside(wire.here):
            opened.append(open_interface(InterfaceOptions(**{"interface": wire.near, **options})))  # type: ignore[arg-type]
        return opened[-1]

    try:
        yield look
    finally:
        for source in opened:
            source.close()


def drain(source: InterfaceSource) -> list[Frame]:
    """Every frame that has reached the source by now."""
    source.stop()
    return [item for item in source.frames() if isinstance(item, Frame)]


def _need_root() -> None:
    if os.geteuid() != 0 and os.environ.get("CI") != "true":
        pytest.skip("network namespaces need root")


def _ip(*words: str) -> str:
    done = subprocess.run([_IP, *words], check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"
    return done.stdout


def _enter(namespace: int) -> None:
    # os.setns came with Python 3.12.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
