"""Does every detection reach the collector, whatever it answers, and is only its own word believed?"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from sinks_support import Reply, Request, StandIn, fault, make_detection, receipt

from sensor.config.options import RetryOptions, SpoolOptions, UplinkOptions
from sensor.config.secrets import uplink_token
from sensor.model.errors import ConfigError
from sensor.sinks.backoff import Backoff
from sensor.sinks.spool import Spool
from sensor.sinks.uplink import IDLE_S, Uplink

ROWS = 8


@dataclass
class Bench:
    """A spool with rows, an uplink on it, and the collector it talks to."""

    collector: StandIn
    spool: Spool
    uplink: Any
    pauses: list[float]

    def run(self) -> None:
        self.uplink.drain()
        self.uplink.run()

    @property
    def sizes(self) -> list[int]:
        return [len(request.rows) for request in self.collector.requests]


@pytest.fixture
def bench(stand_in: tuple[StandIn, str], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    collector, url = stand_in
    settings: dict[str, Any] = {"timeout_s": 5.0, **getattr(request, "param", {})}
    pauses: list[float] = []
    with Spool(SpoolOptions(path=tmp_path / "spool.sqlite")) as spool:
        spool.put(make_detection(n) for n in range(ROWS))
        uplink = Uplink(
            UplinkOptions(url=url, **settings),
            spool,
            lambda: "secret",
            uniform=lambda low, high: high,
            pause=pauses.append,
        )
        yield Bench(collector, spool, uplink, pauses)
        uplink.stop()
        uplink._courier.close()


@pytest.fixture
def said() -> Iterator[list[Any]]:
    """The log, as dicts."""
    with structlog.testing.capture_logs() as entries:
        yield entries


def expected_ids(*numbers: int) -> list[str]:
    return [make_detection(n).event_id for n in numbers]


def test_a_batch_on_the_wire(bench: Bench) -> None:
    bench.run()
    (request,) = bench.collector.requests
    assert request.path == "/api/v1/detections"
    assert request.headers["content-type"] == "application/x-ndjson"
    assert request.headers["content-encoding"] == "gzip"
    assert request.headers["authorization"] == "Bearer secret"
    assert request.headers["content-length"].isdecimal()
    assert request.ids == expected_ids(*range(ROWS))
    assert bench.spool.depth == 0
    assert bench.uplink.counters.accepted == ROWS


HTML = {"Content-Type": "text/html"}
LATER = [
    ("unauthorized", fault(401), "does not accept this sensor's token"),
    ("forbidden", fault(403), "does not accept this sensor's token"),
    ("not there", fault(404), "HTTP 404"),
    ("too many", fault(429), "HTTP 429"),
    ("broken", fault(500), "HTTP 500"),
    ("overloaded", fault(503), "HTTP 503"),
    ("hangs up", Reply(hang_up=True), "disconnected"),
    ("sent on", Reply(302, b"", {"Location": "https://elsewhere.example.org/"}), "elsewhere"),
    ("a proxy's 400 is no refusal", Reply(400, b"<html>plain HTTP sent to TLS port", HTML), "HTTP 400"),
    ("a portal's 200 is no receipt", Reply(200, b"<html>please log in", HTML), "no receipt"),
    ("an empty 200 is no receipt", Reply(200), "no receipt"),
    ("another API's 200", Reply(200, b'{"ok": true}'), "no receipt"),
    ("a receipt for fewer rows", receipt(ROWS - 1), "does not account for all 8 rows"),
    ("a receipt for more rows", receipt(ROWS + 1), "does not account for all 8 rows"),
    ("a row beyond the end", receipt(ROWS - 1, 0, ((9, "bad"),)), "does not account"),
    ("one row twice", receipt(ROWS - 2, 0, ((1, "bad"), (1, "bad"))), "does not account"),
    ("an endless answer", Reply(200, b" " * 5_000_000), "no receipt"),
    ("claims to be gzip", Reply(200, b'{"batch": 1}', {"Content-Encoding": "gzip"}), "no receipt"),
]


@pytest.mark.parametrize(("reply", "reason"), [row[1:] for row in LATER], ids=[row[0] for row in LATER])
def test_kept_and_tried_again(bench: Bench, reply: Reply, reason: str, said: list[Any]) -> None:
    bench.collector.script = [reply, reply]
    bench.run()
    assert bench.sizes == [ROWS, ROWS, ROWS]
    assert bench.pauses == [1.0, 2.0, 0.0]
    assert bench.spool.depth == bench.spool.counters.refused == 0
    assert bench.collector.known == set(expected_ids(*range(ROWS)))
    assert bench.uplink.counters.failures == 2
    assert reason in said[0]["reason"]


@pytest.mark.parametrize("bench", [{"timeout_s": 0.2}], indirect=True)
def test_a_collector_that_hangs(bench: Bench, said: list[Any]) -> None:
    bench.collector.script = [Reply(after_s=30.0)]
    bench.run()
    assert bench.pauses == [1.0, 0.0]
    assert bench.spool.depth == 0
    assert "no answer within 0.2 s" in said[0]["reason"]


@pytest.mark.parametrize("bench", [{"timeout_s": 0.3}], indirect=True)
def test_an_answer_that_drips_is_not_waited_for(bench: Bench, said: list[Any]) -> None:
    """Every byte comes in time, the whole would take a minute."""
    began_s = time.monotonic()
    bench.collector.script = [Reply(200, receipt(ROWS).body + b" " * 600, drip_s=0.1)]
    assert bench.uplink.step() == 1.0
    assert time.monotonic() - began_s < 5.0
    assert said[0]["reason"] == "no answer within 0.3 s"
    assert bench.spool.depth == ROWS


def test_a_collector_that_is_away(bench: Bench, said: list[Any]) -> None:
    bench.uplink._courier._options = bench.uplink._options.model_copy(update={"url": "http://127.0.0.1:1"})
    assert bench.uplink.step() == 1.0
    assert bench.spool.depth == ROWS
    assert "Connection refused" in said[0]["reason"]


def test_a_lost_receipt_doubles_nothing(bench: Bench) -> None:
    def take_and_hang_up(request: Request) -> Reply:
        bench.collector.take(request)
        return Reply(hang_up=True)

    bench.collector.script = [take_and_hang_up]
    bench.run()
    assert (bench.uplink.counters.accepted, bench.uplink.counters.duplicates) == (0, ROWS)
    assert bench.spool.counters.delivered == ROWS


def test_rejected_rows_go_apart(bench: Bench) -> None:
    bench.collector.script = [receipt(ROWS - 2, 0, ((1, "too old"), (8, "too new")))]
    bench.run()
    assert [(row.event_id, row.reason) for row in bench.spool.refused_rows()] == [
        (expected_ids(7)[0], "too new"),
        (expected_ids(0)[0], "too old"),
    ]
    assert bench.spool.counters.delivered == ROWS - 2


@pytest.mark.parametrize("status", [400, 415, 422])
@pytest.mark.parametrize("bad", [(0,), (7,), (2, 3), tuple(range(ROWS))])
def test_bad_rows_are_found_by_splitting(bench: Bench, status: int, bad: tuple[int, ...]) -> None:
    poison = set(expected_ids(*bad))
    bench.collector.always = lambda r: fault(status, "bad") if poison & set(r.ids) else bench.collector.take(r)
    bench.run()
    assert {row.event_id for row in bench.spool.refused_rows()} == poison
    assert bench.collector.known == set(expected_ids(*range(ROWS))) - poison
    assert "bad" in bench.spool.refused_rows()[0].reason


def test_splitting_stops_at_a_failure(bench: Bench) -> None:
    bench.collector.script = [fault(400), fault(503)]
    assert bench.uplink.step() == 1.0
    assert bench.sizes == [8, 4]
    assert bench.spool.depth == ROWS


@pytest.mark.parametrize(
    ("most", "content_type", "depth", "refused"),
    [(3, "text/html", 0, 0), (1, "text/html", 0, 0), (0, "application/json", 0, ROWS)],
)
def test_a_batch_too_large_is_halved(bench: Bench, most: int, content_type: str, depth: int, refused: int) -> None:
    answer = Reply(413, b'{"error": "too large"}', {"Content-Type": content_type})
    bench.collector.always = lambda r: answer if len(r.rows) > most else bench.collector.take(r)
    bench.run()
    assert (bench.spool.depth, bench.spool.counters.refused) == (depth, refused)
    assert bench.collector.known | {row.event_id for row in bench.spool.refused_rows()} == set(expected_ids(*range(8)))


def test_a_proxy_s_body_limit_refuses_nothing(bench: Bench) -> None:
    bench.collector.always = lambda r: Reply(413, b"<html>", HTML)
    assert bench.uplink.step() == 1.0
    assert bench.spool.depth == ROWS


@pytest.mark.parametrize("bench", [{"batch_rows": 3}], indirect=True)
def test_batches_in_order(bench: Bench) -> None:
    bench.run()
    assert bench.sizes == [3, 3, 2]
    assert [i for request in bench.collector.requests for i in request.ids] == expected_ids(*range(ROWS))


@pytest.mark.parametrize(
    ("header", "wait_s"), [("7", 7.0), ("9999", 300.0), ("-5", 1.0), ("soon", 1.0), ("0", 1.0), ("٣", 1.0)]
)
def test_retry_after_is_honoured_within_bounds(bench: Bench, header: str, wait_s: float) -> None:
    reply = fault(503)
    encoded = header.encode().decode("latin-1")
    bench.collector.script = [Reply(503, reply.body, {"Retry-After": encoded})]
    assert bench.uplink.step() == wait_s


def test_idle_when_nothing_waits(bench: Bench) -> None:
    bench.uplink.step()
    assert bench.uplink.step() == IDLE_S


def test_a_token_that_cannot_be_read_is_a_reason_to_wait(bench: Bench, said: list[Any]) -> None:
    def no_token() -> str:
        raise ConfigError("/etc/token: the token cannot be read")

    bench.uplink._courier._token = no_token
    assert bench.uplink.step() == 1.0
    assert bench.collector.requests == []
    assert "/etc/token" in said[0]["reason"]


def test_a_mended_token_file_is_enough(bench: Bench, tmp_path: Path) -> None:
    """No restart: the file is read anew for every request."""
    token_file = tmp_path / "token"
    options = bench.uplink._options.model_copy(update={"token_file": token_file})
    bench.uplink._courier._token = lambda: uplink_token(options, {})
    bench.collector.always = lambda r: (
        bench.collector.take(r) if r.headers["authorization"] == "Bearer new" else fault(401)
    )
    token_file.write_text("old\n")
    assert bench.uplink.step() == 1.0
    token_file.write_text("new\n")
    assert bench.uplink.step() == 0.0
    assert bench.spool.depth == 0


JUDGED = [b"", b"{}", b"[]", b"null", b"[" * 100_000, b'{"batch":1,"accepted":1e999,"duplicates":0}', b"\xff" * 100]


@pytest.mark.parametrize("content", JUDGED, ids=range(len(JUDGED)))
@pytest.mark.parametrize("status", [200, 201, 204, 304, 400, 413, 418, 500, 599])
def test_no_answer_of_any_kind_counts_as_a_receipt(bench: Bench, status: int, content: bytes) -> None:
    body = b"" if status in (204, 304) else content
    bench.collector.script = [Reply(status, body, {"Content-Type": "text/plain"})] * 20
    bench.uplink.step()
    assert bench.spool.depth == ROWS


@pytest.mark.parametrize(
    ("options", "waits"),
    [
        (RetryOptions(first_s=1, max_s=5), [1.0, 2.0, 4.0, 5.0, 5.0]),
        (RetryOptions(first_s=0.5, max_s=300, jitter=False), [0.5, 1.0, 2.0]),
        (RetryOptions(first_s=1, max_s=300), [*(float(2**k) for k in range(9)), *[300.0] * 2000]),
    ],
)
def test_backoff_bounds(options: RetryOptions, waits: list[float]) -> None:
    backoff = Backoff(options, lambda low, high: high)
    assert [backoff.failed() for _ in waits] == waits
    backoff.succeeded()
    assert backoff.failed() == waits[0]


def test_backoff_draws_from_zero() -> None:
    assert Backoff(RetryOptions(), lambda low, high: low).failed() == 0.0


def in_a_thread(uplink: Uplink) -> threading.Thread:
    thread = threading.Thread(target=uplink.run)
    thread.start()
    return thread


def threaded(bench: Bench, **settings: Any) -> Uplink:
    url = bench.uplink._options.url
    return Uplink(UplinkOptions(url=url, **settings), bench.spool, lambda: None)


def test_stop_flushes_what_it_can(bench: Bench) -> None:
    uplink = threaded(bench, batch_rows=1)
    uplink.stop()
    in_a_thread(uplink).join(5)
    assert bench.spool.depth == 0


def test_stop_ends_a_long_wait_and_leaves_the_rest(bench: Bench) -> None:
    failed = threading.Event()

    def fail(request: Request) -> Reply:
        failed.set()
        return fault(503)

    bench.collector.always = fail
    uplink = threaded(bench, retry={"first_s": 300.0, "max_s": 300.0, "jitter": False}, flush_s=0.2)
    thread = in_a_thread(uplink)
    assert failed.wait(5)
    uplink.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert bench.spool.depth == ROWS


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ca_file": "nowhere.pem"}, "cannot be used as uplink.ca_file"),
        ({"client_cert_file": "a.pem", "client_key_file": "b.pem"}, "cannot be used as client certificate"),
    ],
)
def test_certificates_that_cannot_be_used(bench: Bench, settings: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Uplink(UplinkOptions(url="https://127.0.0.1", **settings), bench.spool, lambda: None)
