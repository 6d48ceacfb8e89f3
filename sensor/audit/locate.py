"""Which machine is behind an address? The asset table's rows and the link's own word, and where they differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sensor.audit.assets import Asset, AssetTable
from sensor.audit.link import HOWS, Host, How, LinkFacts
from sensor.model.bilingual import Words

SURE = frozenset({How.DHCP, How.ARP, How.ND})
"""Ways in which the link binds an address to a MAC address by name."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address was found to be. ``asset`` is None where the table does not lead to a machine."""

    ip: str
    asset: Asset | None
    basis: tuple[Words, ...]
    """By what the machine was found, or what is known in its place."""
    conflicts: tuple[Words, ...]
    """What does not fit together: for a person to settle on the spot."""
    macs: tuple[str, ...]
    names: tuple[str, ...]


class Locator:
    """Finds machines by address. Give it the table and the finished link facts, None where no packet was seen."""

    def __init__(self, table: AssetTable | None, link: LinkFacts | None) -> None:
        self._table, self._link = table, link if link is not None else LinkFacts()
        self._is_blind = link is None
        self._by_ip: dict[str, list[Asset]] = defaultdict(list)
        self._by_mac: dict[str, list[Asset]] = defaultdict(list)
        self._by_name: dict[str, list[Asset]] = defaultdict(list)
        for asset in table.assets if table else ():
            for ip in asset.ips:
                self._by_ip[ip].append(asset)
            for mac in asset.macs:
                self._by_mac[mac].append(asset)
            self._by_name[asset.machine.casefold()].append(asset)

    def place(self, ip: str) -> Place:
        """The machine behind an address: by what MAC address it had on the link, else by address, else by name."""
        host = self._link.host(ip)
        macs = self._macs(host)
        by_mac = _once(asset for mac in macs for asset in self._by_mac.get(mac, ()))
        by_ip = self._by_ip.get(ip, [])
        by_name = _once(asset for told in host.names for asset in self._by_name.get(told.text.casefold(), ()))
        found = by_mac or by_ip or by_name
        conflicts = [*_conflicts(ip, by_ip, by_mac, macs), *_many_macs(ip, host)]
        return Place(
            ip=ip,
            asset=found[0] if found else None,
            basis=tuple(self._basis(ip, host, by_ip, by_mac, by_name)),
            conflicts=tuple(conflicts),
            macs=tuple(macs),
            names=tuple(dict.fromkeys(told.text for told in host.names)),
        )

    def _macs(self, host: Host) -> list[str]:
        """MAC addresses of the machine itself: those the link binds to the address, else what it asked DHCPv6 under,
        else the sender of its frames."""
        sure = [told.text for told in host.macs if told.how in SURE]
        own = [told.text for told in host.macs if told.how is How.DUID]
        plain = [told.text for told in host.macs if told.text not in self._link.routers]
        return list(dict.fromkeys(sure or own or plain))

    def _basis(
        self, ip: str, host: Host, by_ip: Sequence[Asset], by_mac: Sequence[Asset], by_name: Sequence[Asset]
    ) -> Iterable[Words]:
        file = self._table.file if self._table else ""
        if by_ip:
            yield BY_IP.put(file=file, row=by_ip[0].row)
        if by_mac:
            hows = [
                HOWS[how] for how in How if any(told.how is how and told.text in by_mac[0].macs for told in host.macs)
            ]
            how_zh, how_en = "、".join(how.zh for how in hows), ", ".join(how.en for how in hows)
            yield BY_MAC.put(how_zh=how_zh, how_en=how_en, file=file, row=by_mac[0].row)
        if by_name and not by_ip and not by_mac:
            yield BY_NAME.put(file=file, row=by_name[0].row)
        if not by_ip and not by_mac and not by_name:
            yield self._unknown(ip, host)

    def _unknown(self, ip: str, host: Host) -> Words:
        if self._table is None:
            return NO_TABLE
        if self._is_blind:
            return TOLD
        if ip not in self._link.hosts:
            return FOREIGN
        return ROUTED if all(told.text in self._link.routers for told in host.macs) else UNLISTED


