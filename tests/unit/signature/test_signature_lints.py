"""Does every lint find its fault, and nothing in sound signatures?"""

from __future__ import annotations

from pathlib import Path

import pytest

from sensor.model.errors import SignatureError
from sensor.signature.lint import LINTS, lint_folder
from sensor.signature.location import shipped_folder

A = "a.example.net, coin: XMR"
B = "b.example.net, ports"
LEVEL = "level: low"
OLD = "id: 0f0c6b5e-6d0e-4b52-9d9c-5d4f6e0a1b91\nname: old"

CASES = [
    ("file-name", "name: demo_pools", "name: other_pools", "does not go with the file demo_pools.yml"),
    ("folder", "dialect: stratum-v1", "dialect: zip-301", "is protocols/stratum-v1, not protocols/zip-301"),
    ("folder", "kind: pool", "kind: site", "is pools, not sites"),
    ("key-order", "status: test\nlevel: low", "level: low\nstatus: test", "the key status stands after level"),
    ("deprecated", "status: test\nlevel: low", "status: deprecated\nlevel: low", "outside deprecated/"),
    (
        "related",
        "falsepositives: [visiting a web site]",
        "related: [{id: 0f0c6b5e-6d0e-4b52-9d9c-5d4f6e0a1bff, type: similar}]\nfalsepositives: []",
        "no other signature has the id",
    ),
    ("tags", "[attack.impact, kind.pool]", "[attack.imapct, kind.pool]", "the tag attack.imapct is not on the list"),
    ("tags", "[attack.impact, kind.pool]", "[kind.pool, kind.pool]", "the tag kind.pool is here twice"),
    ("tags-content", "[attack.impact, kind.pool]", "[kind.proxy]", "the tags tell kind.proxy, the content kind.pool"),
    ("tags-content", ", dialect.stratum-v1]", "]", "the tags tell nothing, the content dialect.stratum-v1"),
    ("references", "status: test\nlevel: low", "status: stable\nlevel: low", "a stable signature has no references"),
    ("level", "level: low", "level: high", "the level is high on the strength of an indicator alone"),
    ("evidence", "class: indicator", "class: protocol", "indicators give indicator evidence, not protocol"),
    ("evidence", "    dialect: stratum-v1\n", "", "protocol evidence names no dialect"),
    ("modified", "revision: 1", "revision: 2", "revision 2 has no modified date"),
    ("modified", "date: 2026-11-22\n", "date: 2026-11-22\nmodified: 2026-11-21\n", "before its date 2026-11-22"),
    ("samples", "        - fields: {dns.query: example.net}\n", "", "1 negative samples are fewer than 2"),
    ("anchor-missing", "'\"mining.'", "'mining.notify'", "contains none of the anchors"),
    (
        "allow",
        "- fields: {tls.sni: xa.example.net}",
        "- {fields: {tls.sni: x.org}, allow: [demo_subscribe]}",
        "allow has no note",
    ),
    (
        "allow",
        "- fields: {tls.sni: xa.example.net}",
        "- {fields: {tls.sni: x.org}, allow: [who_knows], note: x}",
        "allow names who_knows, which is no signature",
    ),
    ("entry-order", A, "c.example.net, coin: XMR", "b.example.net stands after c.example.net"),
    ("entry-form", A, "A.example.net, coin: XMR", "'A.example.net' is not a host name"),
    ("entry-form", A, "'*.example.net', coin: XMR", "is not a host name"),
    ("entry-form", A, "a.example.net., coin: XMR", "is not a host name"),
    ("entry-form", A, "'192.0.2.1', coin: XMR", "is not a host name"),
    ("entry-form", A, "localhost, coin: XMR", "is not a host name"),
    ("entry-public", A, "co.uk, coin: XMR", "co.uk is a public suffix"),
    ("entry-public", A, "ddns.net, coin: XMR", "ddns.net is a parent that strangers share"),
    ("entry-public", A, "mooo.com, coin: XMR", "mooo.com is a parent that strangers share"),
    ("entry-covered", A, "b.example.net", "b.example.net is listed twice, the other in pools/demo_pools.yml:18"),
]


def found(folder: Path) -> list[str]:
    return [str(fault).removeprefix(f"{folder}/") for fault in lint_folder(folder)]


def test_sound_signatures_have_no_faults(folder) -> None:
    assert found(folder()) == []


@pytest.mark.parametrize(("lint", "old", "new", "what"), CASES)
def test_lint_finds_its_fault(folder, lint: str, old: str, new: str, what: str) -> None:
    texts = [text for text in found(folder((old, new))) if f"[{lint}]" in text]
    assert any(what in text for text in texts), texts


def test_every_lint_has_a_case() -> None:
    tested = {lint for lint, *_ in CASES} | {"entry-global", "entry-shared"}
    assert {lint.name for lint in LINTS} == tested
    assert all(lint.recommendation for lint in LINTS)


