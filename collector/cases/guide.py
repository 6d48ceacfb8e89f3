"""What is a unit told whose machines were taken over? How to stop the mining, keep the traces and close the door."""

from __future__ import annotations

from collector.cases.choices import Cause
from collector.cases.tables import Case
from collector.faults import CollectorError
from collector.text import Lang

_STEPS: tuple[tuple[str, str], ...] = (
    (
        "先断网后关机：拔网线或在交换机上隔离端口，不要直接断电，内存中的进程和连接是证据。",
        "Take it off the network before you switch it off: unplug it or isolate its port. Do not cut the "
        "power: processes and connections in memory are evidence.",
    ),
    (
        "留存证据：记录发现时间、IP、端口、矿池地址（见核查单）；导出进程列表、网络连接、启动项、计划任务、登录日志；对磁盘做镜像。",
        "Keep the traces: time, address, port and pool (on the field-check sheet); lists of processes, "
        "connections, start-up items, scheduled tasks, logins; an image of the disk.",
    ),
    (
        "定位程序：按连接矿池地址的进程找到程序文件；检查计划任务（cron、systemd、任务计划程序）、启动脚本、"
        "SSH authorized_keys、WMI 订阅、容器镜像和被替换的系统命令，挖矿木马通常在多处驻留。",
        "Find the program by the process that talks to the pool. Look at scheduled tasks (cron, systemd, Task "
        "Scheduler), start-up scripts, SSH authorized_keys, WMI subscriptions, container images and replaced "
        "system commands: it stays in several places.",
    ),
    (
        "清除：能重装的一律重装系统；不能重装的，先删除驻留项，再结束进程，最后删除文件，重启后复查。",
        "Clean: install anew wherever you can. Where you cannot, remove what starts it, then end the process, "
        "then delete the files; look again after a restart.",
    ),
    (
        "封堵入口：更换全部口令和密钥，关闭弱口令和对外开放的远程管理、数据库、容器管理端口，补齐漏洞，检查同网段其他主机。",
        "Close the way in: change every password and key, close weak accounts and remote desktop, database "
        "and container ports that face the internet, patch, and look at the other machines of the segment.",
    ),
    (
        "配合公安：非法控制他人计算机信息系统涉嫌犯罪，请保留证据并向属地公安机关网安部门报案。",
        "Report it: taking over somebody's computers is a crime. Keep the evidence and go to the local "
        "police's cyber unit.",
    ),
    (
        "反馈与销号：处置结果按核查反馈表填报；连续静默且探针健康方可销号，再次出现按复燃处理。",
        "Answer on the field-check form. The case closes after proven silence; if it mines again, it is a relapse.",
    ),
)


def guide(case: Case, lang: Lang) -> str:
    """The guide as plain text, with the case's number; raises ``CollectorError`` where nothing was hijacked."""
    if case.cause != Cause.HIJACKED:
        raise CollectorError(
            f"case {case.no}: its cause is not hijacked; set it first: cases move {case.no} set-cause",
            f"案件 {case.no}：原因不是被控；先用 cases move {case.no} set-cause",
        )
    zh = lang == "zh"
    title = f"被控主机清理指引（案件 {case.no}）" if zh else f"Cleaning a hijacked machine (case {case.no})"
    steps = (step[0] if zh else step[1] for step in _STEPS)
    return "\n".join([title, "", *(f"{number}. {step}" for number, step in enumerate(steps, 1))]) + "\n"
