"""How does an office change its rules of grade, route and deadline? As a YAML file, out and in again; all are dated."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, TypeAlias

import yaml
from django.db import transaction
from pydantic import Field, model_validator

from collector.cases.choices import Cause, Department, Fact, Grade, SourceKind, State
from collector.cases.dated import rules_on
from collector.cases.tables import DeadlineRule, GradeRule, RouteRule
from collector.registry.choices import Facility, Nature
from collector.registry.parameters import put
from collector.settings.options import Options
from sensor.model.options import load_options

EXAMPLE = "the one that 'cases rules' prints"
MAX_RULES = 10_000
_NULLABLE = frozenset({"valid_to", "at_least", "list_days", "least", "most"})
_Division = Annotated[str, Field(pattern=r"^(\d{6})?$")]
_AnyTable: TypeAlias = type[GradeRule] | type[RouteRule] | type[DeadlineRule]


class RuleIn(Options):
    """What every rule says of itself. ``key`` names the columns that tell it from the others."""

    key: ClassVar[tuple[str, ...]]
    valid_from: date
    valid_to: date | None = None
    basis: Annotated[str, Field(min_length=1, max_length=300)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("valid_to does not lie after valid_from")
        return self


class GradeIn(RuleIn):
    """A reason for a grade: ``at_least`` of a number, or ``one_of`` some words."""

    key = ("code",)
    code: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    grade: Grade
    fact: Fact
    at_least: float | None = None
    one_of: Annotated[list[str], Field(max_length=100)] = []

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        is_word = self.fact in (Fact.NATURE, Fact.FACILITY)
        if is_word is not bool(self.one_of) or is_word is not (self.at_least is None):
            raise ValueError("a fact of words needs one_of alone, a fact of numbers at_least alone")
        return self


class RouteIn(RuleIn):
    """Which department leads, and which take part."""

    key = ("division_code", "nature", "facility", "cause", "source")
    division_code: _Division = ""
    nature: Nature | None = None
    facility: Facility | None = None
    cause: Cause | None = None
    source: SourceKind | None = None
    department: Department
    name_zh: Annotated[str, Field(max_length=100)] = ""
    name_en: Annotated[str, Field(max_length=200)] = ""
    co_departments: list[Department] = []
    list_days: Annotated[int, Field(ge=1, le=365)] | None = None


class DeadlineIn(RuleIn):
    """How many working days a case may stay in a state."""

    key = ("division_code", "state", "grade")
    division_code: _Division = ""
    state: State
    grade: Grade | None = None
    working_days: Annotated[int, Field(ge=1, le=250)]


class RuleFile(Options):
    """The whole file; a kind that is left out stays as it is."""

    grades: Annotated[list[GradeIn], Field(max_length=MAX_RULES)] = []
    routes: Annotated[list[RouteIn], Field(max_length=MAX_RULES)] = []
    deadlines: Annotated[list[DeadlineIn], Field(max_length=MAX_RULES)] = []


_TABLES: tuple[tuple[str, type[RuleIn], _AnyTable], ...] = (
    ("grades", GradeIn, GradeRule),
    ("routes", RouteIn, RouteRule),
    ("deadlines", DeadlineIn, DeadlineRule),
)


@transaction.atomic
def load_rules(path: Path) -> int:
    """Take in a file of rules; answers how many were new or changed. Raises ``ConfigError``, and then nothing changed.

    A rule that another follows ends where that one begins: what was decided under it can still be explained.
    """
    document = load_options(path, RuleFile, example=EXAMPLE)
    return sum(_take(table, rule) for name, _, table in _TABLES for rule in getattr(document, name))


def rules_text(day: date) -> str:
    """The rules in force on a day, as a file that ``load_rules`` takes."""
    document = {name: [_said(model, row) for row in rules_on(table, day)] for name, model, table in _TABLES}
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)
    return text


def _take(table: _AnyTable, rule: RuleIn) -> bool:
    return put(table, rule.key, columns_of(rule))


def columns_of(rule: RuleIn) -> dict[str, Any]:
    """A rule as the columns of its table."""
    plain = {name: _column(name, value) for name, value in rule.model_dump(mode="json").items()}
    return plain | {"valid_from": rule.valid_from, "valid_to": rule.valid_to}


def _column(name: str, value: Any) -> Any:
    return "" if value is None and name not in _NULLABLE else value


def _said(model: type[RuleIn], row: Any) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in model.model_fields}
    return {name: _plain(value) for name, value in values.items() if value not in ("", None, [])}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
