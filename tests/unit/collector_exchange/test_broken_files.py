"""Does every broken file end in a message, with nothing half imported, whatever kind it is said to be?"""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from broken_files import COUNT, Broken, broken_files, made
from django.apps import apps

from collector.faults import CollectorError
from collector.registry.imports.kinds import known_kinds
from collector.registry.imports.run import ImportReport, ImportRequest, run_import
from collector.registry.models import ImportBatch
from collector.settings.config import ImportOptions

OPTIONS = ImportOptions(max_rows=2_000, max_file_bytes=4_000_000, max_faults_kept=50)
MAX_BYTES = 200_000_000
_PARTS = 10


def _rows() -> dict[str, int]:
    """How many rows every table of the collector has."""
    tables = (model for model in apps.get_models() if model.__module__.startswith("collector."))
    return {model._meta.label: model._default_manager.count() for model in tables}


@pytest.mark.parametrize("part", range(_PARTS))
@pytest.mark.usefixtures("db")
def test_a_broken_file_ends_in_a_message(part: int, tmp_path: Path) -> None:
    kinds = sorted(known_kinds())
    before = _rows()
    for broken in [one for one in broken_files() if one.number % _PARTS == part]:
        path = tmp_path / f"{broken.number}.{broken.suffix}"
        path.write_bytes(broken.content)
        # Each fault meets other kinds each time it comes round.
        kind = kinds[(broken.number * 7 + broken.number // 15) % len(kinds)]
        try:
            report = run_import(ImportRequest(kind, path), OPTIONS)
        except CollectorError as refused:
            assert "; " in str(refused), f"{broken.fault}: {refused}: says not what to do"
            assert _rows() == before, f"{broken.fault} as {kind}: half imported"
        else:
            _check(report, broken, kind.value)
            before = _rows()


def _check(report: ImportReport, broken: Broken, kind: str) -> None:
    """What could be used was, and the rest is told row by row."""
    batch = ImportBatch.objects.get(no=report.batch_no)
    assert (batch.rows_ok, batch.rows_bad) == (report.rows_ok, report.rows_bad), f"{broken.fault} as {kind}"
    assert report.rows_ok > 0
    assert len(report.faults) == min(report.rows_bad, OPTIONS.max_faults_kept)
    assert all(fault.row_no > 0 and fault.what and fault.hint for fault in report.faults)


@pytest.mark.usefixtures("db")
def test_memory_stays_within_bounds(tmp_path: Path) -> None:
    """The largest ones, by what Python allocates."""
    worst = [one for one in broken_files() if one.fault in ("a bomb", "a million rows")][:4]
    kind = sorted(known_kinds())[0]
    for broken in worst:
        path = tmp_path / f"{broken.number}.{broken.suffix}"
        path.write_bytes(broken.content)
        tracemalloc.start()
        with pytest.raises(CollectorError):
            run_import(ImportRequest(kind, path), OPTIONS)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak_bytes < MAX_BYTES, broken.fault


def test_there_are_two_hundred_and_always_the_same() -> None:
    first, second = ([one.content for one in files] for files in (broken_files(), made()))
    assert len(first) == COUNT
    # A workbook holds the moment it was made.
    assert [len(one) for one in first] == pytest.approx([len(one) for one in second], abs=64)
