"""How do compiled lists of pool names and addresses become signature files?

``python -m sensor.signature.pool_import pools.csv pool_ips.csv SIGNATURES`` writes ``pools/`` and ``sites/`` below
``SIGNATURES``. Only entries that a permissively licensed list itself names are taken over, each with that one
source. The same input gives the same bytes. Columns: ``domain, coin, operator, ports, source_repo, kind`` and
``ip, ports, source_repo, kind, latest_source_year``.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from publicsuffixlist import PublicSuffixList

from sensor.model.errors import SignatureError
from sensor.model.shared_networks import shipped_networks
from sensor.model.yamlfile import parse_yaml, read_text
from sensor.signature import pool_review as review
from sensor.signature.pool_files import FILES, render

Row = Mapping[str, str]
PARENT_MARK = " (parent)"
HAND_WRITTEN = Path("pools") / "pool_operators.yml"
MIN_HOSTS_BELOW = 2
"""From so many names with ports below it, a bare name is taken for the pool's web site."""


@dataclass(frozen=True, slots=True)
class Source:
    """A list that may be copied from: its licence, and the year of the copy that was read."""

    licence: str
    year: int


SOURCES: Mapping[str, Source] = {
    "mempool/mining-pools": Source("MIT", 2026),
    "stamparm/maltrail": Source("MIT", 2026),
    "hoshsadiq/adblock-nocoin-list": Source("MIT", 2023),
    "xolentum/mining-pools-json": Source("BSD-3-Clause", 2020),
    # The copy bears no date; this is the year the list began.
    "blocklistproject/Lists": Source("Unlicense", 2020),
}
"""In the order of preference where several name an entry."""


OWN_FACTS = ("minewatch/protocol-facts", "Apache-2.0", 2026)
"""Source, licence and year of what this project found itself."""
POOL_FILES = frozenset({"public_pools", "public_pool_hosts"})
SUFFIX_FILES = frozenset({"public_pools", "browser_miners", "operator_sites"})
SUFFIX_OF = {
    "public_pool_hosts": "public_pools",
    "browser_miner_hosts": "browser_miners",
    "operator_web_hosts": "operator_sites",
}
"""Which file of suffixes may cover an entry of a file of exact names."""


@dataclass(frozen=True, slots=True)
class PoolEntry:
    """One line of an output file."""

    value: str
    file: str
    source: str
    licence: str
    verified: int
    coin: str | None = None
    operator: str | None = None
    ports: tuple[int, ...] = ()


def import_names(rows: Sequence[Row], covered: Mapping[str, str] = MappingProxyType({})) -> list[PoolEntry]:
    """Entries of the name list. ``covered`` are suffixes that a hand-written file has already, with their operators."""
    operators = _operators(rows)
    parents = {entry.value: entry for entry in _parents(rows, operators) if entry.value not in covered}
    listed = [_beside_pool(entry, parents) for row in rows if (entry := _listed(row, operators)) is not None]
    own = {entry.value for entry in listed if entry.file in POOL_FILES | {"browser_miners"}}
    entries = [*listed, *(entry for value, entry in parents.items() if value not in own)]
    wide = {(entry.value, entry.file): entry for entry in entries if entry.file in SUFFIX_FILES}
    kept = [entry for entry in entries if not _adds_nothing(entry, wide, covered)]
    return [*kept, *_web_sites(rows, kept, covered)]


def import_addresses(rows: Iterable[Row]) -> list[PoolEntry]:
    """Entries of the address list: those that a current permissive list names with a port, and that nobody shares."""
    entries = []
    for row in rows:
        source = _source(_sources(row))
        ports = _ports(row["ports"])
        if source is None or not ports or int(row["latest_source_year"]) < SOURCES[source].year:
            continue
        if shipped_networks().hold(row["ip"]):
            continue
        file = "pool_addresses" if "pool" in row["kind"] else "proxy_addresses"
        entries.append(PoolEntry(row["ip"], file, source, SOURCES[source].licence, SOURCES[source].year, ports=ports))
    return entries


