"""Does every requirement of the documents stand in the table, with commands, routes, lists and tests that exist?"""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest
from django.urls import Resolver404, resolve

from collector.api import api
from collector.lists.choices import ListKind
from collector.registry.imports.kinds import known_kinds

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/features.md"
ALL = [f"F{number:02}" for number in range(1, 44)] + ["F42b"]
OUT_OF_SCOPE = "out of scope: "
_ROW = re.compile(r"^\| (F\d\d[a-z]?) \| (.+) \| (.+) \| `(.+)` \|$")
_CODE = re.compile(r"`([^`]+)`")


def rows() -> dict[str, tuple[str, str, str]]:
    """By id: what is asked, where it works, the test."""
    found = [_ROW.match(line) for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| F")]
    return {one[1]: (one[2], one[3], one[4]) for one in found if one}


ROWS = rows()
PLACES = [(key, code) for key, (_, where, _) in ROWS.items() for code in _CODE.findall(where)]


def test_every_requirement_has_one_row() -> None:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if re.match(r"\| F\d", line)]
    assert len(lines) == len(ROWS), "a row has not four cells, or an id stands twice"
    assert sorted(ROWS) == sorted(ALL)


@pytest.mark.parametrize(("key", "code"), PLACES, ids=[f"{key}-{number}" for number, (key, _) in enumerate(PLACES)])
def test_what_is_named_is_there(key: str, code: str) -> None:
    if code.startswith("minewatch "):
        _check_kinds(shlex.split(code))
    elif code.startswith(("GET ", "POST ")):
        method, path = code.split()
        assert (method, path.removeprefix("/api/v1")) in _operations(), code
    else:
        assert code.startswith("/"), f"{key}: {code} is no command, call or page"
        _check_page(code)


def _check_kinds(words: list[str]) -> None:
    """Lists and files are of known kinds; that the command and its options exist is checked for every document."""
    if "--kind" in words:
        assert words[words.index("--kind") + 1] in ListKind.values
    if words[:3] == ["minewatch", "collector", "import"] and len(words) > 3:
        assert words[3] in known_kinds()


def _operations() -> set[tuple[str, str]]:
    return {
        (method, prefix + path)
        for prefix, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }


def _check_page(path: str) -> None:
    plain = re.sub(r"<[a-z]+>", "x", path.partition("?")[0])
    try:
        resolve(plain)
    except Resolver404:
        pytest.fail(f"{path}: no page answers")


@pytest.mark.parametrize("key", ROWS)
def test_its_test_is_there(key: str) -> None:
    path, _, name = ROWS[key][2].partition("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert name in functions, f"{path} has no test {name}"


def test_lists_are_named_in_full() -> None:
    named = {one for _, where, _ in ROWS.values() for one in re.findall(r"\bL\d{1,2}\b", where)}
    assert named == {f"L{number}" for number in range(1, 13)}


def test_the_documents_support_what_is_left_out(shared: Path) -> None:
    """What is out of scope is the publicity department's work by the plan itself."""
    left_out = [key for key, (_, where, _) in ROWS.items() if where.startswith(OUT_OF_SCOPE)]
    assert left_out == ["F42"]
    plan = "".join(path.read_text("utf-8") for path in sorted((shared / "policy").glob("002*")))
    assert "宣传" in plan
    assert "舆" in plan
