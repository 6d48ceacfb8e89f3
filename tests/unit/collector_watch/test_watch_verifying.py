"""Which servers does the collector ask, when, and what becomes of their answers?"""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from watch_world import NOW, POOL, Deliver, miner, pool, seen

from collector.faults import CollectorError
from collector.watch import verifying
from collector.watch.models import Endpoint, Proposal
from collector.watch.proposals import propose
from collector.watch.verifying import run_verification, take_answers, wanted
from sensor.model.verification import ServerAnswer


def test_who_is_to_be_verified(deliver: Deliver) -> None:
    deliver(
        {"verdict": "suspected", "pool": pool("93.184.216.1")},
        {"verdict": "probable", "pool": pool("93.184.216.2", domain=None)},
        {"verdict": "probable", "pool": pool("93.184.216.2", domain=None), "miner": miner(9)},
        {"pool": pool("93.184.216.3")},
        {"verdict": "suspected", "pool": pool("93.184.216.4"), **seen(last_seen=NOW - timedelta(days=15))},
    )
    assert [(one.ip, one.name, one.division) for one in wanted(NOW, 10)] == [
        ("93.184.216.2", None, "330402"),
        ("93.184.216.1", "hidden-pool.cn", "330402"),
    ]
    assert len(wanted(NOW, 1)) == 1
    answered = ServerAnswer(ip="93.184.216.1", port=3333, at=NOW, finding="not-pool")
    refused = ServerAnswer(ip="93.184.216.2", port=3333, at=NOW, finding="refused", rule="network")
    take_answers([one.model_dump_json(by_alias=True) for one in (answered, refused)], NOW)
    assert not wanted(NOW, 10)
    assert [one.ip for one in wanted(NOW + timedelta(days=2), 10)] == ["93.184.216.2"]
    assert {one.ip for one in wanted(NOW + timedelta(days=8), 10)} == {"93.184.216.1", "93.184.216.2"}


def test_a_request_bears_every_name_that_was_seen(deliver: Deliver) -> None:
    names = ("a.example.cn", POOL, "b.example.cn", "c.example.cn")
    deliver(
        *(
            {"verdict": "suspected", "pool": pool(domain=name), "last_seen": NOW - timedelta(minutes=9 - number)}
            for number, name in enumerate(names)
        )
    )
    assert [(one.name, one.names) for one in wanted(NOW, 10)] == [("c.example.cn", ("a.example.cn", "b.example.cn"))]


def test_a_refusal_does_not_take_back_what_was_found(deliver: Deliver) -> None:
    deliver({"verdict": "suspected"})
    for finding in ("pool", "refused"):
        take_answers([ServerAnswer(ip=POOL, port=3333, at=NOW, finding=finding).model_dump_json(by_alias=True)], NOW)
    assert Endpoint.objects.get().finding == "pool"
    assert propose(NOW) == 2
    assert set(Proposal.objects.values_list("kind", flat=True)) == {"address", "probed"}


def test_the_job_is_off_by_default_and_asks_by_the_limits(deliver: Deliver, tmp_path: Path) -> None:
    from sensor.simulate.listen import PoolServer

    assert "off" in run_verification(None, 20, NOW)
    with PoolServer("stratum-v1") as server:
        deliver({"verdict": "suspected", "pool": pool("127.0.0.1", server.port, None)})
        limits: dict[str, Any] = {
            "enabled": True,
            "source_address": "127.0.0.2",
            "log": str(tmp_path / "verify.jsonl"),
            "allow_networks": ["127.0.0.0/8"],
            "allow_divisions": ["330400"],
        }
        config = tmp_path / "verify.yaml"
        config.write_text(yaml.safe_dump(limits | {"allow_divisions": ["440000"]}))
        assert run_verification(config, 20, NOW) == "1 servers asked"
        assert (Endpoint.objects.get().finding, len(server.arrivals.connections)) == ("", 0)
        config.write_text(yaml.safe_dump(limits))
        assert run_verification(config, 20, NOW + timedelta(days=2)) == "1 servers asked"
        assert (Endpoint.objects.get().finding, set(server.arrivals.connections)) == ("pool", {"127.0.0.2"})
    assert threading.active_count() < 20


def test_what_was_answered_before_the_time_was_over_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "RUN_S", 2)
    answers, said = verifying._asked(["sh", "-c", "echo one; echo two; printf half; exec sleep 600"], "")
    assert (answers, said) == (["one", "two"], "ended after 2 s; the rest is asked next time")


@pytest.mark.parametrize("line", ["{}", "no json", '{"schema":"minewatch.verify-answer/1"}', "x" * 300_000])
def test_a_line_that_is_no_answer(line: str, db: None) -> None:
    with pytest.raises(CollectorError, match="line 1: "):
        take_answers([line], NOW)
