"""Which dated rules may an office set, and how is one read from a form? Tariffs, duties, deadlines: data, not code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import Field, ValidationError

from collector.cases.choices import Cause, Department, Grade, SourceKind, State
from collector.cases.rules import DeadlineIn, RouteIn, RuleIn, columns_of
from collector.cases.tables import DeadlineRule, RouteRule
from collector.console.language import reader_lang
from collector.faults import CollectorError
from collector.registry.choices import Facility, Nature
from collector.registry.parameters import Dated, Tariff
from collector.text import bilingual


class TariffIn(RuleIn):
    """What a kilowatt-hour used for mining costs on top."""

    key: ClassVar[tuple[str, ...]] = ("division_code",)
    division_code: Annotated[str, Field(pattern=r"^(\d{6})?$")] = ""
    surcharge_yuan_per_kwh: Annotated[Decimal, Field(ge=0, le=100, decimal_places=4)]


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a rule's form; ``options`` make it a choice, ``many`` a choice of several."""

    name: str
    title: Any
    options: Sequence[tuple[str, Any]] = ()
    many: bool = False
    kind: str = "text"
    is_required: bool = False
    hint: Any = ""


@dataclass(frozen=True, slots=True)
class RuleKind:
    """One table of rules: what it is called, what stands in a rule, and which fields tell one series from others."""

    name: str
    title: Any
    told: Any
    table: type[Dated]
    model: type[RuleIn]
    entries: tuple[Entry, ...]


_DIVISION = Entry("division_code", bilingual("区划代码", "Division code"), is_required=True, hint="330400")
_BASIS = Entry("basis", bilingual("依据（文件与条款）", "Basis (document and clause)"), is_required=True)
_FROM = Entry("valid_from", bilingual("自（含当日）", "From (that day included)"), kind="date", is_required=True)
KINDS: Mapping[str, RuleKind] = {
    kind.name: kind
    for kind in (
        RuleKind(
            "tariffs",
            bilingual("差别电价", "Tariffs"),
            bilingual(
                "挖矿用电的加价标准，按区划取最具体的一条。", "What mining pays on top; the narrowest division holds."
            ),
            Tariff,
            TariffIn,
            (
                _DIVISION,
                Entry(
                    "surcharge_yuan_per_kwh",
                    bilingual("加价（元/千瓦时）", "Surcharge (yuan per kWh)"),
                    kind="decimal",
                    is_required=True,
                    hint="0.5",
                ),
                _FROM,
                _BASIS,
            ),
        ),
        RuleKind(
            "duties",
            bilingual("职责分工", "Duties"),
            bilingual(
                "哪类单位由哪个部门牵头；最具体的一条生效。",
                "Which department leads for which unit; the narrowest rule holds.",
            ),
            RouteRule,
            RouteIn,
            (
                _DIVISION,
                Entry("nature", bilingual("单位性质", "Kind of unit"), Nature.choices),
                Entry("facility", bilingual("设施类别", "Facility"), Facility.choices),
                Entry("cause", bilingual("原因", "Cause"), Cause.choices),
                Entry("source", bilingual("清单来源", "Kind of list"), SourceKind.choices),
                Entry("department", bilingual("牵头部门", "Leading department"), Department.choices, is_required=True),
                Entry("name_zh", bilingual("当地名称（中文）", "Its name there (Chinese)")),
                Entry("name_en", bilingual("当地名称（英文）", "Its name there (English)")),
                Entry(
                    "co_departments", bilingual("配合部门", "Departments that take part"), Department.choices, many=True
                ),
                Entry("list_days", bilingual("清单反馈天数", "Days to answer a list"), kind="number"),
                _FROM,
                _BASIS,
            ),
        ),
        RuleKind(
            "deadlines",
            bilingual("办理期限", "Deadlines"),
            bilingual("案件在每一状态可停留的工作日数。", "How many working days a case may stay in a state."),
            DeadlineRule,
            DeadlineIn,
            (
                _DIVISION,
                Entry("state", bilingual("状态", "State"), State.choices, is_required=True),
                Entry("grade", bilingual("等级", "Grade"), Grade.choices),
                Entry("working_days", bilingual("工作日", "Working days"), kind="number", is_required=True),
                _FROM,
                _BASIS,
            ),
        ),
    )
}


def read(kind: RuleKind, given: Mapping[str, str], many: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """A form as the columns of the table. Raises ``CollectorError`` that names every field that is not right."""
    document: dict[str, Any] = {}
    for entry in kind.entries:
        value = list(many.get(entry.name, ())) if entry.many else given.get(entry.name, "").strip()
        if value:
            document[entry.name] = value
    try:
        rule = kind.model.model_validate(document)
    except ValidationError as fault:
        raise CollectorError(_told(kind, fault)) from None
    exact = {name: value for name, value in rule if isinstance(value, Decimal)}
    return columns_of(rule) | exact


def shown(kind: RuleKind, row: Dated) -> list[tuple[Entry, str]]:
    """A rule's fields in words; what it leaves open is left out."""
    left_out = {"valid_from", "basis", "name_en" if reader_lang() == "zh" else "name_zh"}
    cells = [(entry, _text(entry, getattr(row, entry.name))) for entry in kind.entries if entry.name not in left_out]
    return [(entry, text) for entry, text in cells if text]


def given(kind: RuleKind, row: Dated) -> dict[str, Any]:
    """A rule's fields as its form takes them back."""
    return {entry.name: _plain(getattr(row, entry.name)) for entry in kind.entries}


def _text(entry: Entry, value: Any) -> str:
    words: dict[str, str] = {str(key): str(text) for key, text in entry.options}
    if isinstance(value, list):
        return "、".join(words.get(str(one), str(one)) for one in value)
    return words.get(str(value), str(value)) if value not in (None, "") else ""


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, date) else value


def _told(kind: RuleKind, fault: ValidationError) -> str:
    titles = {entry.name: entry.title for entry in kind.entries}
    faults = []
    for row in fault.errors():
        name = str(row["loc"][0]) if row["loc"] else ""
        is_absent = row["type"] in ("missing", "string_too_short")
        what = bilingual("请填写", "fill it in") if is_absent else bilingual("填写有误", "is not right")
        faults.append(f"{titles.get(name, name)}: {what}")
    return "；".join(dict.fromkeys(faults))
