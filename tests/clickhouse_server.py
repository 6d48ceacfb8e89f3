"""Where does a real ClickHouse for the tests come from? Debian's server on a throw-away folder and a free port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

START_TIMEOUT_S = 60
_CONFIG = """<?xml version="1.0"?>
<yandex>
<logger><level>warning</level><log>{home}/log</log><errorlog>{home}/errors</errorlog></logger>
<http_port>{port}</http_port><listen_host>127.0.0.1</listen_host>
<path>{home}/data/</path><tmp_path>{home}/tmp/</tmp_path><users_config>{home}/users.xml</users_config>
<default_profile>default</default_profile><default_database>default</default_database>
<mark_cache_size>5368709</mark_cache_size>
</yandex>
"""
_USERS = """<?xml version="1.0"?>
<yandex>
<profiles><default></default></profiles><quotas><default></default></quotas>
<users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile>
<quota>default</quota></default></users>
</yandex>
"""


@dataclass(frozen=True)
class ClickHouse:
    """A running server on loopback."""

    port: int

    def run(self, statement: str) -> str:
        """Run a statement that may write; answers what it prints."""
        answer = httpx.post(f"http://127.0.0.1:{self.port}/", content=statement, trust_env=False)
        answer.raise_for_status()
        return answer.text


def binary() -> str | None:
    """The server of this machine, None when none is installed."""
    return shutil.which("clickhouse-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def running_clickhouse(program: str, home: Path) -> Iterator[ClickHouse]:
    """Start a server, stop it at the end. It dies with this process, whatever happens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (home / "config.xml").write_text(_CONFIG.format(home=home, port=port), "utf-8")
    (home / "users.xml").write_text(_USERS, "utf-8")
    command = ["setpriv", "--pdeathsig", "KILL", program, f"--config-file={home / 'config.xml'}"]
    with (home / "out").open("wb") as out:
        process = subprocess.Popen(command, cwd=home, stdout=out, stderr=out)
        try:
            server = ClickHouse(port)
            _wait(server, process, home)
            yield server
        finally:
            process.terminate()
            process.wait(START_TIMEOUT_S)


def _wait(server: ClickHouse, process: subprocess.Popen[bytes], home: Path) -> None:
    give_up = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up and process.poll() is None:
        try:
            server.run("SELECT 1")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"ClickHouse did not start: {(home / 'out').read_text(errors='replace')[-2000:]}")
