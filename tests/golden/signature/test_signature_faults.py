"""Do broken signatures get the exact texts their authors should read?

A case is a folder of broken files with ``expected.txt``. The texts are a product: change them with care.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sensor.signature.lint import lint_folder

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/expected.txt"))


@pytest.mark.parametrize("case", CASES)
def test_texts(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE / case)
    found = "".join(f"{fault}\n" for fault in lint_folder(Path()))
    assert found == (HERE / case / "expected.txt").read_text(encoding="utf-8")


def test_every_folder_has_its_texts() -> None:
    folders = {path.name for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(CASES)
