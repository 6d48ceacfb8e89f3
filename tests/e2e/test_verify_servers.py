"""Are pools known, and everyone else left in peace? Active verification against real servers on loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml
from verify_kit import SIGNATURES, options_for, server_context, verifier_for

from sensor.model.errors import VerifyError
from sensor.model.verification import Carrier, Finding, ServerRequest
from sensor.model.wire import Dialect
from sensor.simulate.cast import CASTS
from sensor.simulate.listen import PoolServer
from sensor.verify.log import VerifyLog, read_log
from sensor.verify.replay import replay

NODES = {"monero-daemon", "eth-getwork", "alephium-node"}
TALKS = [name for name, cast in CASTS.items() if name not in NODES and name != "stratum-v2-noise" and not cast.wraps]


def _request(port: int, **told: object) -> ServerRequest:
    return ServerRequest.model_validate({"ip": "127.0.0.1", "port": port, "division": "330100", **told})


@pytest.mark.parametrize("name", TALKS)
def test_a_pool_of_every_dialect_is_known_over_tcp(name: str, tmp_path: Path) -> None:
    with PoolServer(name) as pool, verifier_for(options_for(tmp_path, carriers=("tcp",))) as verifier:
        answer = verifier.ask(_request(pool.port, dialect=CASTS[name].dialect))
    assert (answer.finding, answer.carrier) == (Finding.POOL, Carrier.TCP)
    assert {row.evidence_class.value for row in answer.evidence} == {"probe"}
    assert set(pool.arrivals.connections) == {"127.0.0.2"}


@pytest.mark.parametrize(
    ("carrier", "name"),
    [
        (Carrier.TLS, Dialect.STRATUM_V1),
        (Carrier.TLS, Dialect.CRYPTONOTE),
        (Carrier.TLS, Dialect.STRATUM_V2),
        (Carrier.WS, Dialect.CRYPTONOTE),
        (Carrier.WS, Dialect.BROWSER_MINER),
        (Carrier.WSS, Dialect.NIMIQ),
        (Carrier.WSS, Dialect.STRATUM_V1),
    ],
)
def test_the_carrier_is_found_out(carrier: Carrier, name: Dialect, tmp_path: Path) -> None:
    context = server_context(tmp_path) if carrier.is_tls else None
    options = options_for(tmp_path, dialects=(Dialect.STRATUM_V2, name) if name is not Dialect.STRATUM_V2 else (name,))
    with PoolServer(name, context=context, is_web=carrier.is_web) as pool, verifier_for(options) as verifier:
        answer = verifier.ask(_request(pool.port))
    assert (answer.finding, answer.carrier, answer.dialect) == (Finding.POOL, carrier, name)
    assert (answer.certificate is not None) is carrier.is_tls
    if answer.certificate:
        assert answer.certificate.subject == answer.certificate.issuer == "CN=mining.proxy"


def test_the_whole_way_is_gone_without_a_hint(tmp_path: Path) -> None:
    with PoolServer(Dialect.BEAM) as pool, verifier_for(options_for(tmp_path, answer_s=0.3)) as verifier:
        answer = verifier.ask(_request(pool.port))
    assert (answer.finding, answer.dialect) == (Finding.POOL, Dialect.BEAM)
    assert not list(replay(tmp_path / "verify.jsonl", SIGNATURES))


@pytest.fixture
def deaf() -> socket.socket:
    """A server that takes connections and says nothing."""
    return socket.create_server(("127.0.0.1", 0), backlog=100)


def test_budget_of_one_verification(deaf: socket.socket, tmp_path: Path) -> None:
    options = options_for(tmp_path, answer_s=0.05, connect_s=0.2, connections_per_server=5)
    with deaf, verifier_for(options) as verifier:
        answer = verifier.ask(_request(deaf.getsockname()[1]))
    assert (answer.finding, answer.rule, answer.connections) == (Finding.SILENT, "server-budget", 5)


def test_budget_of_an_address_outlives_the_process(deaf: socket.socket, tmp_path: Path) -> None:
    options = options_for(tmp_path, answer_s=0.05, connect_s=0.2, connections_per_server=3, connections_per_address=4)
    others = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    made = []
    for server in (deaf, *others):
        with server, verifier_for(options) as verifier:
            answer = verifier.ask(_request(server.getsockname()[1]))
            made.append((answer.connections, answer.rule, answer.finding))
    assert made == [
        (3, "server-budget", Finding.SILENT),
        (1, "address-budget", Finding.UNREACHABLE),
        (0, "address-budget", Finding.REFUSED),
    ]


def test_the_rate_holds_over_servers(tmp_path: Path) -> None:
    """Time is the test's own: every wait is a step of it."""
    now = [1_800_000_000.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    options = options_for(tmp_path, connections_per_minute=3)
    ports = _closed_ports(10)
    with verifier_for(options, now_s=lambda: now[0], sleep=sleep) as verifier:
        for port in ports:
            assert verifier.ask(_request(port)).finding is Finding.UNREACHABLE
    times = [line["at_s"] for _, line in read_log(options.log) if line["kind"] == "connection"]
    assert len(times) == len(ports)
    assert all(later - earlier >= 60 for earlier, later in zip(times, times[3:], strict=False))


def test_an_answer_is_given_again_for_a_week(tmp_path: Path) -> None:
    now = [1_800_000_000.0]
    with PoolServer(Dialect.CRYPTONOTE) as pool:
        options, asked = options_for(tmp_path, carriers=("tcp",)), []
        for days in (0, 6, 2):
            now[0] += days * 86_400
            with verifier_for(options, now_s=lambda: now[0]) as verifier:
                answer = verifier.ask(_request(pool.port, dialect="cryptonote"))
                asked.append((answer.finding, answer.is_cached, len(pool.arrivals.connections)))
    assert asked == [(Finding.POOL, False, 1), (Finding.POOL, True, 1), (Finding.POOL, False, 2)]


def test_bytes_are_bounded(tmp_path: Path) -> None:
    """A server that floods is read to the bound and no further."""
    server = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_flood, args=(server,))
    thread.start()
    options = options_for(tmp_path, carriers=("tcp",), connections_per_server=1, max_received_bytes=4096)
    with verifier_for(options) as verifier:
        answer = verifier.ask(_request(server.getsockname()[1]))
    server.close()
    thread.join()
    (talk,) = [line["talk"] for _, line in read_log(options.log) if line["kind"] == "conversation"]
    assert answer.finding is Finding.NOT_POOL
    assert sum(len(data) * 3 // 4 for who, _, data in talk if who == "RESP") <= 4096 + 3


def _flood(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        try:
            while True:
                connection.sendall(bytes(65_536))
        except OSError:
            return


def _closed_ports(count: int) -> list[int]:
    """Open all at once, so that no two are one."""
    with ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(server.getsockname()[1]) for server in servers]


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace('"decision":"ask"', '"decision":"network"'),
        lambda line: line.replace('"source":"127.0.0.2"', '"source":"127.0.0.3"'),
        lambda line: "" if '"kind":"connection"' in line else line,
    ],
    ids=["a decision rewritten", "another source address", "a connection taken out"],
)
def test_an_altered_log_is_found_out(change: object, tmp_path: Path) -> None:
    with PoolServer(Dialect.STRATUM_V1) as pool, verifier_for(options_for(tmp_path)) as verifier:
        verifier.ask(_request(pool.port))
    path = tmp_path / "verify.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(map(change, lines)))  # type: ignore[call-overload]
    with pytest.raises(VerifyError, match=r"verify\.jsonl:\d+: was altered"):
        list(replay(path, SIGNATURES))


