"""Which items does the coverage of an audit have, and what do they mean when something is amiss?"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from sensor.model.bilingual import Words


class Item(enum.Enum):
    """One row of the coverage."""

    NOTHING = enum.auto()
    SPAN = enum.auto()
    SILENCES = enum.auto()
    PACKETS = enum.auto()
    CUT = enum.auto()
    BROKEN = enum.auto()
    OTHER = enum.auto()
    FRAGMENTS = enum.auto()
    FLOWS = enum.auto()
    ONE_SIDED = enum.auto()
    ENCRYPTED = enum.auto()
    UNCOUNTED = enum.auto()
    DROPS = enum.auto()
    OUTAGES = enum.auto()
    DAMAGE = enum.auto()
    GIVEN_UP = enum.auto()
    LOST = enum.auto()
    LINK_FULL = enum.auto()
    HEARD = enum.auto()
    SILENT = enum.auto()
    SET_AGE = enum.auto()
    CLOCK = enum.auto()
    BY_ADDRESS = enum.auto()
    NO_TABLE = enum.auto()
    NEVER_SEEN = enum.auto()
    UNLISTED = enum.auto()
    FAULTS = enum.auto()
    VERSION = enum.auto()


@dataclass(frozen=True, slots=True)
class ItemWords:
    """An item's name, and what it means for the conclusion."""

    name: Words
    meaning: Words


def _item(zh: str, en: str, meaning_zh: str = "", meaning_en: str = "") -> ItemWords:
    return ItemWords(Words(zh, en), Words(meaning_zh, meaning_en))


