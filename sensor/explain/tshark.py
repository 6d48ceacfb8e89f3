"""What does tshark see in a capture file? Asked through pyshark, in a process that does nothing else.

pyshark takes over how its process learns of the end of child processes, and runs an event loop whenever it is collected
as garbage: neither belongs into a process that has other work.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

MAX_PACKETS = 5_000
"""Packets of the flow that tshark is asked about; pyshark reads some hundred in a second."""
MAX_VALUES = 256
MAX_TEXT_BYTES = 8_388_608
TIME_LIMIT_S = 300


class Seen(BaseModel):
    """What tshark's packets bear. Travels as JSON."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    packets: int = 0
    stacks: Counter[str] = Field(default_factory=Counter)
    """Protocol stack (``eth:ethertype:ip:tcp:json``) → packets."""
    values: dict[str, dict[str, None]] = Field(default_factory=dict)
    """Field → its values in the order in which they were seen."""
    text: bytes = b""
    text_from: dict[str, None] = Field(default_factory=dict)
    """Fields that the text was put together from."""

    def note(self, name: str, value: object) -> None:
        """Keep a field's value, up to ``MAX_VALUES`` of each field."""
        known = self.values.setdefault(name, {})
        if value not in (None, "") and len(known) < MAX_VALUES:
            known.setdefault(str(value)[:512], None)

    def add_text(self, source: str, text: bytes) -> None:
        """Append what a field carried, up to ``MAX_TEXT_BYTES`` in all."""
        if text and len(self.text) < MAX_TEXT_BYTES:
            self.text += text
            self.text_from.setdefault(source)


def ask(paths: Sequence[Path]) -> list[Seen]:
    """What tshark sees in each of the files. Raises OSError and ``subprocess.SubprocessError`` where it cannot say."""
    words = [sys.executable, "-m", "sensor.explain.tshark_reader", *map(str, paths)]
    done = subprocess.run(words, capture_output=True, timeout=TIME_LIMIT_S, check=False)  # noqa: S603
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {done.returncode}"]
        raise subprocess.SubprocessError(told[-1])
    return [Seen.model_validate_json(line) for line in done.stdout.splitlines()]
