"""What can be wrong with a row, and what should be done? One table, in both languages."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from collector.text import bilingual


class Fault(enum.Enum):
    """What, and what to do; Chinese and English. ``{}`` stands for the offending value."""

    EMPTY = ("为空", "is empty", "请填写此列", "fill it in")
    NO_NETWORK = (
        "{} 不是 IP 地址或网段",
        "{} is no address or block",
        "请填 IP、CIDR 或 起-止",
        "give an IP, a CIDR block or first-last",
    )
    HOST_BITS = ("{} 的主机位不为零", "{} has host bits set", "请填网段的第一个地址", "give the block's first address")
    RANGE_TOO_WIDE = ("{} 范围过大", "{} is too wide", "请核对前缀长度", "check the prefix length")
    NO_TIME = (
        "{} 不是日期或时间",
        "{} is no date or time",
        "请用 2026-03-01 或 2026-03-01 08:00:00",
        "write 2026-03-01 or 2026-03-01 08:00:00",
    )
    ENDS_BEFORE_START = ("止早于起", "ends before it starts", "请核对起止时间", "check both times")
    NO_START = ("没有开始时间", "has no start", "请填写，或用 --valid-from 指定", "fill it in, or give --valid-from")
    NO_NUMBER = (
        "{} 不是合理的数值",
        "{} is no number in the expected range",
        "请核对数值",
        "check the number",
    )
    NO_DIVISION = ("{} 不是行政区划代码", "{} is no division code", "请填 6 位数字代码", "give the six-digit code")
    EXCEL_NUMBER = (
        "{} 已被 Excel 变成数字",
        "{} was turned into a number by Excel",
        "请把该列设为文本后重新导出",
        "format the column as text and export again",
    )
    TOO_LONG = ("内容过长", "is too long", "请核对该列", "check the column")
    NO_PORT = ("{} 不是端口", "{} is no port", "请填 0–65535", "give 0–65535")
    PORTS_CROSSED = ("端口止小于起", "the last port lies before the first", "请核对端口范围", "check the port range")
    UNKNOWN_WORD = ("{} 不在字典中", "{} is not in the word list", "请用字典中的词", "use a word of the list")
    TOO_MANY_CELLS = (
        "比表头多出单元格",
        "has more cells than the header",
        "含逗号的内容请加引号",
        "quote cells that hold a comma",
    )
    REPEATED = ("与第 {} 行重复", "repeats row {}", "请删去其中一行", "delete one of them")
    UNPRINTABLE = ("含不可见控制字符", "holds control characters", "请清除后重新导出", "clean it and export again")
    UNKNOWN_UNIT = (
        "{} 不在单位台账中",
        "{} is no unit of the registry",
        "请先导入该单位",
        "import the unit first",
    )
    NO_JSON = ("不是 JSON", "is no JSON", "请重新导出", "export it again")
    NO_ANSWER = ("未答复", "is not answered yet", "补充后再次导入即可", "import it again once it is")
    UNKNOWN_ROW_ID = (
        "{} 不是已知的行标识",
        "{} is no known row id",
        "请用原文件回复",
        "answer in the file that was sent",
    )
    NOT_AS_ASKED = (
        "{} 与所问不符，行或列可能错位",
        "{} is not what was asked; rows or columns may be shifted",
        "请勿改动原有各列",
        "leave the given columns as they were",
    )
    NO_BEGINNING = (
        "释放的端口块没有分配记录",
        "releases a block that was never given out",
        "请先导入较早的日志",
        "import the earlier log first",
    )
    TOO_FEW_PORTS = (
        "公网端口不够分给全部私网地址",
        "has too few ports for every inner address",
        "请核对地址段和端口数",
        "check blocks and ports per user",
    )
    ODD_USCC = ("{} 校验位不符", "{} fails its check digit", "请核对；旧代码可保留", "check it; old codes may stay")
    FORMULA = ("{} 像公式，按文本保存", "{} looks like a formula; kept as text", "请核对", "check it")


@dataclass(frozen=True, slots=True)
class RowFault:
    """A fault at a place: row as a spreadsheet counts it (header = 1) and column as the file names it."""

    row_no: int
    column: str
    fault: Fault
    value: str = ""

    @property
    def what(self) -> str:
        """What is wrong, in the active language."""
        zh, en, _, _ = self.fault.value
        return str(bilingual(zh, en)).format(self.value)

    @property
    def hint(self) -> str:
        """What to do, in the active language."""
        _, _, zh, en = self.fault.value
        return str(bilingual(zh, en))

    def __str__(self) -> str:
        place = str(bilingual(f"第 {self.row_no} 行", f"row {self.row_no}"))
        return f"{place}, {self.column or '-'}: {self.what}; {self.hint}"


class CellFault(Exception):  # noqa: N818  # not an error of the program: it never leaves the reader of a row
    """A parser's "no": which fault, and the value as it may be shown."""

    def __init__(self, fault: Fault, value: str = "") -> None:
        super().__init__(fault.name)
        self.fault = fault
        self.value = value[:60]
