"""Who answers ``/health`` and ``/metrics``? A small HTTP server of the daemon, on loopback unless told otherwise."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from sensor.config.options import StatusOptions
from sensor.daemon.board import Board
from sensor.daemon.metrics import registry
from sensor.model.closing import Closing
from sensor.model.errors import ConfigError

REQUEST_TIMEOUT_S = 5.0
MAX_REQUESTS = 16
"""Requests answered at the same time; more are turned away."""


class StatusServer(Closing):
    """Serves until it is closed. Raises :class:`ConfigError` when the address cannot be listened on."""

    def __init__(self, options: StatusOptions, latest: Callable[[], Board]) -> None:
        """``options.port`` must be set."""
        try:
            self._server = _Server((options.host, options.port or 0), latest)
        except OSError as fault:
            raise ConfigError(
                f"status: {options.host}:{options.port} cannot be listened on ({fault.strerror}); choose another port"
            ) from fault
        self._thread = threading.Thread(target=self._server.serve_forever, name="status", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], latest: Callable[[], Board]) -> None:
        self.latest = latest
        self.registry = registry(latest)
        self._room = threading.BoundedSemaphore(MAX_REQUESTS)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nobody's fault."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = REQUEST_TIMEOUT_S
    server_version = "minewatch"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer one of the two addresses there are."""
        if self.path == "/metrics":
            self._answer(200, CONTENT_TYPE_LATEST, generate_latest(self.server.registry))
        elif self.path == "/health":
            board = self.server.latest()
            states = {source.name: source.state.value for source in board.sources}
            body = {"status": "ok" if board.is_up else "down", "sources": states, "fingerprint": board.fingerprint}
            self._answer(200 if board.is_up else 503, "application/json", orjson.dumps(body))
        else:
            self._answer(404, "text/plain; charset=utf-8", b"/health, /metrics\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Scrapes are not worth a line."""

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
