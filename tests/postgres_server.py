"""Where does a real PostgreSQL for the tests come from? Debian's server on a throw-away data directory."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

USER = "minewatch"
START_TIMEOUT_S = 60
_UNPRIVILEGED = "nobody"
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "40",
    "timezone": "UTC",
}
_REVIVED: dict[Path, list[subprocess.Popen[bytes]]] = {}
"""What was started again, by the directory of its socket: it ends with the server it stands for."""


@dataclass(frozen=True)
class Server:
    """A running server: the directory of its socket, and the id of its process."""

    socket_dir: Path
    pid: int


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL server of this machine, None when none is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@contextmanager
def running_server(folder: Path, **settings: str) -> Iterator[Server]:
    """Start a server that only its socket reaches, stop it at the end. It dies with this process, whatever happens."""
    data, sockets = _made(folder)
    process = _started(folder, data.parent, _SETTINGS | settings)
    try:
        _wait(sockets, process, data.parent / "log")
        yield Server(sockets, process.pid)
    finally:
        for one in (process, *_REVIVED.pop(sockets, ())):
            if one.poll() is None:
                one.send_signal(signal.SIGINT)  # TERM would wait for every client to leave
            one.wait(START_TIMEOUT_S)
        shutil.rmtree(data.parent, ignore_errors=True)


def revived(folder: Path, server: Server) -> Server:
    """Kill the server's first process with SIGKILL and start it again on the same data, as after a power cut."""
    os.kill(server.pid, signal.SIGKILL)
    os.waitpid(server.pid, 0)  # while it is a zombie its lock file counts
    home = server.socket_dir.parent
    give_up = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up:
        process = _started(folder, home, _SETTINGS)
        _REVIVED.setdefault(server.socket_dir, []).append(process)
        try:
            _wait(server.socket_dir, process, home / "log")
        except RuntimeError:  # its orphans still hold the shared memory
            time.sleep(0.1)
            continue
        return Server(server.socket_dir, process.pid)
    raise RuntimeError(f"PostgreSQL did not start again: {(home / 'log').read_text(errors='replace')[-2000:]}")


def _started(folder: Path, home: Path, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    command = [str(folder / "postgres"), "-D", str(home / "data"), "-k", str(home / "socket")]
    options = [part for item in settings.items() for part in ("-c", "=".join(item))]
    with (home / "log").open("ab") as log:
        return subprocess.Popen(_as_nobody([*command, *options]), cwd=home, stdout=log, stderr=log)


def _made(folder: Path) -> tuple[Path, Path]:
    # Not pytest's tmp_path: a socket's path may have 107 bytes only, and pytest's folders are closed to other users.
    home = Path(tempfile.mkdtemp(prefix="minewatch-pg-"))
    data, sockets = home / "data", home / "socket"
    for path in (data, sockets):
        path.mkdir(mode=0o700)
    if os.geteuid() == 0:
        owner = pwd.getpwnam(_UNPRIVILEGED)
        for path in (home, data, sockets):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    initdb = [
        str(folder / "initdb"),
        "-D",
        str(data),
        "-U",
        USER,
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "-A",
        "trust",
        "-N",
    ]
    subprocess.run(_as_nobody(initdb), cwd=home, check=True, capture_output=True, timeout=START_TIMEOUT_S)
    return data, sockets


def _as_nobody(command: Sequence[str]) -> list[str]:
    """PostgreSQL refuses to run as root; QUIT at the parent's death is its immediate shutdown."""
    root = ["--reuid", _UNPRIVILEGED, "--regid", "nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", "--pdeathsig", "QUIT", *root, *command]


def _wait(sockets: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up and process.poll() is None:
        try:
            psycopg.connect(host=str(sockets), user=USER, dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")
