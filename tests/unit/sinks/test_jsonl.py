"""Does the file hold whole lines only, and each detection once?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sinks_support import make_detection

from sensor.config.options import JsonlOptions
from sensor.model.errors import SpoolError
from sensor.sinks import jsonl
from sensor.sinks.jsonl import JsonlSink


def line(number: int) -> bytes:
    return make_detection(number).to_json().encode() + b"\n"


FILES = [
    # what the file holds before, which detections are written, what it holds then
    ("new file", None, [1, 2], line(1) + line(2)),
    ("empty file", b"", [1], line(1)),
    ("appended", line(1), [2], line(1) + line(2)),
    ("replayed", line(1) + line(2), [1, 2, 3], line(1) + line(2) + line(3)),
    ("twice in one", None, [1, 1], line(1)),
    ("last line cut short", line(1) + line(2)[:40], [2], line(1) + line(2)),
    ("cut before its newline", line(1) + line(2)[:-1], [2], line(1) + line(2)),
    ("nothing but a cut line", line(1)[:40], [1], line(1)),
    ("a cut line longer than a block", line(1) + b"x" * 200_000, [2], line(1) + line(2)),
    ("foreign lines stay", b'rubbish\n[1]\n{"event_id": 3}\n', [1], b'rubbish\n[1]\n{"event_id": 3}\n' + line(1)),
]


@pytest.mark.parametrize("fsync", [True, False])
@pytest.mark.parametrize(("before", "written", "after"), [row[1:] for row in FILES], ids=[row[0] for row in FILES])
def test_file(tmp_path: Path, before: bytes | None, written: list[int], after: bytes, fsync: bool) -> None:
    path = tmp_path / "out" / "detections.jsonl"
    if before is not None:
        path.parent.mkdir()
        path.write_bytes(before)
    with JsonlSink(JsonlOptions(path=path, fsync=fsync)) as sink:
        sink.write([make_detection(number) for number in written])
        # What write() returned for is there, before anything is closed.
        assert path.read_bytes() == after


def test_stdout_gets_every_line(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with JsonlSink(JsonlOptions()) as sink:
        assert sink.write([make_detection(1)]) == 1
        assert sink.write([make_detection(1)]) == 1
    assert capfdbinary.readouterr().out == line(1) * 2
    assert json.loads(line(1))["event_id"] == make_detection(1).event_id


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_KNOWN", 2)
    with JsonlSink(JsonlOptions(path=tmp_path / "x")) as sink:
        assert [sink.write([make_detection(n)]) for n in (1, 2, 2, 3, 2, 1)] == [1, 1, 0, 1, 0, 1]


@pytest.mark.parametrize("name", ["", "file/below"])
def test_unwritable(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match="lines cannot be written"):
        JsonlSink(JsonlOptions(path=tmp_path / name))
