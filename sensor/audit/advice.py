"""What is to be done about a finding? Advice by what mines and how it was found."""

from __future__ import annotations

import enum

from sensor.audit.locate import Place
from sensor.estimate.algorithms import algorithm_of
from sensor.estimate.power import agent_row, rows_for
from sensor.model.bilingual import Words
from sensor.model.wire import Detection, Dialect, Role
from sensor.signature import DeviceClass, EfficiencyDocument


class Cause(enum.StrEnum):
    """What most likely mines: it leads the advice, and is no finding by itself."""

    SUSPICION = "suspicion"
    BROWSER = "browser"
    PROXY = "proxy"
    ASIC = "asic"
    GPU = "gpu"
    CPU = "cpu"
    UNKNOWN = "unknown"


CAUSES = {
    Cause.SUSPICION: Words("线索（未证实）", "a lead, not proven"),
    Cause.BROWSER: Words("网页挖矿脚本", "a mining script in a web page"),
    Cause.PROXY: Words("矿池代理（其后另有矿机）", "a mining proxy with machines behind it"),
    Cause.ASIC: Words("专用矿机", "mining machines (ASIC)"),
    Cause.GPU: Words("显卡挖矿", "mining on graphics cards"),
    Cause.CPU: Words("处理器挖矿（多为服务器被入侵）", "mining on processors (most often a server broken into)"),
    Cause.UNKNOWN: Words("设备类型不明", "kind of device unknown"),
}
_KEEP = Words(
    "先保留证据：本报告、抓包文件、进程列表、启动项和登录日志；不要急于重启或格式化。",
    "Keep the evidence first: this report, the capture, process list, autostart, login logs. Do not reboot yet.",
)
_CHECK_FIRST = Words(
    "仅有一项线索，不能据此认定挖矿：请登录该机核对进程和对外连接，再抓包复查，由人判定。",
    "A single lead does not prove mining: look at the machine's processes and connections, capture again, and decide.",
)
_CUT = Words(
    "在防火墙上阻断到该矿池地址和域名的访问，并对全网检查是否还有其他机器访问过。",
    "Block the pool's address and name at the firewall, and look for other machines that reached it.",
)
_ASIC = Words(
    "到机柜现场断电、清点台数并贴封，核对用电量；查明谁安放、谁批准，按单位规定上报。",
    "Cut the power at the rack, count and seal the machines, compare the meter; find who allowed them; report.",
)
_GPU = Words(
    "查看显卡占用的进程和所属账号、作业或容器；区分本人使用与账号被盗，停用账号并核对配额。",
    "Find the process, account, job or container on the graphics cards; tell misuse from a stolen account; suspend it.",
)
_CPU = Words(
    "按入侵处置：隔离网络，查计划任务、服务、容器和 SSH 密钥，找出入口并修补，改密后重装。",
    "Treat it as a break-in: isolate it, look at cron, services, containers and SSH keys, close the hole, reinstall.",
)
_BROWSER = Words(
    "查明打开了哪个网页或扩展并清除；若是本单位网站，检查页面是否被植入脚本。",
    "Find and remove the web page or extension; if it is your own site, look for an injected script.",
)
_PROXY = Words(
    "该机为转发点：在其内侧网段再次抓包，找出后面的每一台矿机。",
    "This machine relays: capture on the segment behind it to find each machine that mines.",
)
_DEVICE = Words(
    "按算力和功率判断设备类型，登录该机查看占用处理器或显卡的进程。",
    "Judge the device by rate and power, and look which process keeps processor or graphics card busy.",
)
_FIND = Words(
    "资产表中没有这台机器：用 MAC 地址在交换机上查到端口和机柜，并补登资产。",
    "No asset row leads to this machine: find its port and rack by MAC address in the switches, then add the row.",
)
_SETTLE = Words(
    "定位有冲突：先到现场核对机器和地址，再处置。",
    "The location is in conflict: check machine and address on the spot first.",
)
_STEPS = {
    Cause.SUSPICION: (_CHECK_FIRST,),
    Cause.BROWSER: (_BROWSER, _CUT),
    Cause.PROXY: (_KEEP, _PROXY, _CUT),
    Cause.ASIC: (_ASIC, _CUT),
    Cause.GPU: (_KEEP, _GPU, _CUT),
    Cause.CPU: (_KEEP, _CPU, _CUT),
    Cause.UNKNOWN: (_KEEP, _DEVICE, _CUT),
}
_BY_DEVICE = {
    DeviceClass.ASIC: Cause.ASIC,
    DeviceClass.HOBBY_ASIC: Cause.ASIC,
    DeviceClass.MICROCONTROLLER: Cause.ASIC,
    DeviceClass.GPU: Cause.GPU,
    DeviceClass.CPU: Cause.CPU,
}


def cause_of(detection: Detection, table: EfficiencyDocument | None) -> Cause:
    """What most likely mines: by verdict, role and dialect, then by the class of device that software and rate tell."""
    if not detection.verdict.is_claim:
        return Cause.SUSPICION
    if detection.role is Role.BROWSER_MINER or detection.dialect is Dialect.BROWSER_MINER:
        return Cause.BROWSER
    if detection.role is Role.PROXY:
        return Cause.PROXY
    causes = {_BY_DEVICE[device] for device in _devices(detection, table)}
    return causes.pop() if len(causes) == 1 else Cause.UNKNOWN


def advice_for(cause: Cause, place: Place) -> tuple[Words, ...]:
    """Steps in their order, those that find the machine first."""
    first = [_SETTLE] if place.conflicts else [_FIND] if place.asset is None else []
    return (*first, *_STEPS[cause])


def _devices(detection: Detection, table: EfficiencyDocument | None) -> set[DeviceClass]:
    """The classes of device that may be it: by software, algorithm and rate; else by the software alone."""
    if table is None:
        return set()
    names = [detection.algorithm] if detection.algorithm else []
    coins = frozenset({detection.coin} if detection.coin else ())
    algorithm = algorithm_of(names, coins, detection.dialect, detection.last_seen.year)
    if detection.hashrate is not None and algorithm is not None:
        rows = rows_for(detection.hashrate, algorithm.name, detection.agents, table)
        if rows:
            return {row.device for row in rows}
    told = [row for agent in detection.agents if (row := agent_row(agent, table)) is not None]
    return {device for row in told for device in row.classes}