def test_replay_finds_a_decision_that_does_not_follow(tmp_path: Path) -> None:
    """A log that holds together, of a process that kept other limits than it wrote down."""
    options = options_for(tmp_path)
    with PoolServer(Dialect.STRATUM_V1) as pool, VerifyLog(options.log, options_for(tmp_path, allow_networks=())):
        port = pool.port
    with PoolServer(Dialect.STRATUM_V1) as pool, verifier_for(options) as verifier:
        verifier.ask(_request(pool.port))
    lines = [line for _, line in read_log(options.log)]
    forged = options.log.with_name("forged.jsonl")
    with VerifyLog(forged, options_for(tmp_path, allow_networks=())) as log:
        for line in lines[2:]:
            log.write(line["kind"], **{key: line[key] for key in line if key not in _FRAME})
    faults = list(replay(forged, SIGNATURES))
    assert port
    assert any("decided ask, follows network" in fault for fault in faults)
    assert any("a connection that no request allowed" in fault for fault in faults)


_FRAME = {"schema", "number", "kind", "previous", "hash"}


def test_a_torn_line_is_dropped(tmp_path: Path) -> None:
    options = options_for(tmp_path)
    with PoolServer(Dialect.STRATUM_V1) as pool, verifier_for(options) as verifier:
        verifier.ask(_request(pool.port))
    whole = options.log.read_bytes()
    options.log.write_bytes(whole + whole.splitlines(keepends=True)[-1][:40])
    with VerifyLog(options.log, options):
        assert options.log.read_bytes() == whole


def test_two_processes_do_not_share_a_log(tmp_path: Path) -> None:
    options = options_for(tmp_path)
    with VerifyLog(options.log, options), pytest.raises(VerifyError, match="another process"):
        VerifyLog(options.log, options)


