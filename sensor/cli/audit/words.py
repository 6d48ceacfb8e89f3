"""Which words may stand in the reply columns of the form, and what does its reader have to be told?"""

from __future__ import annotations

from sensor.model.bilingual import Words

TRUTHS = (Words("属实", "True"), Words("不属实", "Not true"), Words("待核", "To be checked"))
CAUSES = (
    Words("主动", "Deliberate"),
    Words("被控", "Hijacked"),
    Words("误报", "False alarm"),
    Words("无法定位", "Cannot be located"),
)
MEASURES = (
    Words("断网", "Network cut"),
    Words("停限电", "Power cut or limited"),
    Words("拆除", "Dismantled"),
    Words("扣押", "Seized"),
    Words("清除木马", "Malware removed"),
    Words("承诺书", "Pledge signed"),
    Words("立案", "Case filed"),
    Words("其他", "Other"),
)
NATURES = (
    Words("机关", "Government body"),
    Words("事业单位", "Public institution"),
    Words("国有企业", "State-owned enterprise"),
    Words("高等学校", "University"),
    Words("中小学校", "School"),
    Words("其他", "Other"),
)
CHOICES = {"truth": TRUTHS, "cause": CAUSES, "measure": MEASURES}
"""The sets of answers; their words are those of the weekly list, so that replies can be laid side by side."""
DICTIONARY = (
    (Words("是否属实", "Is it so?"), TRUTHS),
    (Words("原因", "Cause"), CAUSES),
    (Words("处置措施", "Measure"), MEASURES),
    (Words("单位性质", "Kind of unit"), NATURES),
)

GUIDE = (
    (
        Words("填报范围", "What to fill in"),
        Words(
            "填写表头的单位信息和底色为浅黄的列（是否属实至备注）；其余各列由系统生成，请勿改动。",
            "Fill in the unit at the top and the light yellow columns; leave the others as the system made them.",
        ),
    ),
    (
        Words("结论", "Verdict"),
        Words(
            "确认：出现只有挖矿才有的消息；很可能：有歧义的消息且命中名单；可疑：仅有一项线索，须人工核实，不作为挖矿上报。",
            "Confirmed: a message that only mining has. Probable: an ambiguous message and a listed name or address. "
            "Suspected: a single lead, to be checked by a person and not to be reported as mining.",
        ),
    ),
    (
        Words("时间", "Times"),
        Words(
            "均为北京时间。首次、末次发现只是所查流量之内的首末，设备可能更早开始挖矿。",
            "All times are UTC+8. First and last seen are those in this traffic; mining may have begun before.",
        ),
    ),
    (
        Words("算力、功率与电量", "Hash rate, power, energy"),
        Words(
            "由流量推算，括号内为下限和上限，不是实测值；电量只计所查时间之内。“流量未体现”表示无法推算，不表示为零。",
            "Estimated from traffic with bounds in brackets, not measured; energy is that of the time looked at. "
            "“Not told by the wire” means that nothing can be reckoned, not that it is nothing.",
        ),
    ),
    (
        Words("定位依据与疑点", "Located by; conflicts"),
        Words(
            "先看链路上的 MAC 地址，再看资产表中的 IP 地址，最后看主机自报的名称；不一致之处列为疑点，以现场为准。",
            "By the MAC address on the link, then by the IP address in the asset table, then by the name the machine "
            "gives itself. What differs is told as a conflict and settled on the spot.",
        ),
    ),
    (
        Words("未发现挖矿时", "When nothing is found"),
        Words(
            "“覆盖情况”表说明看了什么、没看到什么。标有“注意”的各项在结论之外，应补查后再下结论。",
            "The sheet on coverage tells what was looked at and what could not be seen. Items marked “note” are not "
            "covered by the conclusion and should be looked at again.",
        ),
    ),
    (
        Words("保密", "Confidentiality"),
        Words(
            "本表含网络、资产和人员信息，限自查和上报使用。",
            "The form bears details of network, assets and people: for the self-audit and its report only.",
        ),
    ),
)
