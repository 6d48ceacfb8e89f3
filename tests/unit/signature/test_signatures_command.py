"""Does ``minewatch signatures`` answer with the right text and exit status?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sensor.cli.main import main


@pytest.mark.parametrize(
    ("change", "status", "out", "err"),
    [
        ((), 0, "", "no faults"),
        ((("level: low", "level: high"),), 2, "pools/demo_pools.yml:6: [level] the level is high", "1 faults"),
        ((("level: low", "level: lwo"),), 2, "pools/demo_pools.yml:6: [format] level is 'lwo'; use 'info", "1 faults"),
    ],
)
def test_lint(folder, capsys, change, status: int, out: str, err: str) -> None:
    assert main(["signatures", "lint", str(folder(*change))]) == status
    printed = capsys.readouterr()
    assert out in printed.out
    assert err in printed.err


@pytest.mark.parametrize(
    ("change", "status", "out", "err"),
    [
        ((), 0, "", "2 signatures, 4 positive and 4 negative samples, 0 failures; set "),
        (
            (("fields: {tls.sni: x.a", "fields: {tls.sni: x.c"),),
            1,
            "demo_pools: positive 1: it is not matched",
            "1 fail",
        ),
        ((("level: low", "level: lwo"),), 2, "", "minewatch: error: "),
    ],
)
def test_test(folder, capsys, change, status: int, out: str, err: str) -> None:
    assert main(["signatures", "test", str(folder(*change))]) == status
    printed = capsys.readouterr()
    assert out in printed.out
    assert err in printed.err


def test_list_as_a_table(folder, capsys) -> None:
    assert main(["signatures", "list", "--signatures", str(folder())]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:5] for line in lines[1:3]] == [
        ["demo_pools", "1", "test", "low", "pool"],
        ["demo_subscribe", "1", "test", "high", "stratum-v1"],
    ]
    assert lines[3].startswith("2 signatures, 0 coins, set ")


def test_list_as_json(folder, capsys) -> None:
    assert main(["signatures", "list", "--signatures", str(folder()), "--format", "json"]) == 0
    pools, subscribe = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (pools["name"], pools["kind"], pools["entries"], pools["dialect"]) == ("demo_pools", "pool", 2, None)
    assert (subscribe["class"], subscribe["dialect"], subscribe["entries"]) == ("protocol", "stratum-v1", None)


def test_list_writes_schemas(folder, capsys) -> None:
    root = folder()
    assert main(["signatures", "list", "--signatures", str(root), "--schema"]) == 0
    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert {path.parent for path in written} == {root / "schema"}
    assert all(json.loads(path.read_text())["$schema"].endswith("2020-12/schema") for path in written)


def test_show(folder, capsys) -> None:
    root = folder()
    assert main(["signatures", "show", "demo_pools", "--signatures", str(root)]) == 0
    path = root / "pools/demo_pools.yml"
    assert capsys.readouterr().out == f"# {path}\n{path.read_text()}"


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["show", "nope", "--signatures", "FOLDER"], "there is no signature 'nope'"),
        (["lint", "/nowhere"], "/nowhere: there is no such folder"),
        (["test", "/nowhere"], "/nowhere: there is no such folder"),
        (["list", "--signatures", "/nowhere"], "/nowhere: there is no such folder"),
        (["list", "--schema", "--signatures", "/proc/nowhere"], "/proc/nowhere"),
    ],
)
def test_faults_end_with_status_2(folder, capsys, arguments: list[str], what: str) -> None:
    root = str(folder())
    assert main(["signatures", *(root if each == "FOLDER" else each for each in arguments)]) == 2
    assert capsys.readouterr().err.startswith(f"minewatch: error: {what}")
