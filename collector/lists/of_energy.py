"""Which rows do the lists of energy have: differential price (L7), and energy that counts twice?"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from collector.lists.choices import Basis
from collector.lists.issuing import Entry, Made, Scope, canonical
from collector.lists.of_registers import last_day, place, running
from collector.lists.registers import Project
from collector.power.suspects import kwh_of
from collector.registry.asof import factor_of, tariff_of

MULTIPLE = "mining-energy-multiple"
COAL = "electricity-tce"
_FEN = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Used:
    """A project's energy of the week in kWh, and where the figure comes from."""

    kwh: float
    basis: Basis
    days: int


def used(project: Project, scope: Scope) -> Used | None:
    """Metered where a meter was read on every day; else the statement's kWh a day; None where neither is there."""
    first, last = scope.week.monday, last_day(scope)
    days = (last - first).days + 1
    metered = kwh_of(project.meter_no, first, last)
    if metered is not None and metered[1] >= days:
        return Used(round(metered[0], 1), Basis.METER, days)
    if project.kwh_per_day is None:
        return None
    return Used(round(project.kwh_per_day * days, 1), Basis(project.kwh_basis), days)


def price(scope: Scope) -> Made:
    """L7: what each project owes for the week on top, by the surcharge in force on its last day."""
    made, total = [], Decimal(0)
    for project in running(scope):
        row = _base(project, scope)
        tariff = tariff_of(project.division_code, last_day(scope))
        amount = _yuan(row["kwh"], tariff.surcharge_yuan_per_kwh) if tariff and row["kwh"] is not None else None
        row |= {
            "surcharge": str(tariff.surcharge_yuan_per_kwh) if tariff else None,
            "surcharge_from": tariff.valid_from.isoformat() if tariff else None,
            "surcharge_basis": tariff.basis if tariff else "",
            "amount": str(amount) if amount is not None else None,
        }
        total += amount or 0
        made.append(_entry(project, row))
    return Made(made, {"projects": len(made), "amount_yuan": str(total)})


def energy(scope: Scope) -> Made:
    """Energy of mining as it counts against a county: multiplied, and in tonnes of coal equivalent."""
    made, doubled = [], Decimal(0)
    day = last_day(scope)
    for project in running(scope):
        row = _base(project, scope)
        multiple, coal = (factor_of(name, project.division_code, day) for name in (MULTIPLE, COAL))
        if row["kwh"] is not None and multiple is not None:
            counted = Decimal(str(row["kwh"])) * multiple.value
            doubled += counted
            row |= {"multiple": _short(multiple.value), "counted_kwh": _short(round(counted, 1))}
            row |= {"counted_tce": str(round(counted / 1000 * coal.value, 3)) if coal else None}
            row |= {"factor_basis": "；".join(part.basis for part in (multiple, coal) if part)}
        made.append(_entry(project, row))
    return Made(made, {"projects": len(made), "counted_kwh": _short(round(doubled, 1))})


def _base(project: Project, scope: Scope) -> dict[str, Any]:
    found = used(project, scope)
    return {
        **{name: getattr(project, name) for name in ("name", "unit_name", "uscc", "address", "meter_no")},
        **place(scope, project),
        "days": found.days if found else None,
        "kwh": found.kwh if found else None,
        "kwh_basis": found.basis.value if found else "",
        "as_of": project.as_of.isoformat(),
    }


def _yuan(kwh: float, surcharge: Decimal) -> Decimal:
    return (Decimal(str(kwh)) * surcharge).quantize(_FEN, ROUND_HALF_UP)


def _short(value: Decimal) -> str:
    """Without the noughts at the end, and never as a power of ten."""
    return f"{value.normalize():f}"


def _entry(project: Project, row: dict[str, Any]) -> Entry:
    return Entry((project.division_code, project.name), f"project{project.pk}", canonical(row))
