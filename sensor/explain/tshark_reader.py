"""Reads capture files with tshark and prints a line of JSON of each; run by ``python -m`` with their paths."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyshark

from sensor.explain import tshark


def main(paths: Sequence[str]) -> int:
    """Print what tshark sees in the files, or on standard error in a line why it does not; answers the exit status."""
    try:
        for path in paths:
            sys.stdout.write(_read(Path(path)).model_dump_json() + "\n")
    except Exception as fault:  # whatever ails tshark, the caller wants one line of it
        sys.stderr.write(f"{type(fault).__name__}: {str(fault).partition(chr(10))[0]}\n")
        return 1
    return 0


def _read(path: Path) -> tshark.Seen:
    seen = tshark.Seen()
    with pyshark.FileCapture(str(path), keep_packets=False) as capture:
        for packet in capture:
            seen.packets += 1
            seen.stacks[str(packet.frame_info.protocols)] += 1
            for layer in packet.layers:
                _note_layer(layer, seen)
            if seen.packets >= tshark.MAX_PACKETS:
                break
    return seen


_FIELDS = {
    "http": ("request_method", "host", "response_code", "user_agent"),
    "tls": ("handshake_extensions_server_name", "handshake_ja4"),
    "dns": ("qry_name", "a", "aaaa"),
    "json": ("value_string",),
}


def _note_layer(layer: Any, seen: tshark.Seen) -> None:
    name = str(layer.layer_name).lower()
    for field_name in _FIELDS.get(name, ()):
        for each in _all(layer, field_name):
            seen.note(f"{name}.{field_name}", each)
    if name == "tcp" and not _is_repeated(layer):
        seen.add_text("tcp.payload", bytes.fromhex(str(layer.get_field_value("payload") or "").replace(":", "")))
    elif name == "websocket":
        seen.add_text("websocket.payload_text", str(layer.get_field_value("payload_text") or "").encode())


def _all(layer: Any, name: str) -> list[str]:
    found = layer.get_field(name)
    if found is None:
        return []
    return [str(each.get_default_value()) for each in getattr(found, "all_fields", [found])]


def _is_repeated(layer: Any) -> bool:
    return any(layer.get_field(f"analysis_{why}") is not None for why in ("retransmission", "fast_retransmission"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