def documents(entries: Iterable[PoolEntry], added: datetime.date) -> dict[Path, str]:
    """The text of every output file by its path below the signature folder; empty files are left out.

    Of two entries with the same value in the same file the first one stays.
    """
    grouped: dict[str, dict[str, PoolEntry]] = {}
    for entry in entries:
        grouped.setdefault(entry.file, {}).setdefault(entry.value, entry)
    return {
        file.path: render(file, [_mapping(entry, added) for _, entry in sorted(grouped[file.name].items())])
        for file in FILES
        if file.name in grouped
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Read both lists and write the files. Raises :class:`SignatureError` for a list that cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m sensor.signature.pool_import", description=__doc__.split("\n")[0])
    parser.add_argument("names", type=Path, help="CSV list of pool names")
    parser.add_argument("addresses", type=Path, help="CSV list of pool addresses")
    parser.add_argument("signatures", type=Path, help="folder that holds pools/ and sites/")
    parser.add_argument("--added", type=datetime.date.fromisoformat, default=datetime.date(2026, 11, 22))
    options = parser.parse_args(arguments)
    covered = hand_written(options.signatures / HAND_WRITTEN)
    entries = [*import_names(_read(options.names), covered), *import_addresses(_read(options.addresses))]
    for path, text in documents(entries, options.added).items():
        target = options.signatures / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return 0


def hand_written(path: Path) -> dict[str, str]:
    """The names in a hand-written file of suffixes, with their operators; none when there is no such file."""
    if not path.is_file():
        return {}
    document = parse_yaml(read_text(path))
    return {entry["value"]: entry.get("operator", "") for entry in document["indicators"]["entries"]}


def registrable(name: str) -> str:
    """The part of a name that was registered: ``eu.pool.gntl.co.uk`` → ``gntl.co.uk``."""
    return _suffixes().privatesuffix(name) or name


def serves_mining_only(name: str) -> bool:
    """May every name below a registrable name be taken for mining?"""
    if name in review.MIXED or name in review.SHARED or registrable(name) != name:
        return False
    label = name.partition(".")[0]
    return name in review.MINING_NAMES or any(word in label for word in review.MINING_WORDS)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


def _listed(row: Row, operators: Mapping[str, str]) -> PoolEntry | None:
    """The entry of a name that a permissive list has itself."""
    name = row["domain"].lower()
    source = _source(_sources(row))
    if source is None or name in review.NOT_SHIPPED or name in review.SHARED:
        return None
    entry = _entry(name, _file(name, row["kind"]), source)
    told = row["operator"].split("; ")[0] if source == "mempool/mining-pools" else operators.get(registrable(name))
    return replace(entry, coin=_coin(row, name), operator=told or None)


def _parents(rows: Iterable[Row], operators: Mapping[str, str]) -> list[PoolEntry]:
    """The registrable names that a permissive list has instead of the pool hosts below them."""
    found = {}
    for row in rows:
        marked = {each.removesuffix(PARENT_MARK) for each in _all_sources(row) if each.endswith(PARENT_MARK)}
        source = _source(marked)
        name = registrable(row["domain"].lower())
        if source is not None and "pool" in row["kind"] and serves_mining_only(name):
            entry = _entry(name, "public_pools", source)
            found[name] = replace(entry, coin=_coin_of_name(name), operator=operators.get(name))
    return [found[name] for name in sorted(found)]


def _entry(name: str, file: str, source: str) -> PoolEntry:
    return PoolEntry(name, file, source, SOURCES[source].licence, SOURCES[source].year)


def _file(name: str, kind: str) -> str:
    """Which output file a listed name goes to."""
    if "donate" in kind or name.startswith(("donate.", "donate2.", "fee.")):
        return "donation_hosts"
    if (registrable(name) in review.SITES and name not in review.POOL_HOSTS) or kind == "operator-site":
        return "operator_sites" if registrable(name) == name else "operator_web_hosts"
    if kind == "ioc-private":
        return "mining_proxies"
    browser = kind.startswith("browser-miner") and "ioc" not in kind
    stem = "browser_miner" if browser else "public_pool"
    return f"{stem}s" if serves_mining_only(name) else f"{stem}_hosts"


def _beside_pool(entry: PoolEntry, pools: Mapping[str, PoolEntry]) -> PoolEntry:
    """A web site whose name is also the parent of pool hosts is a site by its exact name only."""
    if entry.file == "operator_sites" and entry.value in pools:
        return replace(entry, file="operator_web_hosts")
    return entry


def _adds_nothing(entry: PoolEntry, wide: Mapping[tuple[str, str], PoolEntry], covered: Mapping[str, str]) -> bool:
    """Is the entry covered by a suffix of its kind that tells as much?"""
    if entry.file in POOL_FILES and any(name in covered for name in _with_parents(entry.value)):
        return True
    suffix_file = SUFFIX_OF.get(entry.file, entry.file)
    wider = (wide.get((parent, suffix_file)) for parent in _with_parents(entry.value)[1:])
    return any(other is not None and entry.coin in {None, other.coin} for other in wider)


def _web_sites(rows: Iterable[Row], entries: Iterable[PoolEntry], covered: Mapping[str, str]) -> list[PoolEntry]:
    """``www.`` names of pools, and bare names where the pool's ports are on the names below."""
    below = Counter(registrable(row["domain"].lower()) for row in rows if row["ports"])
    own_ports = {row["domain"].lower() for row in rows if row["ports"]}
    pools = [entry for entry in entries if entry.file == "public_pools"]
    own = {name: operator or None for name, operator in covered.items() if registrable(name) == name}
    pools += [PoolEntry(name, "", *OWN_FACTS, operator=own[name]) for name in sorted(own)]
    sites = []
    for pool in pools:
        site = replace(pool, file="operator_web_hosts", coin=None)
        sites.append(replace(site, value=f"www.{pool.value}"))
        if pool.value in covered or (below[pool.value] >= MIN_HOSTS_BELOW and pool.value not in own_ports):
            sites.append(site)
    return sites


def _all_sources(row: Row) -> list[str]:
    return row["source_repo"].split("; ")


def _sources(row: Row) -> set[str]:
    return {each for each in _all_sources(row) if not each.endswith(PARENT_MARK)}


def _source(names: set[str]) -> str | None:
    return next((name for name in SOURCES if name in names), None)


def _coin(row: Row, name: str) -> str | None:
    """The coin, where the name says it. A list of one coin's pools does not say that they serve no other."""
    told = _coin_of_name(name)
    return told if row["coin"] in {"", told} else None


def _coin_of_name(name: str) -> str | None:
    if registrable(name) in review.MANY_COINS:
        return None
    if registrable(name) in review.ONE_COIN:
        return review.ONE_COIN[registrable(name)]
    words = {"xmr": "XMR", "monero": "XMR", "litecoin": "LTC", "kaspa": "KAS", "raptoreum": "RTM", "grin": "GRIN"}
    told = {coin for word, coin in words.items() if re.search(rf"(?<![a-z]){word}|{word}(?=pool|\.|-)", name)}
    return told.pop() if len(told) == 1 else None


def _operators(rows: Iterable[Row]) -> dict[str, str]:
    """Operators by registrable name, where the name is the operator's; the spelling used most often."""
    spellings: dict[str, Counter[str]] = {}
    for row in rows:
        name = registrable(row["domain"].lower())
        for operator in filter(None, row["operator"].split("; ")):
            if _letters(operator) == _letters(name.partition(".")[0]):
                spellings.setdefault(name, Counter())[operator] += 1
    return {name: max(sorted(told), key=lambda each: told[each]) for name, told in spellings.items()}


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _ports(text: str) -> tuple[int, ...]:
    return tuple(sorted({int(each.rstrip("s")) for each in text.split()}))


def _with_parents(name: str) -> list[str]:
    labels = name.split(".")
    return [".".join(labels[index:]) for index in range(len(labels) - 1)]


def _mapping(entry: PoolEntry, added: datetime.date) -> dict[str, object]:
    told = {"coin": entry.coin, "operator": entry.operator, "ports": list(entry.ports)}
    where = {"source": entry.source, "licence": entry.licence, "added": added, "verified": entry.verified}
    return {"value": entry.value, **{key: value for key, value in told.items() if value}, **where}


def _read(path: Path) -> list[Row]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise SignatureError(f"{path}: cannot be read ({error.strerror}); name a CSV list") from error


if __name__ == "__main__":
    raise SystemExit(main())
