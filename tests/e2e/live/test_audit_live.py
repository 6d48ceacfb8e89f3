"""Does `minewatch audit -i` tell which machine on the wire mines, and what the kernel dropped?"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from live_kit import Wire

from sensor.simulate.scenario import build

DEADLINE_S = 120
TABLE = "machine,rack,owner,mac\nserver-1,A-01,Ops,02:00:00:00:00:01\nserver-2,A-02,Ops,02:00:00:00:00:99\n"


@contextmanager
def _auditing(wire: Wire, folder: Path, seconds: int) -> Iterator[subprocess.Popen[str]]:
    """The command on the near end, in its namespace."""
    (folder / "assets.csv").write_text(TABLE)
    words = [sys.executable, "-m", "sensor.cli.main", "audit", "-i", wire.near, "--seconds", str(seconds)]
    words += [
        "--assets",
        str(folder / "assets.csv"),
        "--home-net",
        "192.0.2.0/24",
        "--lang",
        "en",
        "-o",
        str(folder / "report.html"),
    ]
    command = ["ip", "netns", "exec", wire.here, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _wait_until_it_listens(process: subprocess.Popen[str]) -> None:
    """Until the process's namespace has a packet socket that is bound to every protocol."""
    sockets = Path(f"/proc/{process.pid}/net/packet")
    end_s = time.monotonic() + DEADLINE_S
    while time.monotonic() < end_s and process.poll() is None:
        lines = sockets.read_text().splitlines()[1:]
        if any(line.split()[3] == "0003" and line.split()[4] != "0" for line in lines):
            return
        time.sleep(0.05)
    raise AssertionError(f"it does not listen: {process.communicate()}")


@pytest.mark.parametrize("how_it_ends", [signal.SIGINT, signal.SIGTERM], ids=str)
def test_a_machine_on_the_wire_is_named(wire: Wire, tmp_path: Path, how_it_ends: signal.Signals) -> None:
    frames = [frame for _, frame in build("cryptonote", 1, duration_s=60)]
    with _auditing(wire, tmp_path, seconds=600) as process:
        _wait_until_it_listens(process)
        assert wire.send(frames) == len(frames)
        process.send_signal(how_it_ends)
        out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 1, err
    assert "machines 1" in out
    page = (tmp_path / "report.html").read_text()
    assert "server-1" in page
    assert f"0 / {len(frames):,} (0%)" in page, "the kernel's own count of packets and drops"
    assert "server-2" in page.partition("Machines of the asset table never seen")[2]


def test_the_look_ends_when_its_time_is_over(wire: Wire, tmp_path: Path) -> None:
    with _auditing(wire, tmp_path, seconds=1) as process:
        out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0, err
    assert "No mining was found" in out
    assert "nothing can be concluded" in (tmp_path / "report.html").read_text()
