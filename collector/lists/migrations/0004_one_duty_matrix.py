"""Where do the lists' own duty rules go? Into the matrix of casework, so that a list and a case name one department."""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from collector.cases.duty_import import department_named


def move(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Every rule of the lists becomes, or joins, one of the matrix; those that it had ruled take its days and name."""
    old = list(apps.get_model("lists", "DutyRule").objects.order_by("valid_from", "pk"))
    route = apps.get_model("cases", "RouteRule")
    known = list(route.objects.order_by("valid_from", "pk"))
    places = {rule.pk: _joined(route, rule, known) for rule in old}
    for rule in known:
        ruled = _ruling(old, rule.division_code, rule.nature, rule.valid_from)
        if ruled is not None and rule.department == department_named(ruled.department_zh) and not rule.name_zh:
            rule.name_zh, rule.name_en = ruled.department_zh, ruled.department_en
            rule.save(update_fields=["name_zh", "name_en"])
    _follow(apps, places)


def _joined(route: Any, rule: Any, known: list[Any]) -> int:
    """The matrix's rule for the same units, made when there is none; its co-departments are those of before."""
    here = [one for one in known if not (one.facility or one.cause or one.source)]
    same = [
        one
        for one in here
        if (one.division_code, one.nature, one.valid_from) == (rule.division_prefix, rule.nature, rule.valid_from)
    ]
    department = department_named(rule.department_zh)
    named = {"name_zh": rule.department_zh, "name_en": rule.department_en, "list_days": rule.deadline_days}
    if same:
        found = same[0]
        named = named if found.department == department else {"list_days": rule.deadline_days}
        route.objects.filter(pk=found.pk).update(**named)
        for name, value in named.items():
            setattr(found, name, value)
        return int(found.pk)
    wider = [
        one
        for one in here
        if _holds(one.division_code, rule.division_prefix)
        and one.nature in ("", rule.nature)
        and one.department == department
    ]
    joined = max(wider, key=lambda one: (bool(one.nature), len(_prefix(one.division_code)))).co_departments if wider else []
    dates = {"valid_from": rule.valid_from, "valid_to": rule.valid_to, "basis": rule.basis}
    place = {"division_code": rule.division_prefix, "nature": rule.nature, "co_departments": joined}
    made = route.objects.create(department=department, **place, **named, **dates)
    return int(made.pk)


def _ruling(old: list[Any], division: str, nature: str, day: Any) -> Any:
    """Which of the lists' rules named the department for such a unit, as the lists chose."""
    fitting = [
        rule
        for rule in old
        if _holds(rule.division_prefix, division)
        and rule.nature in ("", nature)
        and rule.valid_from <= day
        and (rule.valid_to is None or rule.valid_to > day)
    ]
    return max(fitting, key=lambda one: (bool(one.nature), len(_prefix(one.division_prefix)), one.valid_from), default=None)


def _holds(rule_division: str, division: str) -> bool:
    return division.startswith(_prefix(rule_division))


def _prefix(code: str) -> str:
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def _follow(apps: Apps, places: dict[int, int]) -> None:
    """Files of duty rules that came in can still be undone."""
    names = {"division_prefix": "division_code", "department_zh": "name_zh", "department_en": "name_en"}
    names |= {"deadline_days": "list_days"}
    changes = apps.get_model("registry", "ImportChange").objects.filter(table="lists.DutyRule")
    for change in list(changes):
        change.table, change.row_id = "cases.RouteRule", places.get(change.row_id, 0)
        if change.before is not None:
            change.before = {names.get(name, name): value for name, value in change.before.items()}
        change.save(update_fields=["table", "row_id", "before"])


class Migration(migrations.Migration):
    dependencies = [
        ("lists", "0003_issues_of_every_kind"),
        ("cases", "0004_one_duty_matrix"),
        ("registry", "0007_number_series"),
    ]
    operations = [migrations.RunPython(move, migrations.RunPython.noop), migrations.DeleteModel("DutyRule")]