def test_lint_names_are_unique_and_told() -> None:
    contract = (shipped_folder() / "SPEC.md").read_text(encoding="utf-8")
    assert len({lint.name for lint in LINTS}) == len(LINTS)
    assert [lint.name for lint in LINTS if f"`{lint.name}`" not in contract] == []


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        ("pool.example", "eu.pool.example", True),
        ("pool.example, coin: XMR", "eu.pool.example, coin: XMR", True),
        ("pool.example", "eu.pool.example, coin: XMR", False),
        ("pool.example, operator: P", "eu.pool.example, operator: Q", False),
        ("pool.example, ports: [1]", "eu.pool.example, ports: [1]", True),
        ("pool.example, ports: [1]", "eu.pool.example, ports: [2]", False),
        ("pool.example", "eu-pool.example", False),
    ],
)
def test_an_entry_that_tells_no_more_is_covered(folder, wide: str, narrow: str, covered: bool) -> None:
    root = folder((A, f"{narrow}"), (B, f"{wide}, licence"), (", licence: [3333]", ""))
    texts = [text for text in found(root) if "[entry-covered]" in text]
    assert bool(texts) is covered
    assert all("is covered by pool.example in pools/demo_pools.yml:19" in text for text in texts)


@pytest.mark.parametrize(
    ("match", "value", "lint"),
    [
        ("exact", "8.8.8.8", None),
        ("cidr", "8.8.8.0/24", None),
        ("exact", "10.0.0.1", "entry-global"),
        ("exact", "127.0.0.1", "entry-global"),
        ("exact", "224.0.0.1", "entry-global"),
        ("cidr", "192.168.0.0/16", "entry-global"),
        ("exact", "104.31.70.206", "entry-shared"),
        ("exact", "2606:4700::6810:1", "entry-shared"),
        ("cidr", "104.31.70.0/24", "entry-shared"),
        ("cidr", "104.0.0.0/6", "entry-shared"),
        ("cidr", "8.8.8.8/24", "address"),
        ("cidr", "8.8.8.8", "entry-form"),
        ("exact", "8.8.8.0/24", "address"),
        ("exact", "2001:4860:4860:0::8888", "entry-form"),
        ("exact", "2001:4860:4860::8888", None),
        ("exact", "pool.example", "address"),
        ("cidr", "8.8.8.0/33", "address"),
    ],
)
def test_addresses(folder, match: str, value: str, lint: str | None) -> None:
    root = folder(
        ("type: domain", "type: address"),
        ("match: suffix", f"match: {match}"),
        (A, f"'{value}'"),
        (B, "9.9.9.9, ports"),
    )
    texts = [text for text in found(root) if "pools.yml:18" in text]
    assert [lint] == [text.split("[")[1].split("]")[0] for text in texts] if lint else texts == []


def test_an_address_inside_a_network_is_covered(folder) -> None:
    root = folder(
        *(("type: domain", "type: address"), ("match: suffix", "match: cidr")),
        *((A, "8.8.8.0/24"), (B, "8.8.8.8/32, ports")),
    )
    assert any("8.8.8.8/32 is covered by 8.8.8.0/24" in text for text in found(root))


def test_nursery_may_lack_samples(folder) -> None:
    root = folder(("        - fields: {dns.query: example.net}\n", ""))
    (root / "nursery").mkdir()
    (root / "pools/demo_pools.yml").rename(root / "nursery/demo_pools.yml")
    assert found(root) == []


def test_an_id_is_taken_for_ever(folder) -> None:
    root = folder()
    text = (root / "pools/demo_pools.yml").read_text().replace("name: demo_pools", "name: old_pools")
    (root / "deprecated").mkdir()
    (root / "deprecated/old_pools.yml").write_text(text.replace("status: test", "status: deprecated"))
    assert [text.partition(" is taken by ")[0] for text in found(root)] == [
        "pools/demo_pools.yml:1: [identity] id 0f0c6b5e-6d0e-4b52-9d9c-5d4f6e0a1b02"
    ]


def test_an_exception_excuses_one_lint_of_one_signature(folder) -> None:
    rows = "- {signature: demo_pools, lint: level, reason: agreed}\n"
    root = folder(("level: low", "level: high"), ("date: 2026-11-22\n", "date: 2026-11-23\n"))
    assert any("[level]" in text for text in found(root))
    (root / "known_false_positives.yml").write_text(rows)
    assert found(root) == []


def test_an_exception_without_a_fault_is_a_fault(folder) -> None:
    root = folder(files={"known_false_positives.yml": "- {signature: demo_pools, lint: level, reason: agreed}\n"})
    assert found(root) == [
        "known_false_positives.yml:1: [exception] demo_pools does not fail the lint level; remove the row"
    ]


def test_faults_of_form_and_of_lint_come_together(folder) -> None:
    texts = found(folder(("strength: unique", "strength: certain"), ("level: low", "level: high")))
    assert [text.split("[")[1].split("]")[0] for text in texts] == ["level", "format"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SignatureError, match=r"there is no such folder"):
        lint_folder(tmp_path / "absent")
