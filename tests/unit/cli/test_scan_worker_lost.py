"""A worker process that is ended from outside costs its captures, each by its name, and nothing else."""

from __future__ import annotations

import subprocess
import sys

LOSE_BOTH = """
import os
from sensor.cli.parallel import scanned_ahead
from sensor.model.errors import CaptureError

with scanned_ahead(lambda name: os._exit(9), ["one.pcap", "two.pcap"], 2) as ahead:
    for wait in ahead.values():
        try:
            wait()
        except CaptureError as fault:
            print(fault)
"""


def test_captures_of_a_lost_worker() -> None:
    done = subprocess.run([sys.executable, "-c", LOSE_BOTH], check=True, capture_output=True, text=True)
    reason = "the process that scanned it was ended from outside; try again with fewer --jobs"
    assert done.stdout.splitlines() == [f"one.pcap: {reason}", f"two.pcap: {reason}"]
