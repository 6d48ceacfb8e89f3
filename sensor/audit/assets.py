"""Which machines does the asset table list? CSV with Chinese or English headings, in UTF-8 or GB18030.

Rows that cannot be used are said one by one, with file and row; the others are used.
"""

from __future__ import annotations

import csv
import io
import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sensor.model.bilingual import Words
from sensor.model.errors import ConfigError

MAX_FILE_BYTES = 33_554_432
MAX_ROWS = 100_000
MAX_FAULTS = 200
MAX_CELL_CHARS = 256
MAX_ADDRESSES = 64
"""Addresses of one machine."""

HEADINGS = {
    "machine": "设备名称 资产名称 设备名 主机名 服务器名称 名称 machine name hostname host device",
    "number": "资产编号 资产编码 设备编号 固定资产编号 编号 assetnumber assetno assetid asset tag",
    "ip": "ip ip地址 ipv4 ipv4地址 ipv6 ipv6地址 地址 ipaddress ipaddresses address",
    "mac": "mac mac地址 物理地址 网卡地址 macaddress macaddresses",
    "rack": "机柜 机柜位置 机柜号 机架 机位 位置 存放位置 rack cabinet location position",
    "owner": "责任人 负责人 使用人 管理员 管理人 owner user responsible contact administrator",
    "department": "部门 使用部门 责任部门 所属部门 department unit team",
    "phone": "联系电话 电话 手机 联系方式 phone telephone mobile",
}
"""Headings by field, compared without case, spaces and punctuation."""
_NOISE = re.compile(r"[\s_\-()（）/:：.]+")
_SEPARATOR = re.compile(r"[\s,;，；、|]+")
_MAC = re.compile(r"[0-9a-f]{12}")
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Asset:
    """One machine. ``row`` is its row in the file, from 1, the heading's."""

    row: int
    machine: str
    number: str
    rack: str
    owner: str
    department: str
    phone: str
    ips: tuple[str, ...]
    macs: tuple[str, ...]
    """Lower case with colons."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a row, and what to do."""

    file: str
    row: int
    words: Words

    def __str__(self) -> str:
        return f"{self.file}:{self.row}: {self.words.en}"


@dataclass(frozen=True, slots=True)
class AssetTable:
    """The usable rows of an asset table, and what is wrong with the others."""

    file: str
    assets: tuple[Asset, ...]
    faults: tuple[RowFault, ...]
    more_faults: int = 0
    """Faults beyond :data:`MAX_FAULTS`."""


def read_assets(path: Path) -> AssetTable:
    """Read an asset table. Raises :class:`ConfigError` for a file that is no table or lacks the columns it needs."""
    text = _decode(path)
    rows = _rows(path, text)
    number, columns = _columns(path, rows)
    assets: list[Asset] = []
    faults: list[RowFault] = []
    for offset, cells in enumerate(rows[number:], number + 1):
        if any(cell.strip() for cell in cells):
            asset, wrong = _asset(path.name, offset, cells, columns)
            faults.extend(wrong)
            assets.extend([asset] if asset else [])
    faults.extend(_repeated(path.name, assets))
    return AssetTable(path.name, tuple(assets), tuple(faults[:MAX_FAULTS]), max(0, len(faults) - MAX_FAULTS))


def mac_text(text: str) -> str | None:
    """A MAC address as ``02:00:5e:10:00:01``, from any usual way to write one; None when it is none."""
    plain = re.sub(r"[\s:.\-]", "", text).lower()
    return ":".join(plain[at : at + 2] for at in range(0, 12, 2)) if _MAC.fullmatch(plain) else None


def _decode(path: Path) -> str:
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_FILE_BYTES else None
    except OSError as fault:
        raise ConfigError(f"--assets {path}: cannot be read ({fault.strerror}); check the path") from fault
    if data is None:
        raise ConfigError(f"--assets {path}: larger than {MAX_FILE_BYTES} bytes; give the rows of this network only")
    if data.startswith(b"PK\x03\x04"):
        raise ConfigError(f"--assets {path}: a workbook, not a CSV file; save it as CSV (UTF-8) and give that")
    encodings = ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigError(f"--assets {path}: neither UTF-8 nor GB18030; save the table as CSV (UTF-8)")


