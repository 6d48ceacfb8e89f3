"""How far has a scan come? A bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class Bar:
    """A bar that nobody watches."""

    def name(self, text: str) -> None:
        """Say what is being read."""

    def advance(self, count_bytes: int) -> None:
        """So many bytes more have been read."""


@contextmanager
def progress(total_bytes: int) -> Iterator[Bar]:
    """The bar of one scan on stderr; ``total_bytes`` 0 is for a length that is not known."""
    if sys.stderr.isatty():
        with _drawn(total_bytes) as bar:
            yield bar
    else:
        yield Bar()


@contextmanager
def _drawn(total_bytes: int) -> Iterator[Bar]:
    # Imported where it draws: a scan in a script need not pay for it.
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    class Drawn(Bar):
        def name(self, text: str) -> None:
            shown.update(task, description=text)

        def advance(self, count_bytes: int) -> None:
            shown.advance(task, count_bytes)

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=total_bytes or None)
        yield Drawn()
