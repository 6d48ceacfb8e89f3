"""What of loopback, tun interfaces, missing memory and missing privileges on a real host?"""

from __future__ import annotations

import fcntl
import os
import pwd
import socket
import struct
import subprocess
import sys
import threading
import time

import pytest
from live_kit import Look, Wire, drain, inside

from sensor.capture.interface import CaptureMode
from sensor.model.errors import CaptureError

BOTH = pytest.mark.parametrize("mode", [CaptureMode.RING, CaptureMode.SOCKET], ids=str)
NOBODY = "nobody"


@BOTH
def test_loopback_gives_each_packet_once(wire: Wire, look: Look, mode: CaptureMode) -> None:
    wire.ip("link set lo up")
    source = look(interface="lo", mode=mode, filter="udp dst port 4444")
    with inside(wire.here):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sock:
        for number in range(20):
            sock.sendto(bytes([number]), ("127.0.0.1", 4444))
    frames = drain(source)
    assert [frame.data[42] for frame in frames] == list(range(20))
    assert {frame.linktype for frame in frames} == {1}


def test_both_directions_of_a_host_of_its_own(wire: Wire, look: Look) -> None:
    source = look()
    sent = bytes.fromhex("020000000002020000000001") + b"\x08\x00" + bytes(46)
    with inside(wire.here), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind((wire.near, 0))
        sock.send(sent)
    wire.send([sent])
    assert [frame.data for frame in drain(source)] == [sent, sent]


@BOTH
def test_a_tun_interface_gives_raw_ip(wire: Wire, look: Look, mode: CaptureMode) -> None:
    with inside(wire.here):
        tun = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH22x", b"tun7", 0x1001))
    try:
        wire.ip("link set tun7 up")
        source = look(interface="tun7", mode=mode)
        packet = bytes.fromhex("4500001c000100004011000000c00002c0000201") + struct.pack(">HHHH", 1, 2, 8, 0)
        os.write(tun, packet)
        assert [(frame.linktype, frame.data) for frame in drain(source)] == [(101, packet)]
    finally:
        os.close(tun)


def test_an_unknown_kind_of_link_is_refused(wire: Wire, look: Look) -> None:
    with inside(wire.here):
        tun = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH22x", b"odd0", 0x1001))
    try:
        # TUNSETLINK: a tun interface can claim any hardware type; 512 is PPP.
        fcntl.ioctl(tun, 0x400454CD, 512)
        wire.ip("link set odd0 up")
        with pytest.raises(CaptureError, match="odd0: link type ARPHRD 512 cannot be captured; choose"):
            look(interface="odd0")
    finally:
        os.close(tun)


def test_stop_ends_a_silent_source_from_another_thread(look: Look) -> None:
    source = look()
    timer = threading.Timer(0.2, source.stop)
    timer.start()
    began_s = time.monotonic()
    assert sum(1 for _ in source.frames()) > 0
    assert time.monotonic() - began_s < 2
    timer.join()


# Each runs in a process of its own: the rights and limits that it gives up are gone for good.
OPEN = """
import os, resource, socket, sys
from sensor.capture import interface
from sensor.capture.interface import CaptureMode, InterfaceOptions, open_interface
from sensor.capture.privileges import drop_privileges, find_identity
from sensor.engine.api import Frame
def look(**options):
    return open_interface(InterfaceOptions("near0", **options))
"""


def run_here(wire: Wire, script: str) -> subprocess.CompletedProcess[str]:
    with inside(wire.here):
        return subprocess.run(
            [sys.executable, "-c", OPEN + script], check=False, capture_output=True, text=True, timeout=60
        )


def test_privileges_are_dropped_and_capture_goes_on(wire: Wire) -> None:
    done = run_here(
        wire,
        f"""
source = look()
drop_privileges(find_identity({NOBODY!r}))
print(os.getresuid(), os.getgroups())
status = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
print(*(status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs")))
for attempt in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: look(), lambda: os.setgroups([0])):
    try:
        attempt()
        print("possible")
    except Exception as fault:
        print(type(fault).__name__)
print(source.counters.kernel.drops, next(source.frames()).__class__.__name__)
""",
    )
    uid = pwd.getpwnam(NOBODY).pw_uid
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        f"({uid}, {uid}, {uid}) []",
        " ".join(["0" * 16] * 5 + ["1"]),
        *["PermissionError", "PermissionError", "CaptureError", "PermissionError"],
        "0 Tick",
    ]


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (
            "find_identity('no-such-user')",
            "ConfigError: user: this system has no user 'no-such-user'; make it: useradd",
        ),
        ("find_identity('nobody', 'no-such-group')", "ConfigError: group: this system has no group 'no-such-group'"),
        ("find_identity('root')", "ConfigError: user: root with group 0 is root again"),
        ("drop_privileges(None)", "PrivilegeError: privileges: runs as root and no user is named"),
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(3,), daemon=True).start()\n"
            "drop_privileges(find_identity('nobody'))",
            "may gain privileges by starting a program; start threads later",
        ),
        (
            "os.setresuid(1, 1, 1)\ndrop_privileges(find_identity('nobody'))",
            "PrivilegeError: privileges: cannot be dropped: user 1 cannot become nobody",
        ),
        ("os.setresuid(1, 1, 1)\nlook()", "CaptureError: near0: no permission to capture: needs CAP_NET_RAW"),
        ("open_interface(InterfaceOptions('near9'))", "CaptureError: near9: no such interface; there are lo, near0"),
    ],
)
def test_what_is_refused_and_how(wire: Wire, script: str, says: str) -> None:
    done = run_here(wire, script)
    assert done.returncode == 1
    assert says in done.stderr.splitlines()[-1]


def test_an_unprivileged_process_gives_up_what_is_left(wire: Wire) -> None:
    done = run_here(wire, "os.setresuid(1, 1, 1)\ndrop_privileges(None)\nprint('done')")
    assert (done.stdout, done.stderr) == ("done\n", "")


LITTLE_MEMORY = """
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (48 << 20),) * 2)
"""


def test_no_memory_for_a_ring_falls_back_and_says_so(wire: Wire) -> None:
    done = run_here(wire, LITTLE_MEMORY + "source = look()\nprint(source.mode, source.fallback)")
    assert "capture.fallback" in done.stdout
    assert done.stdout.splitlines()[-1] == "socket Cannot allocate memory"


def test_no_memory_for_a_ring_that_was_asked_for(wire: Wire) -> None:
    done = run_here(wire, LITTLE_MEMORY + "look(mode=CaptureMode.RING)")
    assert "no ring of 67108864 bytes: Cannot allocate memory; lower blocks or block_bytes" in done.stderr