def _rows(path: Path, text: str) -> list[list[str]]:
    head = text[:8192].partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    rows: list[list[str]] = []
    try:
        for cells in csv.reader(io.StringIO(text), delimiter=delimiter):
            rows.append(cells)
            if len(rows) > MAX_ROWS:
                raise ConfigError(f"--assets {path}: more than {MAX_ROWS} rows; give the rows of this network only")
    except csv.Error as fault:
        raise ConfigError(f"--assets {path}:{len(rows) + 1}: not CSV ({fault}); save the table as CSV again") from fault
    return rows


def _columns(path: Path, rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    """How many rows stand above the first machine, and where each field is. A title row above the heading is fine."""
    for number, cells in enumerate(rows[:5], 1):
        found: dict[str, int] = {}
        for index, cell in enumerate(cells):
            if (name := _field(cell)) is not None:
                found.setdefault(name, index)
        if {"ip", "mac"} & found.keys():
            if not {"machine", "number"} & found.keys():
                raise ConfigError(
                    f"--assets {path}:{number}: no column names the machine; add one headed 设备名称 or machine"
                )
            return number, found
    raise ConfigError(f"--assets {path}:1: no column with addresses; head one IP地址 (or ip), or MAC地址 (or mac)")


def _field(heading: str) -> str | None:
    plain = _NOISE.sub("", heading).lower()
    return next((name for name, words in HEADINGS.items() if plain in words.split()), None)


def _asset(file: str, row: int, cells: Sequence[str], columns: dict[str, int]) -> tuple[Asset | None, list[RowFault]]:
    def cell(name: str) -> str:
        index = columns.get(name)
        return cells[index].strip()[:MAX_CELL_CHARS] if index is not None and index < len(cells) else ""

    ips, bad_ips = _read(_words(cells, columns.get("ip")), _ip)
    macs, bad_macs = _read(_words(cells, columns.get("mac"), joined=True), mac_text)
    faults = [RowFault(file, row, _bad("IP", word, "192.0.2.10")) for word in bad_ips]
    faults += [RowFault(file, row, _bad("MAC", word, "02:00:5e:10:00:01")) for word in bad_macs]
    if not ips and not macs:
        if not faults:
            faults.append(RowFault(file, row, _NO_ADDRESS))
        return None, faults
    names = {name: cell(name) for name in ("machine", "number", "rack", "owner", "department", "phone")}
    return Asset(row=row, ips=ips, macs=macs, **names), faults


def _read(words: Sequence[str], reader: Callable[[str], str | None]) -> tuple[tuple[str, ...], list[str]]:
    """The addresses in their one form, each once, and the words that are none."""
    read = {word: reader(word) for word in words}
    return tuple(dict.fromkeys(each for each in read.values() if each)), [word for word in words if not read[word]]


_NO_ADDRESS = Words(
    "既无 IP 地址也无 MAC 地址，该行不能用于对照；请至少填写一个",
    "neither an IP nor a MAC address, so the row cannot be matched; fill in at least one",
)


def _bad(kind: str, word: str, example: str) -> Words:
    return Words(
        f"“{word[:40]}”不是 {kind} 地址，未采用；请写成 {example}",
        f"“{word[:40]}” is no {kind} address and was left out; write it like {example}",
    )


def _words(cells: Sequence[str], index: int | None, *, joined: bool = False) -> list[str]:
    """The addresses in a cell; MAC addresses may have blanks inside (``joined``)."""
    text = cells[index].strip() if index is not None and index < len(cells) else ""
    if joined and mac_text(text):
        return [text]
    return [word for word in _SEPARATOR.split(text) if word][:MAX_ADDRESSES]


def _ip(word: str) -> str | None:
    try:
        return str(ipaddress.ip_address(word))
    except ValueError:
        return None


def _repeated(file: str, assets: Sequence[Asset]) -> Iterator[RowFault]:
    """Addresses that stand in more than one row."""
    first: dict[str, int] = {}
    for asset in assets:
        for address in (*asset.ips, *asset.macs):
            before = first.setdefault(address, asset.row)
            if before != asset.row:
                yield RowFault(
                    file,
                    asset.row,
                    Words(
                        f"{address} 已在第 {before} 行出现；请核对哪一行是对的",
                        f"{address} stands in row {before} already; check which row is right",
                    ),
                )
