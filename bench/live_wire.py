"""On what do the live benchmarks send? A veth pair between two network namespaces; nothing leaves the machine."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

HERE, THERE, NEAR, FAR = f"mw-bench-here-{os.getpid()}", f"mw-bench-there-{os.getpid()}", "near0", "far0"
BATCH = 32
_CLONE_NEWNET = 0x40000000
_IP = shutil.which("ip") or "/usr/sbin/ip"
_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def wire() -> Iterator[None]:
    """The pair, up, with no addresses and no IPv6 of the kernel's own."""
    try:
        for name in (HERE, THERE):
            _ip(f"netns add {name}")
            _ip(f"netns exec {name} sysctl -qw net.ipv6.conf.all.disable_ipv6=1")
        _ip(f"link add {NEAR} netns {HERE} type veth peer name {FAR} netns {THERE}")
        _ip(f"-n {HERE} link set {NEAR} up")
        _ip(f"-n {THERE} link set {FAR} up")
        yield
    finally:
        for name in (HERE, THERE):
            _ip(f"netns del {name}")


def _ip(words: str) -> None:
    subprocess.run([_IP, *words.split()], check=True)  # fixed words


def enter(namespace: str) -> None:
    """Move this process into a namespace."""
    with Path("/run/netns", namespace).open() as there:
        if _libc.setns(there.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")


def pin(core: int) -> None:
    """Keep this process on one core."""
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[core]})


class _IoVec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _MsgHdr(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint),
        ("vectors", ctypes.POINTER(_IoVec)),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _MMsgHdr(ctypes.Structure):
    _fields_ = (("header", _MsgHdr), ("length", ctypes.c_uint))


def send(frames: list[bytes], rate_pps: int, seconds: float, pipe: Connection) -> None:
    """Send the frames in turn, in batches by sendmmsg(2), none earlier than its time."""
    pin(0)
    enter(THERE)
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.bind((FAR, 0))
    # 20 is PACKET_QDISC_BYPASS: straight to the driver.
    sock.setsockopt(263, 20, 1)
    count = len(frames) // BATCH * BATCH
    buffers = [ctypes.create_string_buffer(frame, len(frame)) for frame in frames[:count]]
    vectors = [_IoVec(ctypes.addressof(buffer), len(buffer)) for buffer in buffers]
    messages = (_MMsgHdr * count)()
    for message, vector in zip(messages, vectors, strict=True):
        message.header.vectors = ctypes.pointer(vector)
        message.header.vector_count = 1
    starts = [ctypes.addressof(messages) + at * ctypes.sizeof(_MMsgHdr) for at in range(0, count, BATCH)]
    began_s = now_s = time.perf_counter()
    sent = turn = 0
    while now_s - began_s < seconds:
        if sent <= rate_pps * (now_s - began_s):
            taken = _libc.sendmmsg(sock.fileno(), ctypes.c_void_p(starts[turn % len(starts)]), BATCH, 0)
            sent += max(taken, 0)
            turn += 1
        now_s = time.perf_counter()
    pipe.send((sent, now_s - began_s))
