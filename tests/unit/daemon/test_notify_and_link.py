"""Does the service manager hear the daemon, and does the daemon survive what a worker says?"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from sensor.daemon.link import Link, LinkClosedError
from sensor.daemon.notify import Notifier
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import compose


@pytest.mark.parametrize(("usec", "due_s"), [("30000000", 15.0), ("", None), ("0", None), ("soon", None)])
def test_watchdog_is_due_twice_as_often(usec: str, due_s: float | None) -> None:
    assert Notifier({"WATCHDOG_USEC": usec}).watchdog_s == due_s


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "@nobody-listens"])
def test_a_deaf_manager_stops_nothing(address: str) -> None:
    Notifier({"NOTIFY_SOCKET": address}).tell("READY=1")


@pytest.mark.parametrize("abstract", [True, False])
def test_a_sensor_says_ready_alive_and_stopping(tmp_path: Path, abstract: bool) -> None:
    write_pcap(tmp_path / "in.pcap", compose("stratum-v1", 1, duration_s=300.0).rows)
    (tmp_path / "sensor.yaml").write_text(
        "sensor: {id: s1}\nsources: [{capture: in.pcap, pace: realtime}]\njsonl: {path: out.jsonl}\n"
    )
    name = f"minewatch-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(f"\0{name}" if abstract else name)
        manager.settimeout(20)
        environ = {**os.environ, "NOTIFY_SOCKET": f"@{name}" if abstract else name, "WATCHDOG_USEC": "400000"}
        command = [sys.executable, "-m", "sensor.cli.main", "sensor", "-c", str(tmp_path / "sensor.yaml")]
        with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) as process:
            heard = [manager.recv(100)]
            while heard.count(b"WATCHDOG=1") < 3 or b"READY=1" not in heard:
                heard.append(manager.recv(100))
            process.terminate()
            while heard[-1] != b"STOPPING=1":
                heard.append(manager.recv(100))
        assert process.returncode == 0


def pair() -> tuple[socket.socket, Link]:
    theirs, ours = socket.socketpair()
    return theirs, Link(ours.detach())


def test_messages_come_whole_and_in_order() -> None:
    theirs, link = pair()
    other = Link(theirs.detach())
    for number in range(3):
        other.send({"kind": "said", "number": number, "text": "矿" * 1000})
    assert [link.receive()["number"] for _ in range(3)] == [0, 1, 2]
    assert not link.has_message()
    other.close()
    with pytest.raises(LinkClosedError):
        link.receive()
    with pytest.raises(LinkClosedError):
        link.send({"kind": "stop"})


RUBBISH = [
    pytest.param(b"\0\0\0\2{}", id="no kind"),
    pytest.param(b"\0\0\0\1x", id="no JSON"),
    pytest.param(b"\0\0\0\2[]", id="no object"),
    pytest.param(b"\x7f\xff\xff\xff", id="too long"),
    pytest.param(b"\0\0\0\x09cut", id="cut off"),
    pytest.param(b"", id="nothing"),
]


@pytest.mark.parametrize("raw", RUBBISH)
def test_rubbish_ends_the_link(raw: bytes) -> None:
    theirs, link = pair()
    theirs.sendall(raw)
    theirs.close()
    with pytest.raises(LinkClosedError):
        link.receive()


def test_half_a_message_is_not_waited_for_long() -> None:
    theirs, ours = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, (0).to_bytes(8, "little") + (50_000).to_bytes(8, "little"))
    link = Link(ours.detach())
    with closing(theirs):
        theirs.sendall(b"\0\0\0\x09cut")
        began_s = time.monotonic()
        with pytest.raises(LinkClosedError):
            link.receive()
        assert time.monotonic() - began_s < 2
