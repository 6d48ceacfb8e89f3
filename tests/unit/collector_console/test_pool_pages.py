"""Does the page of pools show what was seen, and is a decision kept only from who may make it, with its reason?"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from collector.audit.models import AuditEntry
from collector.console.pages.pools import MAX_PROPOSALS
from collector.ingest.services import enroll_sensor
from collector.watch.models import Endpoint, Proposal
from collector.watch.proposals import decide

SignIn = Callable[..., Client]


def endpoint(world: datetime, ip: str = "198.51.100.7", **more: Any) -> Endpoint:
    row = {
        "port": 3333,
        "first_evidence": world - timedelta(days=9),
        "last_evidence": world - timedelta(hours=1),
        "strongest": "confirmed",
        "names": ["a.example.net", "b.example.net"],
        "own_names": ["b.example.net"],
        "dialects": ["stratum-v1", "kaspa"],
        "coins": ["KAS"],
        "hosts": 17,
    }
    return Endpoint.objects.create(ip=ip, **row | more)


def proposed(world: datetime, number: int = 1, **more: Any) -> Proposal:
    seen = world - timedelta(hours=number + 1)
    row = {
        "kind": "name",
        "value": f"pool-{number:03d}.example.net",
        "ports": [3333, 443],
        "evidence": {"strongest": "confirmed", "hosts": 3, "dialects": ["kaspa"], "finding": "pool"},
        "first_evidence": seen - timedelta(days=2),
        "last_evidence": seen,
    }
    return Proposal.objects.create(**row | more)


def text(client: Client, query: str = "") -> str:
    return client.get(f"/pools/{query}").content.decode()


def send(client: Client, row: Proposal, accept: str, reason: str, state: str = "proposed") -> Any:
    form = {"number": row.pk, "accept": accept, "reason": reason, "state": state}
    return client.post("/pools/", form, REMOTE_ADDR="192.0.2.8")


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        (
            "zh-hans",
            ["矿池观察", "198.51.100.7:3333", "b.example.net, a.example.net", "确认", "未建议", "kaspa", "17"],
        ),
        ("en", ["Pool watch", "Confirmed", "Not proposed", "stratum-v1, kaspa"]),
    ],
)
def test_an_endpoint_s_life(sign_in: SignIn, world: datetime, language: str, shown: list[str]) -> None:
    endpoint(world)
    page = text(sign_in("city", language))
    assert [word for word in shown if word not in page] == []


@pytest.mark.parametrize(
    ("changes", "kind", "value", "state", "told"),
    [
        ({"is_listed": True}, "name", "b.example.net", "declined", "Listed"),
        ({}, "name", "b.example.net", "proposed", "In review"),
        ({}, "address", "198.51.100.7", "accepted", "Accepted"),
        ({}, "probed", "198.51.100.7", "declined", "Declined"),
        ({}, "address", "198.51.100.7", "stale", "Evidence too old"),
        # A name that sessions of somebody else bore says nothing of this server.
        ({}, "name", "a.example.net", "accepted", "Not proposed"),
        ({}, "address", "198.51.100.8", "accepted", "Not proposed"),
    ],
)
def test_how_an_endpoint_stands(
    sign_in: SignIn, world: datetime, changes: dict[str, Any], kind: str, value: str, state: str, told: str
) -> None:
    endpoint(world, **changes)
    proposed(world, kind=kind, value=value, state=state)
    rows = list(csv.DictReader(io.StringIO(_export(sign_in("city", "en"), "col=standing"))))
    assert [row["State"] for row in rows] == [told]


def _export(client: Client, query: str) -> str:
    answer = client.get(f"/pools/?export=csv&{query}")
    return b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"198.51.100.7:3333", "198.51.100.9:443", "[2001:db8::7]:3333"}),
        ("q=198.51.100.7", {"198.51.100.7:3333"}),
        ("q=198.51.100.9:443", {"198.51.100.9:443"}),
        ("q=198.51.100.9:444", set()),
        ("q=[2001:db8::7]:3333", {"[2001:db8::7]:3333"}),
        ("q=2001:db8::7", {"[2001:db8::7]:3333"}),
        ("q=FRONT", {"198.51.100.9:443"}),
        ("q=198.51", set()),
        ("strongest=probable", {"[2001:db8::7]:3333"}),
        ("listed=listed", {"[2001:db8::7]:3333"}),
        ("listed=unlisted", {"198.51.100.7:3333", "198.51.100.9:443"}),
        ("listed=shared", {"198.51.100.9:443"}),
        ("listed=nonsense", {"198.51.100.7:3333", "198.51.100.9:443", "[2001:db8::7]:3333"}),
        ("finding=pool", {"198.51.100.7:3333"}),
    ],
)
def test_what_the_filters_find(sign_in: SignIn, world: datetime, query: str, found: set[str]) -> None:
    endpoint(world, finding="pool")
    endpoint(world, "198.51.100.9", port=443, names=["front.example.org"], shared="content delivery network")
    endpoint(world, "2001:db8::7", strongest="probable", is_listed=True)
    rows = csv.DictReader(io.StringIO(_export(sign_in("city", "en"), f"{query}&col=endpoint")))
    assert {row["Address and port"] for row in rows} == found


def test_many_names_are_cut_and_said_so(sign_in: SignIn, world: datetime) -> None:
    endpoint(world, names=[f"n{number}.example.net" for number in range(9)])
    page = text(sign_in("city"))
    assert "n8.example.net, n7.example.net, n6.example.net … +6" in page and "n5." not in page


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("zh-hans", ["域名", "3333, 443", "确认 · kaspa · 矿池", "采纳", "否决", "待审 (1)", "已过期 (1)"]),
        ("en", ["Name", "Confirmed · kaspa · a pool", "Accept", "Decline", "Proposed (1)"]),
    ],
)
def test_what_waits_for_a_decision(sign_in: SignIn, world: datetime, language: str, shown: list[str]) -> None:
    proposed(world)
    for number, state in enumerate(("accepted", "declined", "stale"), 2):
        proposed(world, number, state=state)
    page = text(sign_in("head", language))
    assert [word for word in [*shown, "pool-001.example.net"] if word not in page] == []
    assert "pool-002" not in page and "pool-003" not in page and "pool-004" not in page


def test_only_the_newest_proposals_are_shown(sign_in: SignIn, world: datetime) -> None:
    for number in range(MAX_PROPOSALS + 2):
        proposed(world, number)
    page = text(sign_in("head", "en"))
    assert "Only the newest are shown: 50" in page
    assert ("pool-049.example.net" in page, "pool-050.example.net" in page) == (True, False)


@pytest.mark.parametrize(("accept", "state"), [("1", "accepted"), ("0", "declined")])
def test_a_decision_is_kept_with_who_and_why(sign_in: SignIn, world: datetime, accept: str, state: str) -> None:
    row, client = proposed(world), sign_in("head", "en")
    answer = send(client, row, accept, " 与备案\n核对 ")
    assert (answer.status_code, answer["Location"]) == (302, "/pools/")
    row.refresh_from_db()
    assert (row.state, row.decided_by, row.reason) == (state, "head", "与备案 核对")
    page = text(client, f"?proposals={state}")
    assert row.value in page and "与备案 核对" in page
    entry = AuditEntry.objects.get(object_kind="proposal")
    assert (entry.actor, entry.purpose, entry.object_id) == ("head", "与备案 核对", str(row.pk))
    assert entry.detail == {"what": state, "value": row.value}


def test_a_decision_can_be_turned(sign_in: SignIn, world: datetime) -> None:
    row = proposed(world)
    decide(row.pk, True, "city", "核对", world)
    page = text(sign_in("head", "en"), "?proposals=accepted")
    assert ('value="0">Decline' in page, 'value="1">Accept' in page) == (True, False)
    assert send(sign_in("head"), row, "0", "误报", "accepted").status_code == 302
    row.refresh_from_db()
    assert (row.state, row.reason) == ("declined", "误报")


@pytest.mark.parametrize(
    ("before", "accept", "reason", "seen_as", "told"),
    [
        ("proposed", "1", "  ", "proposed", "a decision needs a reason"),
        ("stale", "1", "why not", "stale", "its evidence is too old"),
        ("declined", "1", "why not", "proposed", "somebody decided meanwhile"),
    ],
    ids=["no reason", "stale", "another was first"],
)
def test_a_decision_that_is_refused(
    sign_in: SignIn, world: datetime, before: str, accept: str, reason: str, seen_as: str, told: str
) -> None:
    row = proposed(world, state=before)
    answer = send(sign_in("head", "en"), row, accept, reason, seen_as)
    assert (answer.status_code, told in answer.content.decode()) == (422, True)
    row.refresh_from_db()
    assert (row.state, row.decided_by) == (before, "")
    assert not AuditEntry.objects.filter(object_kind="proposal").exists()


def test_what_was_said_stays_in_the_form(sign_in: SignIn, world: datetime) -> None:
    row = proposed(world)
    decide(row.pk, False, "county", "核对", world)
    client = sign_in("head", "en")
    form = {"number": row.pk, "accept": "1", "reason": "seen on the wire", "state": "proposed"}
    page = client.post("/pools/?proposals=declined", form).content.decode()
    assert 'value="seen on the wire"' in page


@pytest.mark.parametrize("form", [{}, {"number": "1"}, {"number": "x", "accept": "1"}, {"number": "٣", "accept": "1"}])
def test_a_form_that_is_none_is_not_found(sign_in: SignIn, form: dict[str, str]) -> None:
    assert sign_in("head").post("/pools/", form).status_code == 404


@pytest.mark.parametrize(
    ("name", "elsewhere"),
    [("reader", None), ("city", None), ("county", None), ("hangzhou", None), ("head", "330100"), ("head", "")],
    ids=["who reads", "an officer", "a county's", "another city's", "a sensor elsewhere", "a sensor nowhere"],
)
def test_who_does_not_keep_every_sensor_sees_and_decides_nothing(
    sign_in: SignIn, world: datetime, name: str, elsewhere: str | None
) -> None:
    if elsewhere is not None:
        enroll_sensor("egress-9", elsewhere, world, rotate=False)
    row, client = proposed(world), sign_in(name, "en")
    page = text(client)
    assert row.value in page and 'name="accept"' not in page
    assert "whose divisions hold them all" in page
    assert send(client, row, "1", "because").status_code == 403
    row.refresh_from_db()
    assert row.state == "proposed"


@pytest.mark.parametrize("bait", ["<b>X", "<script>alert(1)</script>"])
def test_what_a_server_called_itself_is_text(sign_in: SignIn, world: datetime, bait: str) -> None:
    endpoint(world, names=[bait], dialects=[bait], coins=[bait], certificates=[{"subject": bait, "sha256": "ab" * 32}])
    evidence = {"dialects": [bait], "certificates": [{"subject": bait}], "endpoint": bait, "hosts": bait}
    proposed(world, value=bait, evidence=evidence)
    assert bait not in text(sign_in("head"), "?col=names&col=dialects&col=coins&col=certificates&col=endpoint")
