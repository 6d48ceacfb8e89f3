"""Is the small YAML read as YAML 1.2 means it, and does every fault have its line?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from sensor.model import yamlfile
from sensor.model.yamlfile import Lines, YamlError, parse_yaml, read_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", {"a": 1}),
        ("a: [1, -2, 0x1f, 1.5, 1e3]", {"a": [1, -2, 31, 1.5, 1000.0]}),
        ("a: [true, false, null, ~, ]", {"a": [True, False, None, None]}),
        ("a: [yes, no, on, off, NO, True]", {"a": ["yes", "no", "on", "off", "NO", "True"]}),
        ("a: ['1', \"true\", '']", {"a": ["1", "true", ""]}),
        ("a: [2026-11-22, 10:20, 1.2.3.4, 2001:db8::1]", {"a": ["2026-11-22", "10:20", "1.2.3.4", "2001:db8::1"]}),
        ("a:\nb: x # why", {"a": None, "b": "x"}),
        ('a: "\\x16\\u0041\\n"', {"a": "\x16A\n"}),
        ("a: |\n    x\n    y\n", {"a": "x\ny\n"}),
        ("", None),
        ("# nothing", None),
        (f"a: {'9' * 400}", {"a": "9" * 400}),
    ],
)
def test_values(text: str, value: Any) -> None:
    found = parse_yaml(text)
    assert found == value
    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a: 1\na: 2", 2, "the key 'a' is here twice"),
        ("a: &x 1\nb: *x", 1, "anchors (&name) are not allowed"),
        ("a: 1\nb: !!python/object:os.system x", 2, "the tag tag:yaml.org,2002:python/object:os.system is not allowed"),
        ("a: 1\n\nb: [1, 2", 3, "this is not YAML"),
        ("a: 1\n---\nb: 2", 2, "a second document starts here"),
        ("[a]: 1", 1, "a key must be a plain word"),
        ("a:\n  - b\n c: 1", 3, "this is not YAML"),
        ("a: \x00", 1, "this is not YAML"),
        ("[" * 30 + "]" * 30, 1, "nested deeper than 24 levels"),
    ],
)
def test_faults(text: str, line: int, what: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse_yaml(text)
    assert what in caught.value.what
    assert caught.value.line == line


def test_lines_of_keys_and_elements() -> None:
    lines = Lines("a: 1\nb:\n    - x\n    - {c: 1,\n       d: 2}\n")
    paths = [("a",), ("b", 0), ("b", 1, "c"), ("b", 1, "d"), ("b", 9), ("nope",)]
    assert [lines.at(path) for path in paths] == [1, 3, 4, 5, 2, 1]
    assert lines.keys() == ["a", "b"]


def test_unreadable_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "latin").write_bytes(b"a: \xff")
    (tmp_path / "big").write_bytes(b"a: 1")
    with pytest.raises(YamlError, match=r"not UTF-8 \(byte 3\)"):
        read_text(tmp_path / "latin")
    os.mkfifo(tmp_path / "pipe")
    for name in ("absent", "pipe"):
        with pytest.raises(YamlError, match="this is no file that can be read"):
            read_text(tmp_path / name)
    monkeypatch.setattr(yamlfile, "MAX_FILE_BYTES", 3)
    with pytest.raises(YamlError, match="larger than 3 bytes"):
        read_text(tmp_path / "big")
