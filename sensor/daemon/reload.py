"""When does a signature set that changed on the disk come into use, and which one is never let in?

The set at work is a copy of its folder: workers that start later read the same set, whatever became of the folder. A
set that cannot be loaded, that is empty, or that has shrunk below a share of the one at work is refused, loudly, and
the last good one stays.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sensor.config.options import ReloadOptions
from sensor.model.closing import Closing
from sensor.model.errors import MinewatchError, SignatureError
from sensor.signature import SignatureSet, load
from sensor.signature.location import shipped_folder

Stamp = tuple[tuple[str, int, int], ...]
MAX_FILES = 100_000


@dataclass(frozen=True, slots=True)
class Loaded:
    """A set in use."""

    signatures: SignatureSet
    folder: Path
    """The copy that workers read."""


@dataclass(slots=True)
class Outcome:
    """What became of one try: either a set, or why there is none."""

    loaded: Loaded | None = None
    fault: str = ""


@dataclass(slots=True)
class _Try:
    thread: threading.Thread
    outcome: Outcome = field(default_factory=Outcome)


class SignatureKeeper(Closing):
    """Holds the set at work, and looks for the next one without keeping its caller waiting."""

    def __init__(
        self,
        folder: Path | None,
        signatures: SignatureSet,
        options: ReloadOptions,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """``signatures`` is the set that was loaded from ``folder``."""
        self._folder = folder
        self._options = options
        self._monotonic_s = monotonic_s
        self._copies = tempfile.TemporaryDirectory(prefix="minewatch-signatures-")
        # Workers that gave up their privileges read it, too; signatures are no secret.
        Path(self._copies.name).chmod(0o755)
        self._number = 0
        self._stamp = stamp_of(folder)
        self.loaded = Loaded(signatures, self._copy(signatures.fingerprint))
        self._next_s = monotonic_s() + options.poll_s
        self._asked = False
        self._try: _Try | None = None

    def ask(self) -> None:
        """Look at once, changed or not (SIGHUP)."""
        self._asked = True

    def step(self) -> Outcome | None:
        """Do what is due; the outcome of a try that has come to its end, else None."""
        if self._try is not None:
            if self._try.thread.is_alive():
                return None
            done, self._try = self._try.outcome, None
            self.loaded = done.loaded or self.loaded
            return done
        if self._asked or self._has_changed():
            self._asked = False
            self._begin()
        return None

    def close(self) -> None:
        """Remove the copies."""
        if self._try is not None:
            self._try.thread.join()
        self._copies.cleanup()

    def _has_changed(self) -> bool:
        """Looks as often as the options say. A folder that still changes is left until it has come to rest."""
        if self._folder is None or not self._options.poll_s or self._monotonic_s() < self._next_s:
            return False
        self._next_s = self._monotonic_s() + self._options.poll_s
        stamp = stamp_of(self._folder)
        if stamp == self._stamp:
            return False
        time.sleep(0.05)
        if stamp_of(self._folder) != stamp:
            return False
        self._stamp = stamp
        return True

    def _begin(self) -> None:
        started = _Try(threading.Thread(target=lambda: self._load(started.outcome), name="reload", daemon=True))
        self._try = started
        started.thread.start()

    def _load(self, outcome: Outcome) -> None:
        try:
            fresh = load(self._folder)
            self._check(fresh)
            outcome.loaded = Loaded(fresh, self._copy(fresh.fingerprint))
        except (MinewatchError, OSError) as fault:
            outcome.fault = str(fault)

    def _check(self, fresh: SignatureSet) -> None:
        """Raises :class:`SignatureError` for a set that must not take the place of the one at work."""
        old, new = sizes(self.loaded.signatures), sizes(fresh)
        for what, count in old.items():
            if new[what] < count * self._options.min_share or (count and not new[what]):
                raise SignatureError(
                    f"{self._folder or 'shipped'}: has {new[what]} {what} where the set at work has {count}; "
                    "the old one stays. Restart the sensor if that is meant"
                )

    def _copy(self, fingerprint: str) -> Path:
        """The shipped set is copied, too: an upgrade under a running daemon must not reach its workers."""
        self._number += 1
        place = Path(self._copies.name, str(self._number))
        shutil.copytree(self._folder or shipped_folder(), place, ignore=_all_but_yaml)
        for path in (place, *place.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        copied = load(place)
        if copied.fingerprint != fingerprint:
            shutil.rmtree(place, ignore_errors=True)
            raise SignatureError(f"{self._folder or 'shipped'}: changed while it was read; it will be looked at again")
        return place


def sizes(signatures: SignatureSet) -> dict[str, int]:
    """How much a set holds: rules over messages, and names and addresses."""
    rules = sum(signature.rule is not None for signature in signatures.signatures)
    entries = len(signatures.names) + len(signatures.name_suffixes) + len(signatures.addresses)
    return {"rules": rules, "names and addresses": entries}


def stamp_of(folder: Path | None) -> Stamp:
    """Names, times and sizes of a folder's files: differs whenever one was written, added or removed."""
    if folder is None:
        return ()
    rows = []
    for path in sorted(folder.rglob("*.yml"))[:MAX_FILES]:
        try:
            status = path.stat()
        except OSError:
            continue
        rows.append((str(path.relative_to(folder)), status.st_mtime_ns, status.st_size))
    return tuple(rows)


def age_s(signatures: SignatureSet, now_ns: int) -> int:
    """Time since the newest change of a signature of the set, in seconds; a day's change counts from its midnight."""
    days = [each.document.modified or each.document.date for each in signatures.signatures]
    newest = datetime.combine(max(days), datetime.min.time(), UTC) if days else datetime.fromtimestamp(0, UTC)
    return max(0, now_ns // 1_000_000_000 - int(newest.timestamp()))


def _all_but_yaml(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not name.endswith(".yml") and not Path(folder, name).is_dir()}
