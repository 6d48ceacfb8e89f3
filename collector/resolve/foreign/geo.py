"""Which region does a geo file give an address? MaxMind DB and ip2region; a city at best, never an address."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import maxminddb
from ip2region import searcher, util

from collector.registry.addresses import Address, ip_key, network_keys
from collector.registry.choices import Source
from collector.registry.models import Division
from collector.resolve.holding import Claim, Question
from collector.settings.attribution import GeoFileOptions
from sensor.model.errors import ConfigError

_V4_MAPPED = bytes(10) + b"\xff\xff"
_ALWAYS = datetime(1980, 1, 1, tzinfo=UTC)
_MAX_CHARS = 200
_EMPTY = frozenset({"", "0", "内网IP", "Reserved"})


class GeoFile:
    """One open file. Its claims name a region and, where the registry knows it by name, its division."""

    def __init__(self, options: GeoFileOptions) -> None:
        self._options = options
        self._divisions: dict[str, str] | None = None
        self._ask: Callable[[Address], tuple[list[str], Any]]
        path = options.path
        try:
            if path.suffix == ".mmdb":
                self._open_mmdb()
            elif path.suffix == ".xdb":
                self._open_xdb()
            else:
                raise ValueError("the name ends neither in .mmdb nor in .xdb")
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as fault:
            raise ConfigError(f"attribution.geo_files: {path}: cannot be used: {fault}; give another file") from None

    def claims(self, questions: Sequence[Question]) -> list[list[Claim]]:
        """For each question one claim, or none for an address that the file does not hold."""
        return [self._claims(question) for question in questions]

    def _claims(self, question: Question) -> list[Claim]:
        address = _address(question.ip_key)
        region, network = self._ask(address)
        if not region:
            return []
        low, high = network_keys(network) if network else (ip_key(address), ip_key(address))
        claim = Claim(
            record_id=None,
            source=Source.GEO.value,
            reference=f"{self._options.path.name} {' '.join(region)}"[:100],
            network=str(network or address),
            ip_lo=low,
            ip_hi=high,
            valid_from=_ALWAYS,
            valid_to=None,
            imported_at=self._built_at,
            division_code=self._division(region),
        )
        return [claim]

    def _open_mmdb(self) -> None:
        reader = maxminddb.open_database(self._options.path)
        self._built_at = datetime.fromtimestamp(reader.metadata().build_epoch, UTC)
        self._ask = lambda address: _from_mmdb(reader, address, self._options.language)

    def _open_xdb(self) -> None:
        header = util.load_header_from_file(str(self._options.path))
        version = util.version_from_header(header)
        if version is None:
            raise ValueError("is no ip2region file")
        content = util.load_content_from_file(str(self._options.path))
        make: Any = searcher.new_with_buffer
        found = make(version, content)
        self._built_at = datetime.fromtimestamp(header.createdAt, UTC)
        self._ask = lambda address: _from_xdb(found, version.byte_num, address)

    def _division(self, region: Sequence[str]) -> str:
        """The code of the smallest place that exactly one division of today is called."""
        if self._divisions is None:
            self._divisions = _names()
        return next((self._divisions[name] for name in reversed(region) if name in self._divisions), "")


def _address(key: bytes) -> Address:
    if key.startswith(_V4_MAPPED):
        return ipaddress.IPv4Address(key[-4:])
    return ipaddress.IPv6Address(key)


def _from_mmdb(reader: Any, address: Address, language: str) -> tuple[list[str], Any]:
    """Names from the country down, and the block they hold for."""
    if address.version == 6 and reader.metadata().ip_version == 4:
        return [], None
    record, bits = reader.get_with_prefix_len(address)
    if not isinstance(record, dict):
        return [], None
    parts = [record.get("country"), *_list(record.get("subdivisions")), record.get("city")]
    named = [_named(part, language) for part in parts]
    host_bits = (32 if address.version == 4 else 128) - bits
    network = ipaddress.ip_network((int(address) >> host_bits << host_bits, bits)) if host_bits >= 0 else None
    return [name for name in named if name], network


def _named(part: Any, language: str) -> str:
    names = part.get("names") if isinstance(part, dict) else None
    found = (names.get(language) or names.get("en") or "") if isinstance(names, dict) else ""
    return str(found)[:_MAX_CHARS]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _from_xdb(found: Any, byte_num: int, address: Address) -> tuple[list[str], Any]:
    """``国家|区域|省份|城市|ISP``; 0 stands for nothing. The file does not say which block it speaks of."""
    if len(address.packed) != byte_num:
        return [], None
    try:
        region = str(found.search(address.packed))[:_MAX_CHARS]
    except (UnicodeDecodeError, IndexError, ValueError):
        return [], None
    return [part for part in region.split("|") if part not in _EMPTY], None


def _names() -> dict[str, str]:
    """Names that mean one division only; 浙江 stands for 浙江省, as geo files have it."""
    codes: dict[str, set[str]] = {}
    for code, name in Division.objects.filter(valid_to__isnull=True).values_list("code", "name"):
        for called in {name, name.removesuffix("省").removesuffix("市")}:
            codes.setdefault(called, set()).add(code)
    return {name: codes_of.pop() for name, codes_of in codes.items() if len(codes_of) == 1}
