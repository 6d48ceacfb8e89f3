"""Where does a real JetStream cluster for the tests come from? nats-server from PATH, three nodes on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

NODES = 3
START_S = 60.0


@dataclass
class Cluster:
    """Running nodes, by their client ports."""

    ports: list[int]
    nodes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return "nats://" + ",".join(f"127.0.0.1:{port}" for port in self.ports)

    def kill(self, number: int) -> None:
        """SIGKILL to one node: its memory is gone, what it had not written too."""
        self.nodes[number].kill()
        self.nodes[number].wait(30)


def find_server() -> str | None:
    """The nats-server of this machine."""
    places = [os.environ.get("PATH", ""), "/usr/sbin", str(Path.home() / "go" / "bin")]
    return shutil.which("nats-server", path=os.pathsep.join(places))


@contextmanager
def running_cluster(server: str, folder: Path) -> Iterator[Cluster]:
    """Three nodes with stores of their own; they are gone afterwards."""
    ports, routes = _free_ports(NODES), _free_ports(NODES)
    cluster = Cluster(ports)
    try:
        for number in range(NODES):
            cluster.nodes.append(_started(server, folder / f"node{number}", number, ports[number], routes))
        for port in ports:
            _wait(port)
        yield cluster
    finally:
        for node in cluster.nodes:
            node.kill()
            node.wait(30)


def _started(server: str, folder: Path, number: int, port: int, routes: list[int]) -> subprocess.Popen[bytes]:
    folder.mkdir()
    peers = ",".join(f"nats://127.0.0.1:{route}" for route in routes)
    command = [server, "-a", "127.0.0.1", "-p", str(port), "-n", f"node{number}", "-js", "-sd", str(folder)]
    command += ["--cluster_name", "tests", "--cluster", f"nats://127.0.0.1:{routes[number]}", "--routes", peers]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _wait(port: int) -> None:
    give_up = time.monotonic() + START_S
    while time.monotonic() < give_up:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nats-server does not listen on port {port}")
