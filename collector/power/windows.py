"""Which readings is a meter's week judged by? Those of the week and of the one before: rules ask for days in a row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from collector.power.choices import Feature
from collector.power.features import Curve
from collector.power.reasons import Rule, are_met, digest_of, reasons_of

WEEK = timedelta(days=7)


def first_day(monday: date) -> date:
    """The first day looked at for a week."""
    return monday - WEEK


def last_day(monday: date) -> date:
    """The week's Sunday; the rules in force on it are those that count."""
    return monday + timedelta(days=6)


def weeks_with(day: date) -> tuple[date, date]:
    """The Mondays of the weeks that a day's readings count for."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + WEEK


def columns(curve: Curve, rules: Sequence[Rule]) -> dict[str, Any]:
    """What a row says of the readings alone, whosever the meter is."""
    reasons = reasons_of(rules, curve)
    return {
        "first": curve.first,
        "last": curve.last,
        "kwh": curve.kwh,
        "mean_kw": curve.features[Feature.MEAN_KW],
        "is_suspect": are_met(reasons),
        "features": {str(feature.value): value for feature, value in curve.features.items()},
        "reasons": [(one.feature.value, one.value, one.least, one.most) for one in reasons],
        "rules": digest_of(rules),
    }
