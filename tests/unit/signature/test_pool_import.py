"""Does the pool import take over what it may, and put each name where it belongs?"""

from __future__ import annotations

import csv
import datetime
from pathlib import Path

import pytest

from sensor.model.errors import SignatureError
from sensor.signature import pool_import
from sensor.signature.load import read_folder
from sensor.signature.pool_files import FILES
from sensor.signature.pool_import import SOURCES, documents, import_addresses, import_names

ADDED = datetime.date(2026, 11, 22)
MALTRAIL, NOCOIN, MEMPOOL = "stamparm/maltrail", "hoshsadiq/adblock-nocoin-list", "mempool/mining-pools"
BLP, PARENT = "blocklistproject/Lists", "blocklistproject/Lists (parent)"
UNLICENSED = "minershive/hive-pooltemplates"
COPYLEFT = "bigred2k/CoinBlockerLists"


def name(domain: str, sources: str, kind: str = "pool", **more: str) -> dict[str, str]:
    return {"domain": domain, "coin": "", "operator": "", "ports": "", "source_repo": sources, "kind": kind, **more}


def address(ip: str, ports: str, sources: str = MALTRAIL, **more: str) -> dict[str, str]:
    return {"ip": ip, "ports": ports, "source_repo": sources, "kind": "ioc", "latest_source_year": "2026", **more}


def placed(rows: list[dict[str, str]]) -> set[tuple[str, str]]:
    """(file, value) of every entry that is no web site made up from a pool's name."""
    own = {row["domain"] for row in rows}
    return {(each.file, each.value) for each in import_names(rows) if not _made(each.value, own)}


def _made(value: str, own: set[str]) -> bool:
    return value.startswith("www.") and value not in own


WHERE = [
    ("a pool's registered name", name("examplepool.org", MALTRAIL, "ioc/pool"), "public_pools"),
    ("a host of a name without a mining word", name("xmr.example.org", MALTRAIL, "ioc/pool"), "public_pool_hosts"),
    ("a name without a mining word", name("example.org", MALTRAIL, "ioc/pool"), "public_pool_hosts"),
    ("a name below a shared parent", name("mypool.ddns.net", MALTRAIL, "ioc/pool"), "public_pool_hosts"),
    ("a name below a private suffix", name("minero-01.now.sh", NOCOIN, "browser-miner"), "browser_miner_hosts"),
    ("a name below a suffix of two labels", name("xmrpool.co.uk", MALTRAIL, "ioc/pool"), "public_pools"),
    ("a browser miner", name("webminer.example", NOCOIN, "browser-miner"), "browser_miners"),
    ("a host of a browser miner", name("cdn.example.org", NOCOIN, "browser-miner"), "browser_miner_hosts"),
    ("a private proxy", name("minepool-c2.example", MALTRAIL, "ioc-private"), "mining_proxies"),
    ("a donation host", name("donate.v2.xmrig.com", MALTRAIL, "donate/ioc/pool"), "donation_hosts"),
    ("the software's own name", name("xmrig.com", MALTRAIL, "ioc/pool"), "operator_sites"),
    ("a web site of a pool", name("bitminter.com", MEMPOOL, "operator-site"), "operator_sites"),
    ("a web host of a pool", name("pool.binance.com", MEMPOOL, "operator-site"), "operator_web_hosts"),
    ("a coin's site on a block list", name("lanacoin.com", BLP), "operator_sites"),
    ("a seed of a coin's network", name("seed1.joulecoin.org", MALTRAIL, "ioc/pool"), "operator_web_hosts"),
]


@pytest.mark.parametrize(("what", "row", "file"), WHERE, ids=[row[0] for row in WHERE])
def test_a_name_goes_to_one_file(what: str, row: dict[str, str], file: str) -> None:
    assert placed([row]) == {(file, row["domain"])}


