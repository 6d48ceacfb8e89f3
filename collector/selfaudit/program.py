"""How does the sensor look at a capture for the collector? As a program of its own, watched, with an end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from collector.faults import CollectorError
from collector.text import bilingual

_PROGRESS = re.compile(r"progress (\d{1,2})\n")
_GOOD = (0, 1)
"""Nothing found, mining found; with 2 something was not read, which the report says if there is one."""
_TAIL_CHARS = 2_000
_NICENESS = 10
_FOREIGN = ("MINEWATCH_", "DJANGO_")
_KEPT = ("MINEWATCH_ENGINE",)


def look(
    capture: Path, options: Sequence[str], reports: Sequence[Path], max_s: int, tell: Callable[[int], object]
) -> None:
    """Run ``minewatch audit``; ``tell`` hears how many percent are read. Raises ``CollectorError`` without a report."""
    outputs = [part for report in reports for part in ("-o", str(report))]
    command = [sys.executable, "-m", "sensor.cli.main", "audit", str(capture), *outputs, *options, "--progress"]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        process = subprocess.Popen(  # noqa: S603 - own command, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=_environment(),
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        # Deliveries and pages go first.
        os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
        status = _watch(process, said.write, tell, max_s)
        said.seek(0)
        told = _plain(said.read(), capture)
    if status not in _GOOD and not all(report.is_file() and report.stat().st_size for report in reports):
        silent = bilingual(
            f"检查以 {status} 结束，没有说明原因；请查看后台任务的日志",
            f"the look ended with {status}; see the worker's log",
        )
        raise CollectorError(told or str(silent))


def _watch(
    process: subprocess.Popen[str], note: Callable[[str], object], tell: Callable[[int], object], max_s: int
) -> int:
    """Hear the program to its end; what is no progress is noted, up to a bound."""
    timer = threading.Timer(max_s, process.kill)
    timer.start()
    left = _TAIL_CHARS
    with process:
        try:
            for line in process.stderr or ():
                progress = _PROGRESS.fullmatch(line)
                if progress:
                    tell(int(progress[1]))
                elif left > 0:
                    note(line[:left])
                    left -= len(line)
            return process.wait()
        finally:
            timer.cancel()
            process.kill()


def _plain(told: str, capture: Path) -> str:
    """What was said, without the folder in which captures lie."""
    return " ".join(told.replace(f"{capture.parent}/", "").removeprefix("minewatch: ").split())[:_TAIL_CHARS]


def _environment() -> dict[str, str]:
    # The collector's own settings, secrets among them, are none of the program's business.
    return {name: text for name, text in os.environ.items() if not name.startswith(_FOREIGN) or name in _KEPT}
