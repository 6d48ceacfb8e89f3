"""How are several captures scanned at the same time? In worker processes, which begin when the command does."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import TypeAlias

from sensor.capture import STDIN
from sensor.detect.scan import ScanResult
from sensor.model.errors import CaptureError

Scan: TypeAlias = Callable[[str], ScanResult]
Awaited: TypeAlias = Callable[[], ScanResult]
"""Waits for what comes of a capture. Raises :class:`~sensor.model.errors.CaptureError` as the scan itself would."""

_scan: list[Scan] = []
"""In a worker process: what it does, with the engine and the signatures that the command has loaded."""


@contextmanager
def scanned_ahead(scan: Scan, captures: Sequence[str], jobs: int) -> Iterator[dict[int, Awaited]]:
    """What will come of captures that up to ``jobs`` processes work on, by their place in ``captures``.

    Standard input is never among them, and nothing is where there is work for one process only. To be entered before
    the program starts a thread: the processes are forks of it.
    """
    places = [place for place, name in enumerate(captures) if name != STDIN]
    workers = min(jobs, len(places))
    if workers < 2:
        yield {}
        return
    pool = ProcessPoolExecutor(workers, get_context("fork"), _begin, (scan,))
    try:
        begun = {place: pool.submit(_work, captures[place]) for place in places}
        yield {place: partial(_wait, captures[place], work) for place, work in begun.items()}
    finally:
        pool.shutdown(cancel_futures=True)


def _wait(name: str, work: Future[ScanResult]) -> ScanResult:
    try:
        return work.result()
    except BrokenProcessPool as fault:
        what = f"{name}: the process that scanned it was ended from outside; try again with fewer --jobs"
        raise CaptureError(what) from fault


def _begin(scan: Scan) -> None:
    # An interrupt ends a worker without a word: the command says what there is to say.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _scan.append(scan)


def _work(name: str) -> ScanResult:
    return _scan[0](name)
