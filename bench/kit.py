"""What do the benchmarks share? Seeded captures, and a process's memory."""

from __future__ import annotations

import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
BINARIES = HERE.parent / "engine" / "target" / "release"
SEED = 7


def build() -> None:
    """Build the programs of ``bench/limit``."""
    command = ["cargo", "build", "--release", "--quiet", "--package", "minewatch-bench"]
    subprocess.run(command, check=True, cwd=HERE.parent / "engine")


def make_capture(folder: Path, kind: str, packets: int) -> Path:
    """The capture of this kind and size, made unless it is there."""
    path = folder / f"{kind}-{packets}-{SEED}.pcap"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([BINARIES / "traffic", kind, path, str(packets), str(SEED)], check=True)
    return path


def anonymous_mb(pid: int) -> float:
    """Anonymous memory of a process now, in MB; 0 for one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon")), 0.0)