@pytest.mark.parametrize(
    ("name", "addresses", "changes", "rule", "looked_up"),
    [
        ("pool.example.org", {"pool.example.org": "127.0.0.1"}, {}, None, True),
        ("pool.example.org", {"pool.example.org": "192.0.2.9"}, {}, "network", True),
        ("pool.example.org", {"pool.example.org": "127.0.0.1"}, {"never_networks": ("127.0.0.1/32",)}, "never", True),
        ("pool.example.org", {}, {"never_names": ("example.org",)}, "never", False),
        ("pool.example.org", {}, {"allow_networks": ()}, "network", False),
        ("pool.example.org", {}, {"allow_divisions": ("110000",)}, "division", False),
    ],
    ids=["asked", "a network not allowed", "an address never asked", "never named", "no network", "another division"],
)
def test_a_name_is_looked_up_only_where_its_server_might_be_asked(
    name: str, addresses: dict[str, str], changes: dict[str, object], rule: str | None, looked_up: bool, tmp_path: Path
) -> None:
    asked = []

    def look_up(what: str) -> str:
        asked.append(what)
        return addresses[what]

    options = options_for(tmp_path, carriers=("tcp",), **changes)
    with PoolServer(Dialect.STRATUM_V1) as pool, verifier_for(options, look_up=look_up) as verifier:
        answer = verifier.ask(_request(pool.port, ip=None, name=name))
    lines = [line for _, line in read_log(options.log)]
    assert answer.rule == rule
    assert (answer.finding is Finding.POOL) is (rule is None)
    assert asked == [name] * looked_up
    assert ["look-up" in line["kind"] for line in lines].count(True) == looked_up
    assert [line["decision"] for line in lines if line["kind"] == "request"][-1] == (rule or "ask")
    assert not list(replay(options.log, SIGNATURES))


def test_a_name_without_an_address_is_said_and_logged(tmp_path: Path) -> None:
    options = options_for(tmp_path)
    with verifier_for(options) as verifier, pytest.raises(VerifyError, match=r"pool\.example\.org: has no address"):
        verifier.ask(_request(3333, ip=None, name="pool.example.org"))
    assert [line["kind"] for _, line in read_log(options.log)] == ["options", "request", "look-up"]
    assert not list(replay(options.log, SIGNATURES))


def test_replay_finds_a_look_up_that_nobody_allowed(tmp_path: Path) -> None:
    options = options_for(tmp_path, never_names=("example.org",))
    with verifier_for(options) as verifier:
        verifier.ask(_request(3333, ip=None, name="pool.example.org"))
    with VerifyLog(options.log, options) as log:
        log.write("look-up", name="pool.example.org", ip="192.0.2.1")
    assert [fault.partition(": ")[2] for fault in replay(options.log, SIGNATURES)] == [
        "a look-up that no request allowed"
    ]


def _run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONUTF8": "1", "COLUMNS": "160"}
    command = [sys.executable, "-m", "sensor.cli.main", "verify", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, input=stdin, check=False)


def _config(folder: Path, **changes: object) -> str:
    options = options_for(folder).model_dump(mode="json") | changes
    (folder / "verify.yaml").write_text(yaml.safe_dump(options))
    return str(folder / "verify.yaml")


@pytest.mark.parametrize("is_configured", [False, True])
def test_nothing_is_sent_without_opting_in(is_configured: bool, tmp_path: Path) -> None:
    with PoolServer(Dialect.STRATUM_V1) as pool:
        words = ["-c", _config(tmp_path, enabled=False)] if is_configured else []
        done = _run(f"127.0.0.1:{pool.port}", "--division", "330100", *words)
    assert done.returncode == 2
    assert "主动验证默认关闭" in done.stderr
    assert "active verification is off" in done.stderr
    assert not pool.arrivals.connections


def test_the_command_asks_and_the_log_bears_it_out(tmp_path: Path) -> None:
    with PoolServer(Dialect.STRATUM_V1) as pool:
        request = _request(pool.port, dialect="stratum-v1").model_dump_json(by_alias=True)
        done = _run("-c", _config(tmp_path), "--requests", "-", "--format", "json", stdin=request + "\n")
        other = _run("-c", _config(tmp_path), f"127.0.0.1:{pool.port}", "--division", "110000")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["finding"], answer["schema"]) == (1, "pool", "minewatch.verify-answer/1")
    assert other.returncode == 2
    assert "allow_divisions" in other.stderr
    never = _run("-c", _config(tmp_path, never_names=["example.org"]), "a.example.org:3333", "--division", "330100")
    assert (never.returncode, "a.example.org:3333" in never.stderr) == (2, True)
    assert "do-not-probe" in never.stderr
    replayed = _run("--replay", str(tmp_path / "verify.jsonl"))
    assert (replayed.returncode, replayed.stderr) == (0, "0 decisions that do not follow\n")
