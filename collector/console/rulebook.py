"""Which dated rules may an office set, and how is one read from a form? Tariffs, duties, deadlines, grades, limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from django.utils import timezone
from pydantic import Field, ValidationError, model_validator

from collector.cases.choices import Cause, Department, Fact, Grade, SourceKind, State
from collector.cases.rules import DeadlineIn, GradeIn, RouteIn, RuleIn, columns_of
from collector.cases.tables import DeadlineRule, GradeRule, RouteRule
from collector.console.language import reader_lang
from collector.console.places import Places
from collector.faults import CollectorError
from collector.jobs.queue import ask
from collector.power.choices import Feature
from collector.power.intake import JUDGE
from collector.power.models import PowerRule
from collector.registry.choices import Facility, Nature
from collector.registry.parameters import Dated, Tariff
from collector.text import Lang, bilingual, labels


class TariffIn(RuleIn):
    """What a kilowatt-hour used for mining costs on top."""

    key: ClassVar[tuple[str, ...]] = ("division_code",)
    division_code: Annotated[str, Field(pattern=r"^(\d{6})?$")] = ""
    surcharge_yuan_per_kwh: Annotated[Decimal, Field(ge=0, le=100, decimal_places=4)]


class LimitIn(RuleIn):
    """Between which bounds a feature of a load curve speaks for mining."""

    key: ClassVar[tuple[str, ...]] = ("feature",)
    feature: Feature
    least: Annotated[float, Field(ge=0, le=1e9)] | None = None
    most: Annotated[float, Field(ge=0, le=1e9)] | None = None

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.least is None and self.most is None:
            raise ValueError("needs a bound")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError("least is more than most")
        return self


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
    is_division: bool = False
    """Whether it is offered and shown by name."""


@dataclass(frozen=True, slots=True)
class RuleKind:
    """One table of rules: what it is called, what stands in a rule, and which fields tell one series from others."""

    name: str
    title: Any
    told: Any
    table: type[Dated]
    model: type[RuleIn]
    entries: tuple[Entry, ...]
    afterwards: Callable[[], object] = lambda: None
    """What follows where one changed."""

    @property
    def is_everywhere(self) -> bool:
        """Whether a rule of this kind holds in every division alike."""
        return "division_code" not in self.model.key


def _unit_words() -> Sequence[tuple[str, Any]]:
    """Natures and facilities as one choice; a value that both have is one option under both names."""
    zh, en = _names_in("zh"), _names_in("en")
    return [(value, bilingual(zh[value], en[value])) for value in zh]


def _names_in(lang: Lang) -> dict[str, str]:
    words: dict[str, list[str]] = {}
    for value, text in (*labels(Nature, lang), *labels(Facility, lang)):
        words.setdefault(value, []).append(text)
    return {value: " / ".join(dict.fromkeys(texts)) for value, texts in words.items()}


_DIVISION = Entry("division_code", bilingual("区划", "Division"), is_required=True, hint="330400", is_division=True)
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
        RuleKind(
            "grades",
            bilingual("分级规则", "Grades"),
            bilingual(
                "满足任一条即定为该级，取最重的一级；每复燃一次升一级；都不满足为 C 级。数值类填“不小于”，"
                "单位性质和设施类别选“属于”。全系统通用。",
                "A case gets the gravest grade of which one rule holds, one up for each relapse, and C where none is. "
                "A fact of numbers takes 'at least', a kind of unit or facility 'one of'. They hold everywhere.",
            ),
            GradeRule,
            GradeIn,
            (
                Entry(
                    "code",
                    bilingual("代号", "Name"),
                    is_required=True,
                    hint=bilingual("如 shares-100000（小写字母、数字、-）", "shares-100000 (a–z, 0–9, -)"),
                ),
                Entry("grade", bilingual("等级", "Grade"), Grade.choices, is_required=True),
                Entry("fact", bilingual("依据的事实", "Fact"), Fact.choices, is_required=True),
                Entry("at_least", bilingual("不小于", "At least"), kind="decimal", hint="100000"),
                Entry("one_of", bilingual("属于", "One of"), _unit_words(), many=True),
                _FROM,
                _BASIS,
            ),
        ),
        RuleKind(
            "limits",
            bilingual("用电阈值", "Limits of load"),
            bilingual(
                "负荷曲线各特征落在范围内才算疑似；改动后由后台重新研判。全系统通用。",
                "A meter is a suspect when every feature lies within its bounds; a change is judged anew in the "
                "background. They hold everywhere.",
            ),
            PowerRule,
            LimitIn,
            (
                Entry("feature", bilingual("特征", "Feature"), Feature.choices, is_required=True),
                Entry("least", bilingual("不小于", "At least"), kind="decimal", hint="0.85"),
                Entry("most", bilingual("不大于", "At most"), kind="decimal", hint="1.3"),
                _FROM,
                _BASIS,
            ),
            afterwards=lambda: ask(JUDGE, timezone.now()),
        ),
    )
}


_TOGETHER = bilingual(
    "各项不相配：请看说明，数值与范围须填一种且大小顺序正确",
    "the fields do not go together: see the text above the form, and the order of bounds",
)


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


def shown(kind: RuleKind, row: Dated, places: Places) -> list[tuple[Entry, str]]:
    """A rule's fields in words; what it leaves open is left out."""
    left_out = {"valid_from", "basis", "name_en" if reader_lang() == "zh" else "name_zh"}
    entries = [entry for entry in kind.entries if entry.name not in left_out]
    cells = [(entry, _text(entry, getattr(row, entry.name), places)) for entry in entries]
    return [(entry, text) for entry, text in cells if text]


def given(kind: RuleKind, row: Dated) -> dict[str, Any]:
    """A rule's fields as its form takes them back."""
    return {entry.name: _plain(getattr(row, entry.name)) for entry in kind.entries}


def _text(entry: Entry, value: Any, places: Places) -> str:
    words: dict[str, str] = {str(key): str(text) for key, text in entry.options}
    if entry.is_division and value:
        return value if places.name(value) == value else f"{places.name(value)} {value}"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list):
        return str(bilingual("、", ", ")).join(words.get(str(one), str(one)) for one in value)
    return words.get(str(value), str(value)) if value not in (None, "") else ""


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, float):
        return f"{value:.10g}"
    return value.isoformat() if isinstance(value, date) else value


def _told(kind: RuleKind, fault: ValidationError) -> str:
    titles = {entry.name: entry.title for entry in kind.entries}
    faults = []
    for row in fault.errors():
        name = str(row["loc"][0]) if row["loc"] else ""
        is_absent = row["type"] in ("missing", "string_too_short")
        what = bilingual("请填写", "fill it in") if is_absent else bilingual("填写有误", "is not right")
        faults.append(f"{titles[name]}: {what}" if name in titles else str(_TOGETHER))
    return str(bilingual("；", "; ")).join(dict.fromkeys(faults))