ITEMS = {
    Item.NOTHING: _item(
        "时间范围 (UTC+8)",
        "Time span (UTC+8)",
        "没有任何数据包：什么也没有看到，不能下结论",
        "No packet at all: nothing was seen, so nothing can be concluded",
    ),
    Item.SPAN: _item(
        "时间范围 (UTC+8)",
        "Time span (UTC+8)",
        "不足 24 小时：只在夜间或间歇挖矿的设备可能漏掉，建议连续抓包 24 小时以上",
        "Less than 24 hours: machines that mine at night or now and then may be missed; capture for 24 hours or more",
    ),
    Item.SILENCES: _item(
        "超过一分钟的静默（次）",
        "Silences of more than a minute",
        "最长 {span}：其间没有任何数据包，可能抓包中断",
        "The longest lasted {span}: no packet at all meanwhile, the capture may have paused",
    ),
    Item.PACKETS: _item("数据包 / 字节", "Packets / bytes"),
    Item.CUT: _item(
        "被截断的帧",
        "Frames cut short",
        "抓包长度过短，内容不全（最短只留 {shortest} 字节）：请用 tcpdump -s 0 重新抓包",
        "The snapshot length cut them (the shortest kept {shortest} bytes): capture again with tcpdump -s 0",
    ),
    Item.BROKEN: _item(
        "无法解析的帧",
        "Frames not decoded",
        "链路类型未知或报头损坏，其内容未检查",
        "Unknown link type or broken headers; what they carry was not looked at",
    ),
    Item.OTHER: _item(
        "非 TCP/UDP 的帧",
        "Neither TCP nor UDP",
        "ARP、ICMP、加密隧道等，其中读不到挖矿协议",
        "ARP, ICMP, encrypted tunnels and the like: no mining protocol can be read there",
    ),
    Item.FRAGMENTS: _item(
        "IP 分片",
        "IP fragments",
        "缺片的报文未检查",
        "Packets of which a part is missing were not looked at",
    ),
    Item.FLOWS: _item("有数据的流", "Flows with data"),
    Item.ONE_SIDED: _item(
        "单向 TCP 流",
        "One-sided TCP flows",
        "只看到一个方向：检查镜像口是否同时镜像收发两个方向，或是否有非对称路由",
        "Only one direction was seen: check that the mirror port copies both, or whether routes are asymmetric",
    ),
    Item.ENCRYPTED: _item(
        "加密的流",
        "Encrypted flows",
        "TLS、SSH、QUIC 的内容看不到，只能按域名、地址和指纹判断；按字节计 {by_bytes}",
        "Inside TLS, SSH and QUIC only names, addresses and fingerprints can be judged; by bytes {by_bytes}",
    ),
    Item.UNCOUNTED: _item(
        "未归入流统计的包", "Packets not counted by flow", "流太多，未逐一统计", "More flows than are told apart"
    ),
    Item.DROPS: _item(
        "内核丢包",
        "Packets the kernel dropped",
        "本机来不及接收：请缩小镜像范围，或先用 tcpdump 抓包再离线检查",
        "This host was too slow: mirror less, or capture with tcpdump first and look at the file",
    ),
    Item.OUTAGES: _item(
        "接口中断（次）", "Times the interface was down", "其间什么也看不到", "Nothing was seen meanwhile"
    ),
    Item.DAMAGE: _item(
        "抓包损坏", "Damage of captures", "损坏之后的内容未检查", "What comes after the damage was not looked at"
    ),
    Item.GIVEN_UP: _item(
        "放弃的流",
        "Flows given up",
        "超出内存上限，未逐一检查",
        "Beyond the bounds of memory, not looked at closely",
    ),
    Item.LOST: _item(
        "流中缺失的字节",
        "Bytes missing in flows",
        "所跟踪的流不完整，份额可能少计",
        "The followed flows are not complete; shares may be counted short",
    ),
    Item.LINK_FULL: _item(
        "未记下的链路信息",
        "Facts of the link not kept",
        "地址或 MAC 太多（可能是伪造），部分未记下，定位可能不全",
        "Too many addresses or MAC addresses (forged ones perhaps): machines may not all be located",
    ),
    Item.HEARD: _item(
        "探针有心跳的时间",
        "Time with heartbeats of the sensor",
        "其余时间没有心跳（最长一段 {gap}）：其间没有检测不等于没有挖矿",
        "None in the rest of the time (the longest gap {gap}): no detection in it proves nothing",
    ),
    Item.SILENT: _item(
        "探针心跳",
        "Heartbeats of the sensor",
        "没有心跳：不知道探针何时在看，没有检测不等于没有挖矿",
        "None: nobody knows when the sensor was looking, so no detection proves nothing",
    ),
    Item.SET_AGE: _item(
        "特征库（天）",
        "Age of the signatures (days)",
        "超过两周：新的矿池和协议可能认不出，请更新",
        "More than two weeks: newer pools and protocols may be missed; update them",
    ),
    Item.CLOCK: _item(
        "时钟误差（毫秒）",
        "Error of the clock (ms)",
        "时钟未同步或误差大：按时间到 DHCP、NAT 记录中对应设备会出错，请配置 NTP",
        "Not synchronised, or off: machines cannot be found by time in DHCP and NAT records; set up NTP",
    ),
    Item.BY_ADDRESS: _item(
        "定位方式",
        "How machines were found",
        "只按 IP 地址：探针的上报不含 MAC 地址，也不列出从未通信的设备；需要时另传抓包",
        "By IP address alone: a sensor tells neither MAC addresses nor machines that never spoke; a capture does",
    ),
    Item.NO_TABLE: _item(
        "资产表",
        "Asset table",
        "没有资产表就只能给出地址；请用 --assets 提供",
        "Without an asset table only addresses are told; give one with --assets",
    ),
    Item.NEVER_SEEN: _item(
        "资产表中未出现的设备",
        "Machines of the table never seen",
        "没有发出任何数据包：已关机，或不在所查的链路上，结论不包括它们（见清单）",
        "They sent no packet: switched off, or not on this link; the conclusion does not cover them (see the list)",
    ),
    Item.UNLISTED: _item(
        "未登记的本单位地址",
        "Addresses of ours in no row",
        "资产表中没有，请核对并补登（见清单）",
        "In no row of the table: check and add them (see the list)",
    ),
    Item.FAULTS: _item(
        "资产表的问题",
        "Faults of the asset table",
        "有问题的行未采用或须核对（见清单）",
        "Rows with faults were left out or need a check (see the list)",
    ),
    Item.VERSION: _item(
        "程序与特征库",
        "Program and signatures",
        "只能发现特征库所知的协议、域名和地址",
        "Only protocols, names and addresses that the signatures know are found",
    ),
}
