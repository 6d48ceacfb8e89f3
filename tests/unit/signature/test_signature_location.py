"""Is the shipped set found in a checkout and in an installed package, and does a package carry all of it?"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from sensor.model.errors import SignatureError
from sensor.signature import location

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("in_checkout", "in_package", "found"),
    [(True, True, "checkout"), (True, False, "checkout"), (False, True, "package"), (False, False, None)],
)
def test_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_checkout: bool, in_package: bool, found: str | None
) -> None:
    for name, there in (("checkout", in_checkout), ("package", in_package)):
        (tmp_path / name).mkdir()
        if there:
            (tmp_path / name / "SPEC.md").touch()
    monkeypatch.setattr(location, "_IN_CHECKOUT", tmp_path / "checkout")
    monkeypatch.setattr(location, "_IN_PACKAGE", tmp_path / "package")
    if found is None:
        with pytest.raises(SignatureError, match=r"are missing; install minewatch again"):
            location.shipped_folder()
    else:
        assert location.shipped_folder() == tmp_path / found


def test_a_package_carries_every_file() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    package = REPOSITORY / "sensor" / "signature"
    carried = {path for pattern in settings["package-data"]["sensor.signature"] for path in package.glob(pattern)}
    inside = (package / "shipped").resolve()
    shipped = {path for path in inside.rglob("*") if path.is_file()}
    assert inside == REPOSITORY / "signatures"
    assert {path.resolve() for path in carried} == shipped