REFUSED = [
    ("no licence", name("examplepool.org", UNLICENSED)),
    ("copyleft", name("examplepool.org", COPYLEFT)),
    ("both", name("examplepool.org", f"{UNLICENSED}; {COPYLEFT}")),
    ("a placeholder", name("my.domain", NOCOIN, "browser-miner")),
    ("a parent that serves more", name("pool.bitcoin.com", f"{UNLICENSED}; {PARENT}")),
    ("a parent without a mining word", name("btc.example.org", f"{UNLICENSED}; {PARENT}")),
    ("a browser miner's parent", name("cdn.webminer.example", f"{COPYLEFT}; {PARENT}", "browser-miner")),
]


@pytest.mark.parametrize(("why", "row"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_no_permissive_list_names_is_left_out(why: str, row: dict[str, str]) -> None:
    assert import_names([row]) == []


def test_the_parent_is_shipped_where_only_the_parent_is_listed() -> None:
    rows = [
        name("eu1.examplepool.org", f"{UNLICENSED}; {PARENT}"),
        name("us1.examplepool.org", f"{UNLICENSED}; {PARENT}"),
    ]
    (pool,) = [each for each in import_names(rows) if each.file == "public_pools"]
    assert (pool.value, pool.source, pool.licence) == ("examplepool.org", BLP, "Unlicense")


def test_each_entry_cites_one_permissive_source() -> None:
    rows = [name("examplepool.org", f"{UNLICENSED}; {BLP}; {MALTRAIL}; {COPYLEFT}")]
    assert {(each.source, each.licence, each.verified) for each in import_names(rows)} == {(MALTRAIL, "MIT", 2026)}


COVERED = [
    ("a host under its pool", {}, False),
    ("a host that tells a coin", {"domain": "xmr.examplepool.org", "coin": "XMR"}, True),
    ("a host that tells its pool's coin", {"domain": "xmr.minexmr.com", "coin": "XMR"}, False),
]


@pytest.mark.parametrize(("what", "change", "kept"), COVERED, ids=[row[0] for row in COVERED])
def test_a_covered_host_stays_only_if_it_tells_more(what: str, change: dict[str, str], kept: bool) -> None:
    host = name("eu1.examplepool.org", MALTRAIL, "ioc/pool") | change
    rows = [name("examplepool.org", MALTRAIL), name("minexmr.com", MALTRAIL, coin="XMR"), host]
    assert (("public_pool_hosts", host["domain"]) in placed(rows)) is kept


def test_names_of_the_hand_written_file_are_left_to_it() -> None:
    rows = [name("examplepool.org", MALTRAIL), name("xmr.examplepool.org", MALTRAIL, coin="XMR")]
    entries = import_names(rows, {"examplepool.org": "Example", "auto.other.example": "Other"})
    assert {(each.file, each.value, each.operator) for each in entries} == {
        ("operator_web_hosts", "examplepool.org", "Example"),
        ("operator_web_hosts", "www.examplepool.org", "Example"),
    }


SITES = [
    ("ports on the names below", [("eu1.examplepool.org", "3333"), ("us1.examplepool.org", "3333")], True),
    ("ports on one name below", [("eu1.examplepool.org", "3333"), ("us1.examplepool.org", "")], False),
    (
        "ports on the bare name too",
        [("examplepool.org", "3333"), ("a.examplepool.org", "1"), ("b.examplepool.org", "2")],
        False,
    ),
]


@pytest.mark.parametrize(("what", "hosts", "is_site"), SITES, ids=[row[0] for row in SITES])
def test_a_bare_name_is_the_web_site_where_shares_go_below_it(
    what: str, hosts: list[tuple[str, str]], is_site: bool
) -> None:
    rows = [name(host, f"{UNLICENSED}; {PARENT}", ports=ports) for host, ports in hosts]
    sites = {each.value for each in import_names(rows) if each.file == "operator_web_hosts"}
    assert "www.examplepool.org" in sites
    assert ("examplepool.org" in sites) is is_site


def test_an_operator_site_with_pool_hosts_below_is_a_site_by_its_exact_name_only() -> None:
    rows = [name("examplepool.org", MEMPOOL, "operator-site"), name("ss.examplepool.org", f"{UNLICENSED}; {PARENT}")]
    assert placed(rows) >= {("public_pools", "examplepool.org"), ("operator_web_hosts", "examplepool.org")}
    assert ("operator_sites", "examplepool.org") not in placed(rows)


COINS = [
    ("supportxmr.com", "XMR", "XMR"),
    ("pool.supportxmr.com", "", "XMR"),
    ("moneroocean.stream", "XMR", None),
    ("examplepool.org", "XMR", None),
    ("xmr.examplepool.org", "BTC", None),
    ("grin.examplepool.org", "GRIN", "GRIN"),
    ("peregrine-pool.org", "", None),
]


@pytest.mark.parametrize(("domain", "listed", "coin"), COINS)
def test_a_coin_is_told_only_where_the_name_says_it(domain: str, listed: str, coin: str | None) -> None:
    found = [each for each in import_names([name(domain, MALTRAIL, coin=listed)]) if each.value == domain]
    assert [each.coin for each in found] == [coin]


def test_the_operator_is_told_where_the_name_is_its_own() -> None:
    rows = [
        name("eu.heroexample-pool.org", MALTRAIL, operator="Somebody; HeroExamplePool"),
        name("other-pool.org", MALTRAIL, operator="HeroExamplePool"),
    ]
    told = {each.value: each.operator for each in import_names(rows)}
    assert told["eu.heroexample-pool.org"] == "HeroExamplePool"
    assert told["other-pool.org"] is None


ADDRESSES = [
    ("a pool", address("198.51.100.7", "5555 3333s", kind="ioc/pool-ip"), ("pool_addresses", (3333, 5555))),
    ("a proxy", address("198.51.100.7", "80"), ("proxy_addresses", (80,))),
    ("no port", address("198.51.100.7", ""), None),
    ("an old list", address("198.51.100.7", "3333", latest_source_year="2020"), None),
    ("an address that many share", address("104.31.70.206", "10060"), None),
    ("no permissive list", address("198.51.100.7", "3333", UNLICENSED), None),
]


@pytest.mark.parametrize(("what", "row", "expected"), ADDRESSES, ids=[row[0] for row in ADDRESSES])
def test_an_address_needs_a_port_and_a_current_list(
    what: str, row: dict[str, str], expected: tuple[str, tuple[int, ...]] | None
) -> None:
    assert [(each.file, each.ports) for each in import_addresses([row])] == ([expected] if expected else [])


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = [row for _, row, _ in WHERE]
    assert documents(import_names(rows), ADDED) == documents(import_names(rows[::-1]), ADDED)


def test_what_is_written_loads_and_finds_its_names(tmp_path: Path) -> None:
    names = [row for _, row, _ in WHERE]
    _write(tmp_path / "names.csv", names)
    _write(tmp_path / "addresses.csv", [row for _, row, kept in ADDRESSES if kept][:1])
    assert pool_import.main([str(tmp_path / "names.csv"), str(tmp_path / "addresses.csv"), str(tmp_path / "out")]) == 0
    folder = read_folder(tmp_path / "out")
    assert folder.faults == ()
    signatures = folder.build()
    assert [row["domain"] for row in names if signatures.name(row["domain"]) is None] == []
    assert signatures.address("198.51.100.7", 3333) is not None
    assert signatures.address("198.51.100.7", 443) is None


def test_a_missing_list_is_said(tmp_path: Path) -> None:
    with pytest.raises(SignatureError, match=r"names\.csv: cannot be read"):
        pool_import.main([str(tmp_path / "names.csv"), str(tmp_path / "a.csv"), str(tmp_path)])


def test_every_shipped_entry_cites_a_source_that_may_be_shipped() -> None:
    licences = {source: each.licence for source, each in SOURCES.items()} | {"minewatch/protocol-facts": "Apache-2.0"}
    folder = read_folder(Path(__file__).parents[3] / "signatures")
    entries = [entry for each in folder.signatures if each.indicators for entry in each.indicators.entries]
    assert len(entries) > 1000
    assert {(each.source, each.licence) for each in entries} <= set(licences.items())


def test_no_two_files_share_an_id() -> None:
    assert len({file.id for file in FILES}) == len(FILES)


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
