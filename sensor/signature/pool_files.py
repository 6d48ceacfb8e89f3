"""Which files does the pool import write, and what does their text look like?"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


@dataclass(frozen=True, slots=True)
class PoolFile:
    """What one output file says about itself."""

    name: str
    id: str
    folder: str
    kind: str
    type: str
    match: str
    level: str
    title: str
    description: str
    falsepositive: str

    @property
    def path(self) -> Path:
        """Where the file is, below the signature folder."""
        return Path(self.folder) / f"{self.name}.yml"


FILES: tuple[PoolFile, ...] = (
    PoolFile(
        *("public_pools", "12042dc2-62bf-4816-a770-67efae5dfb30", "pools", "pool", "domain", "suffix", "medium"),
        "Names of public mining pools",
        "Registered names that serve mining only, with every name below them. Their web sites are listed apart.",
        "A visit to a page of the pool that is not under www",
    ),
    PoolFile(
        *("public_pool_hosts", "33048661-65b1-4c72-bee4-f167c86f92d6", "pools", "pool", "domain", "exact", "medium"),
        "Hosts of mining pools",
        "Single hosts of pools whose registered name serves other ends too, or does not speak of mining.",
        "A host that has changed hands",
    ),
    PoolFile(
        *("browser_miners", "3f20eab8-3eb5-4b05-adbc-3d20f640317b", "pools", "browser-miner", "domain", "suffix"),
        "low",
        "Names of browser mining services",
        "Registered names of services that mine in the browsers of visitors.",
        "A visit to the web site of the service; most of these services have closed",
    ),
    PoolFile(
        *("browser_miner_hosts", "2f949d86-296e-4a62-a088-bf6437bc59e8", "pools", "browser-miner", "domain", "exact"),
        "low",
        "Hosts that have served browser miners",
        "Single hosts from which browser mining scripts were loaded, often without the knowledge of the site.",
        "A site that has been cleaned, or a name that has changed hands",
    ),
    PoolFile(
        *("mining_proxies", "37111e53-f43b-4289-8110-a595c9c1db67", "pools", "proxy", "domain", "exact", "low"),
        "Hosts of private mining proxies",
        "Hosts that malware reports name as private pools or proxies.",
        "A visit to a web site that runs on the same host",
    ),
    PoolFile(
        *("donation_hosts", "2d5ac297-4cd2-4393-8383-b7c23f001e1d", "pools", "donate", "domain", "exact", "medium"),
        "Hosts that take the donation shares of mining software",
        "Mining software works for its author part of the time: who looks these names up runs such software.",
        "A person who looks the name up by hand",
    ),
    PoolFile(
        *("pool_addresses", "08ecb9ab-e19f-49fc-8d89-c5fae937afed", "pools", "pool", "address", "exact", "low"),
        "Addresses of mining pools",
        "Addresses that a current list names as pools, each with its ports. Addresses change hands: a weak hint.",
        "Another service that has taken over the address and port",
    ),
    PoolFile(
        *("proxy_addresses", "2d374522-bb05-4f5f-9898-9d6f34d286df", "pools", "proxy", "address", "exact", "low"),
        "Addresses of private mining proxies",
        "Addresses that malware reports name as private pools or proxies, each with its ports. A weak hint.",
        "Another service that has taken over the address and port",
    ),
    PoolFile(
        *("operator_sites", "d45f1c1f-1f1c-4ea9-9c48-3381ac2ec93e", "sites", "site", "domain", "suffix"),
        "informational",
        "Sites of pool operators, coins, exchanges and vendors",
        "Names that tell an operator. A visit is not mining, and these names are never evidence.",
        "Not evidence, so never a false one",
    ),
    PoolFile(
        *("operator_web_hosts", "844d7ad8-0727-438d-b461-318977f34611", "sites", "site", "domain", "exact"),
        "informational",
        "Web hosts of pool operators",
        "Hosts that bear the web site of a pool whose other names take shares. These names are never evidence.",
        "Not evidence, so never a false one",
    ),
)
"""In the order of writing."""


def render(file: PoolFile, entries: Sequence[Mapping[str, object]]) -> str:
    """The text of a file. ``entries`` are sorted by value; keys stand in the order they are to be written in."""
    added = max(str(entry["added"]) for entry in entries)
    lines = [*_head(file, added), "indicators:", f"    kind: {file.kind}", f"    type: {file.type}"]
    lines += [f"    match: {file.match}", "    entries:"]
    lines += [f"        - {_flow(entry)}" for entry in entries]
    lines += ["evidence:", "    class: indicator", "    strength: ambiguous", *_samples(file, entries)]
    return "\n".join(lines) + "\n"


def _head(file: PoolFile, added: str) -> list[str]:
    words = ("attack.impact", "attack.t1496") if file.kind != "site" else ()
    tags = [*words, f"kind.{file.kind}"]
    return [
        f"id: {file.id}",
        f"name: {file.name}",
        f"title: {file.title}",
        "revision: 1",
        "status: test",
        f"level: {file.level}",
        "description: >-",
        f"    {file.description}",
        "author: Minewatch maintainers",
        f"date: {added}",
        "references: []",
        "falsepositives:",
        f"    - {file.falsepositive}",
        "tags:",
        *(f"    - {tag}" for tag in tags),
    ]


def _samples(file: PoolFile, entries: Sequence[Mapping[str, object]]) -> list[str]:
    first, last = entries[0], entries[-1]
    if file.type == "address":
        positive = [_address(first), _address(last)]
        negative = [{"ip": first["value"], "port": 9}, {"ip": "192.0.2.1", "port": 3333}]
    else:
        below = "eu1." if file.match == "suffix" else ""
        positive = [{"tls.sni": f"{below}{first['value']}"}, {"dns.query": f"{below}{last['value']}"}]
        negative = [{"tls.sni": f"{first['value']}.example.org"}, {"http.host": "pool.example.org"}]
    rows = ["samples:", "    positive:", *(f"        - fields: {_flow(each)}" for each in positive)]
    return [*rows, "    negative:", *(f"        - fields: {_flow(each)}" for each in negative)]


def _address(entry: Mapping[str, object]) -> dict[str, object]:
    ports = entry["ports"]
    return {"ip": entry["value"], "port": ports[0] if isinstance(ports, list) else 0}


def _flow(mapping: Mapping[str, object]) -> str:
    return "{" + ", ".join(f"{key}: {_scalar(value)}" for key, value in mapping.items()) + "}"


def _scalar(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_scalar(each) for each in value) + "]"
    if isinstance(value, int | datetime.date):
        return str(value)
    text = str(value)
    return text if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED else json.dumps(text, ensure_ascii=False)