BY_IP = Words("IP 地址与 {file} 第 {row} 行一致", "its IP address is that of {file}, row {row}")
BY_MAC = Words(
    "链路上的 MAC 地址（{how_zh}）与 {file} 第 {row} 行一致",
    "its MAC address on the link ({how_en}) is that of {file}, row {row}",
)
BY_NAME = Words("自报的主机名与 {file} 第 {row} 行一致", "the name it gives itself is that of {file}, row {row}")
FOREIGN = Words(
    "不在资产表中，也不在本单位网段内；用 --home-net 指明本单位的网段",
    "neither in the asset table nor in a network of ours; name our networks with --home-net",
)
NO_TABLE = Words("未提供资产表", "no asset table was given")
ROUTED = Words(
    "不在资产表中；帧来自路由器或三层交换机，请在靠近该网段处抓包",
    "not in the asset table; its frames came through a router: capture nearer to its segment",
)
TOLD = Words(
    "不在资产表中；探针的上报不含 MAC 地址，请按该地址在 DHCP 记录和交换机上查找",
    "not in the asset table; a sensor tells no MAC address: look the address up in the DHCP records and the switches",
)
UNLISTED = Words(
    "不在资产表中；请按 MAC 地址在交换机上查端口", "not in the asset table; look its MAC address up in the switches"
)
SAME_IP = Words("资产表第 {rows} 行都登记了 {ip}", "rows {rows} of the asset table all list {ip}")
SEVERAL_ROWS = Words("该地址的 MAC 对应资产表第 {rows} 行", "its MAC addresses lead to rows {rows} of the asset table")
OTHER_MACHINE = Words(
    "资产表登记 {ip} 为 {listed}，链路上却是 {seen}：以链路为准，请现场核实",
    "the table says {ip} is {listed}, the link says {seen}: the link is followed; check on the spot",
)
OTHER_MAC = Words(
    "资产表登记的 MAC 是 {listed}，链路上是 {seen}：换过网卡，或另一台机器占用了该地址",
    "the table says MAC {listed}, the link says {seen}: a new card, or another machine took the address",
)
MANY_MACS = Words(
    "{ip} 先后属于多个 MAC（{macs}）：地址重新分配、冲突或欺骗",
    "{ip} was at several MAC addresses ({macs}): leased anew, a duplicate, or spoofing",
)


def _conflicts(ip: str, by_ip: Sequence[Asset], by_mac: Sequence[Asset], macs: Sequence[str]) -> Iterable[Words]:
    if len(by_ip) > 1:
        yield SAME_IP.put(rows=_rows(by_ip), ip=ip)
    if len(by_mac) > 1:
        yield SEVERAL_ROWS.put(rows=_rows(by_mac))
    if by_ip and by_mac and not set(by_ip) & set(by_mac):
        yield OTHER_MACHINE.put(ip=ip, listed=_called(by_ip[0]), seen=_called(by_mac[0]))
    if by_ip and macs and not by_mac and by_ip[0].macs:
        yield OTHER_MAC.put(listed=by_ip[0].macs[0], seen=macs[0])


def _many_macs(ip: str, host: Host) -> Iterable[Words]:
    sure = sorted({told.text for told in host.macs if told.how in SURE})
    if len(sure) > 1:
        yield MANY_MACS.put(ip=ip, macs=", ".join(sure))


def _rows(assets: Sequence[Asset]) -> str:
    return ", ".join(str(asset.row) for asset in assets)


def _once(assets: Iterable[Asset]) -> list[Asset]:
    return list(dict.fromkeys(assets))


def _called(asset: Asset) -> str:
    return f"{asset.machine or asset.number} (#{asset.row})"
