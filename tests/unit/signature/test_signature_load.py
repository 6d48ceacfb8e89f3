"""Is a folder read as a whole, and is everything wrong with it said at once?"""

from __future__ import annotations

from pathlib import Path

import pytest

from sensor.model.errors import SignatureError
from sensor.signature import load
from sensor.signature.load import signature_files


def faults(folder: Path, **options: bool) -> list[str]:
    with pytest.raises(SignatureError) as caught:
        load(folder, **options)
    return str(caught.value).replace(f"{folder}/", "").splitlines()


def test_all_faults_of_all_files_at_once(folder) -> None:
    found = faults(
        folder(
            ("revision: 1", "revision: '1'"),
            ("strength: unique", "strength: certain"),
            ("match: suffix", "match: contains"),
            ("verified: 2026", "verfied: 2026"),
        )
    )
    assert [text.partition("]")[0] + "]" for text in found] == [
        "pools/demo_pools.yml:4: [format]",
        "pools/demo_pools.yml:16: [format]",
        "pools/demo_pools.yml:18: [format]",
        "pools/demo_pools.yml:18: [format]",
        "pools/demo_pools.yml:19: [format]",
        "pools/demo_pools.yml:19: [format]",
        "protocols/stratum-v1/demo_subscribe.yml:4: [format]",
        "protocols/stratum-v1/demo_subscribe.yml:29: [format]",
    ]
    assert all("; " in text for text in found)


def test_all_faults_of_detection_at_once(folder) -> None:
    found = faults(
        folder(
            ("'\"mining.'", "'\"mi'"),
            ("jsonrpc.params|type: array", "jsonrpc.param|type: array\n        tls.sni: x\n        http.uri|like: x"),
            ("condition: subscribe and not other", "condition: subscribe and another"),
            ("agent: jsonrpc.params.0", "agent: [jsonrpc.params.0, http.agent]"),
        )
    )
    assert [text.split("] ")[1].partition(";")[0] for text in found] == [
        "the anchor '\"mi' is shorter than 4 bytes",
        "'jsonrpc.param' is not a field of jsonrpc",
        "'tls.sni' is not a field of jsonrpc",
        "unknown modifier 'like'",
        "the selection 'other' is not used",
        "there is no selection 'another'",
        "'http.agent' is not a field of http",
    ]


def test_ids_and_names_are_used_once(folder) -> None:
    folder_ = folder()
    text = (folder_ / "pools/demo_pools.yml").read_text()
    (folder_ / "pools/other.yml").write_text(text)
    assert [line.partition(" is taken by ")[0] for line in faults(folder_)] == [
        "pools/other.yml:1: [identity] id 0f0c6b5e-6d0e-4b52-9d9c-5d4f6e0a1b02",
        "pools/other.yml:2: [identity] name demo_pools",
    ]


@pytest.mark.parametrize(("nursery", "names"), [(False, 2), (True, 3)])
def test_nursery_is_loaded_on_request(folder, nursery: bool, names: int) -> None:
    root = folder()
    text = (root / "pools/demo_pools.yml").read_text().replace("1b02", "1b92").replace("demo_pools", "young_pools")
    for name in ("nursery", "deprecated", ".hidden", "schema"):
        (root / name).mkdir()
    (root / "nursery/young_pools.yml").write_text(text)
    (root / "deprecated/old.yml").write_text("broken: [")
    (root / ".hidden/x.yml").write_text("broken: [")
    (root / "schema/x.json").write_text("{")
    (root / "known_false_positives.yml").write_text("[]")
    assert len(load(root, nursery=nursery).signatures) == names


def test_a_nested_nursery_is_no_nursery(folder) -> None:
    root = folder(files={"pools/nursery/x.yml": "broken: ["})
    assert root / "pools/nursery/x.yml" in signature_files(root, {"nursery"})


@pytest.mark.parametrize("text", ["", "- a\n", "just text", "null"])
def test_a_file_that_is_no_mapping(folder, text: str) -> None:
    assert faults(folder(files={"pools/x.yml": text}))[0].startswith("pools/x.yml:1: [yaml] a signature is a mapping")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SignatureError, match=r"there is no such folder; name a folder"):
        load(tmp_path / "absent")


def test_an_empty_folder_is_an_empty_set(tmp_path: Path) -> None:
    signatures = load(tmp_path)
    assert (signatures.signatures, signatures.coins) == ((), ())
    assert signatures.name("pool.example") is None
