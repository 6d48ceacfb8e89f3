"""Does every limit forbid what it is there for, and nothing else?"""

from __future__ import annotations

from typing import Any

import pytest

from sensor.config.verify import VerifyOptions
from sensor.model.flow import Endpoint
from sensor.model.verification import Finding, ServerAnswer, ServerRequest
from sensor.model.wire import timestamp
from sensor.verify.history import History
from sensor.verify.rules import Asked, refusal, stop, wait_s

NOW_S = 1_800_000_000.0
OPEN: dict[str, Any] = {
    "enabled": True,
    "source_address": "192.0.2.53",
    "allow_networks": ("0.0.0.0/0", "::/0"),
    "allow_divisions": ("330100",),
}


def _asked(changes: dict[str, Any], history: History | None = None, **request: Any) -> Asked:
    options = VerifyOptions(**{**OPEN, **changes})
    told = {"ip": "93.184.216.34", "port": 3333, "division": "330106", **request}
    return Asked(options, ServerRequest(**told), history or History(), NOW_S)


@pytest.mark.parametrize(
    ("changes", "request_", "rule"),
    [
        ({}, {}, None),
        ({"enabled": False}, {}, "not-enabled"),
        ({"allow_networks": ()}, {}, "network"),
        ({"allow_networks": ("198.51.100.0/24",)}, {}, "network"),
        ({"never_networks": ("93.184.216.0/24",)}, {}, "never"),
        ({"never_names": ("Example.org.",)}, {"name": "pool.example.org"}, "never"),
        ({"never_names": ("example.org",)}, {"name": "notexample.org"}, None),
        ({"never_names": ("example.org",)}, {"ip": None, "name": "Pool.Example.ORG."}, "never"),
        ({"never_names": ("矿池.example",)}, {"ip": None, "name": "a.xn--btwv1w.example"}, "never"),
        ({"never_names": ("xn--btwv1w.example",)}, {"ip": None, "name": "矿池.EXAMPLE"}, "never"),
        ({"never_names": ("example.org",)}, {"name": "a.example.net", "names": ("b.example.org",)}, "never"),
        ({"never_names": ("example.org",)}, {"name": "a.example.net", "names": ("b.example.net",)}, None),
        ({"enabled": False}, {"ip": None, "name": "pool.example.org"}, "not-enabled"),
        ({"allow_networks": ()}, {"ip": None, "name": "pool.example.org"}, "network"),
        ({}, {"ip": None, "name": "pool.example.org", "division": "110000"}, "division"),
        ({}, {"ip": None, "name": "pool.example.org"}, None),
        ({"never_networks": ("93.184.216.0/24",)}, {"ip": "::ffff:93.184.216.34"}, "never"),
        ({"never_networks": ("93.184.216.0/24",)}, {"ip": "64:ff9b::5db8:d822"}, "never"),
        ({"never_networks": ("93.184.216.0/24",)}, {"ip": "2002:5db8:d822::1"}, "never"),
        ({}, {"ip": "::ffff:10.1.2.3"}, "network"),
        ({}, {"ip": "64:ff9b::a01:203"}, "network"),
        ({}, {"ip": "10.1.2.3"}, "network"),
        ({}, {"ip": "127.0.0.1"}, "network"),
        ({}, {"ip": "169.254.169.254"}, "network"),
        ({}, {"ip": "224.0.0.1"}, "network"),
        ({}, {"ip": "fe80::1"}, "network"),
        ({"allow_networks": ("10.0.0.0/8",)}, {"ip": "10.1.2.3"}, None),
        ({"allow_networks": ("10.0.0.0/8",)}, {}, "network"),
        ({}, {"division": None}, "division"),
        ({}, {"division": "330200"}, "division"),
        ({}, {"division": "330100"}, None),
        ({"allow_divisions": ("330000",)}, {"division": "330212001"}, None),
        ({"allow_divisions": ("330106",)}, {"division": "330100"}, "division"),
        ({"allow_divisions": ()}, {}, "division"),
    ],
)
def test_who_may_be_asked_or_looked_up(changes: dict[str, Any], request_: dict[str, Any], rule: str | None) -> None:
    found = refusal(_asked(changes, **request_))
    assert (found.name if found else None) == rule


@pytest.mark.parametrize(
    ("times_s", "made", "rule"),
    [
        ([], 0, None),
        ([], 2, "server-budget"),
        ([NOW_S - 10, NOW_S - 5, NOW_S - 1], 0, "address-budget"),
        ([NOW_S - 90_000, NOW_S - 5, NOW_S - 1], 0, None),
    ],
)
def test_budgets(times_s: list[float], made: int, rule: str | None) -> None:
    history = History()
    for at_s in times_s:
        history.connected("93.184.216.34", at_s)
        history.connected("198.51.100.9", at_s)
    found = stop(_asked({"connections_per_address": 3, "connections_per_server": 2}, history), made)
    assert (found.name if found else None) == rule


@pytest.mark.parametrize(
    ("times_s", "left_s"),
    [
        ([], 0),
        ([NOW_S - 1], 0),
        ([NOW_S - 30, NOW_S - 1], 30),
        ([NOW_S - 61, NOW_S - 1], 0),
        ([NOW_S - 50, NOW_S - 40, NOW_S - 1], 20),
    ],
)
def test_rate(times_s: list[float], left_s: float) -> None:
    history = History()
    for at_s in times_s:
        history.connected("198.51.100.9", at_s)
    assert wait_s(_asked({"connections_per_minute": 2}, history)) == pytest.approx(left_s)


@pytest.mark.parametrize(
    ("finding", "age_days", "is_held"),
    [
        (Finding.POOL, 1, True),
        (Finding.POOL, 6.9, True),
        (Finding.POOL, 7.1, False),
        (Finding.UNREACHABLE, 1, True),
        (Finding.REFUSED, 1, False),
    ],
)
def test_answers_hold_for_a_week(finding: Finding, age_days: float, is_held: bool) -> None:
    history, asked = History(), _asked({})
    at = timestamp(round((NOW_S - age_days * 86_400) * 1e9))
    history.answered(ServerAnswer(ip="93.184.216.34", port=3333, at=at, finding=finding))
    found = history.answer(Endpoint("93.184.216.34", 3333), NOW_S, asked.options)
    assert (found is not None) is is_held


def test_history_forgets_what_no_limit_looks_at() -> None:
    history = History()
    for day in range(40):
        history.connected(f"198.51.100.{day}", NOW_S + day * 86_400)
    assert len(history.connections) == len(history.by_address) == 1
