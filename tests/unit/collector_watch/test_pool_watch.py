"""Does an endpoint's life grow from statements, is only what a person accepted listed, and does it reach a sensor?"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from watch_world import CLOUDFLARE, HOME, NOW, POOL, Deliver, miner, pool, row, seen

from collector.faults import CollectorError
from collector.lists.signing import Signer, load_signer
from collector.watch.choices import ProposalState
from collector.watch.lives import read_statements
from collector.watch.models import MAX_TEXTS, Endpoint, Proposal, SignatureUpdate
from collector.watch.proposals import age, decide, propose
from collector.watch.updates import make_update
from collector.watch.verifying import take_answers
from sensor.cli.main import main
from sensor.model.errors import SignatureError
from sensor.model.verification import ServerAnswer
from sensor.signature import load
from sensor.signature.lint import lint_folder
from sensor.signature.update import put_in, read_update, revision_in


def test_the_life_of_an_endpoint(deliver: Deliver) -> None:
    certificate = {
        "subject": "CN=localhost",
        "issuer": "CN=localhost",
        "sha256": "ab" * 32,
        "not_before": NOW,
        "not_after": NOW,
    }
    deliver({"verdict": "suspected", "dialect": None, "coin": None}, {"miner": miner(8), "verdict": "probable"})
    deliver(
        {"miner": miner(9), "first_seen": NOW - timedelta(days=3), "pool": pool(certificate=certificate)},
        {
            "miner": miner(9),
            "dialect": "kaspa",
            "coin": "KAS",
            "last_seen": NOW,
            "pool": pool(domain="b.hidden-pool.cn"),
        },
        {"pool": pool(port=4444)},
    )
    found = Endpoint.objects.get(ip=POOL, port=3333)
    assert (found.first_evidence, found.last_evidence) == (NOW - timedelta(days=3), NOW)
    assert (found.strongest, found.hosts, found.division_code) == ("confirmed", 3, "330402")
    assert (found.names, found.dialects, found.coins) == (
        ["hidden-pool.cn", "b.hidden-pool.cn"],
        ["stratum-v1", "kaspa"],
        ["BTC", "KAS"],
    )
    assert [one["sha256"] for one in found.certificates] == ["ab" * 32]
    assert Endpoint.objects.count() == 2


@pytest.mark.parametrize(
    ("evidence", "verdict", "is_alive"),
    [
        ([row("stratum_v1_notify", "protocol"), row("watch_names", "indicator")], "confirmed", True),
        ([row("behaviour", "behaviour"), row("watch_names", "indicator")], "probable", True),
        ([row("watch_names", "indicator"), row("public_pools", "indicator")], "suspected", False),
        ([row("watch_names", "indicator")], "suspected", False),
        ([row("watch_names", "indicator"), row("watch_addresses", "indicator")], "suspected", False),
        ([row("watch_probed", "probe")], "suspected", False),
    ],
    ids=["read", "behaves so", "listed by others too", "a name alone", "name and address", "a verified address"],
)
def test_a_listing_does_not_keep_itself_alive(
    deliver: Deliver, evidence: list[dict[str, Any]], verdict: str, is_alive: bool
) -> None:
    """Accepted; a hundred days later somebody still goes there."""
    deliver(seen(last_seen=NOW - timedelta(days=100), first_seen=NOW - timedelta(days=101)))
    propose(NOW - timedelta(days=100))
    for one in Proposal.objects.all():
        decide(one.pk, True, "li", "checked", NOW - timedelta(days=100))
    deliver({"evidence": evidence, "verdict": verdict})
    propose(NOW)
    age(NOW)
    assert set(Proposal.objects.values_list("state", flat=True)) == {"accepted" if is_alive else "stale"}


def test_reading_again_changes_nothing(deliver: Deliver) -> None:
    deliver({"miner": miner(1)}, {"miner": miner(2)})
    before = list(Endpoint.objects.values())
    assert read_statements() == 2
    assert list(Endpoint.objects.values()) == before


def test_what_is_kept_of_an_endpoint_is_bounded(deliver: Deliver) -> None:
    deliver(
        *(
            {"pool": pool(domain=f"p{number}.hidden-pool.cn"), "last_seen": NOW + timedelta(minutes=number)}
            for number in range(MAX_TEXTS + 20)
        )
    )
    names = Endpoint.objects.get().names
    assert (len(names), names[-1]) == (MAX_TEXTS, f"p{MAX_TEXTS + 19}.hidden-pool.cn")


LISTED = {"evidence": [row("stratum_v1_notify", "protocol"), row("public_pools", "indicator")]}
OWN = {"evidence": [row("stratum_v1_notify", "protocol"), row("watch_names", "indicator")]}
RELATED = {"evidence": [row("stratum_v1_notify", "protocol"), row("cluster", "indicator")]}


@pytest.mark.parametrize(
    ("statements", "proposed"),
    [
        ([{}], {("address", POOL), ("name", "hidden-pool.cn")}),
        ([{"verdict": "probable"}], set()),
        ([{"verdict": "suspected"}], set()),
        ([LISTED], set()),
        ([RELATED], {("address", POOL), ("name", "hidden-pool.cn")}),
        ([OWN], {("address", POOL), ("name", "hidden-pool.cn")}),
        ([{"pool": pool(CLOUDFLARE)}], {("name", "hidden-pool.cn")}),
        ([{"pool": pool(HOME)}], {("name", "hidden-pool.cn")}),
        ([{"pool": pool(domain=None)}], {("address", POOL)}),
        ([{"pool": pool(domain=POOL)}], {("address", POOL)}),
        ([{"pool": pool(domain="com.cn")}], {("address", POOL)}),
        (
            [{}, {"verdict": "suspected", "pool": pool(domain="bystander.cn")}],
            {("address", POOL), ("name", "hidden-pool.cn")},
        ),
        (
            [{"pool": pool(domain=f"owner{number}.cn")} for number in range(4)],
            {("name", f"owner{number}.cn") for number in range(4)},
        ),
        (
            [{"pool": pool(domain=f"p{number}.hidden-pool.cn")} for number in range(4)],
            {("address", POOL), *(("name", f"p{number}.hidden-pool.cn") for number in range(4))},
        ),
        ([seen(last_seen=NOW - timedelta(days=31))], set()),
    ],
    ids=[
        "a confirmed pool",
        "a probable one",
        "a suspected one",
        "one that is listed",
        "one of a known cluster is not listed yet",
        "one that pool watch itself had listed",
        "content delivery: by its name alone",
        "a private address",
        "no name",
        "an address for a name",
        "a public suffix",
        "the name of a suspicion",
        "many owners: shared hosting",
        "many names of one owner",
        "old evidence",
    ],
)
def test_what_is_proposed(statements: list[dict[str, Any]], proposed: set[tuple[str, str]], deliver: Deliver) -> None:
    deliver(*statements)
    assert propose(NOW) == len(proposed)
    assert set(Proposal.objects.values_list("kind", "value")) == proposed
    assert propose(NOW) == 0
    assert set(Proposal.objects.values_list("state", flat=True)) <= {ProposalState.PROPOSED}


def test_what_is_not_seen_ages_out_and_comes_back(deliver: Deliver) -> None:
    deliver({})
    propose(NOW)
    later = NOW + timedelta(days=91)
    assert (age(NOW), age(later)) == (0, 2)
    with pytest.raises(CollectorError, match="too old"):
        decide(Proposal.objects.first().pk, True, "a", "b", later)  # type: ignore[union-attr]
    deliver({"last_seen": later})
    propose(later)
    assert set(Proposal.objects.values_list("state", flat=True)) == {ProposalState.PROPOSED}


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return load_signer(tmp_path / "data")


def _accept_all(now: datetime = NOW) -> None:
    for proposal in Proposal.objects.filter(state=ProposalState.PROPOSED):
        decide(proposal.pk, True, "审核人", "与备案核对", now)


def _file(folder: Path, update: SignatureUpdate, signer: Signer) -> tuple[Path, Path]:
    path, key = folder / f"update{update.revision}.zip", folder / "key.pem"
    path.write_bytes(update.data)
    key.write_bytes(signer.public_pem())
    return path, key


def test_nothing_is_listed_that_no_person_accepted(deliver: Deliver, signer: Signer) -> None:
    deliver({})
    propose(NOW)
    with pytest.raises(CollectorError, match="nothing was accepted"):
        make_update("office", signer, NOW)
    first = Proposal.objects.order_by("pk")[0]
    with pytest.raises(CollectorError, match="reason"):
        decide(first.pk, True, "审核人", " ", NOW)
    decide(first.pk, True, "审核人", "与备案核对", NOW)
    decide(Proposal.objects.order_by("pk")[1].pk, False, "审核人", "租户已更换", NOW)
    made, is_new = make_update("office", signer, NOW)
    assert (made.revision, made.entries, is_new) == (1, 1, True)
    assert make_update("office", signer, NOW) == (made, False)


def test_an_update_reaches_a_sensor(deliver: Deliver, signer: Signer, tmp_path: Path) -> None:
    deliver({}, {"pool": pool(port=4444)}, {"pool": pool("203.0.114.9", 5555, "second-pool.cn")})
    answer = ServerAnswer(ip=POOL, port=3333, at=NOW, finding="pool", dialect="stratum-v1", connections=2)
    assert take_answers([answer.model_dump_json(by_alias=True)], NOW) == 1
    propose(NOW)
    _accept_all()
    update, _ = make_update("office", signer, NOW)
    found = read_update(*_file(tmp_path, update, signer))
    folder = tmp_path / "set"
    made = put_in(found, folder)
    assert (revision_in(folder), len(made.signatures)) == (1, len(load().signatures) + 3)
    assert made.name("hidden-pool.cn") is not None
    assert made.name("www.hidden-pool.cn") is None
    hits = {port: made.address(POOL, port) for port in (3333, 4444, 443)}
    assert [hit and hit.signature.name for hit in hits.values()] == ["watch_probed", "watch_addresses", None]
    probed = made.get("watch_probed")
    assert probed is not None
    assert probed.evidence.evidence_class == "probe"
    assert not lint_folder(folder)


def test_the_next_update_takes_back_what_is_stale(deliver: Deliver, signer: Signer, tmp_path: Path) -> None:
    deliver({}, {"pool": pool("203.0.114.9", 5555, "second-pool.cn")})
    propose(NOW)
    _accept_all()
    first, _ = make_update("office", signer, NOW)
    later = NOW + timedelta(days=80)
    deliver({"last_seen": later})
    propose(later)
    second, is_new = make_update("office", signer, later + timedelta(days=30))
    assert (first.entries, second.entries, second.revision, is_new) == (4, 2, 2, True)
    folder = tmp_path / "set"
    put_in(read_update(*_file(tmp_path, first, signer)), folder)
    made = put_in(read_update(*_file(tmp_path, second, signer)), folder)
    assert made.name("second-pool.cn") is None
    with pytest.raises(SignatureError, match="is older"):
        put_in(read_update(*_file(tmp_path, first, signer)), folder)
    back = put_in(read_update(*_file(tmp_path, first, signer)), folder, is_older_allowed=True)
    assert back.name("second-pool.cn") is not None


def test_an_address_that_became_shared_is_not_handed_out(deliver: Deliver, signer: Signer) -> None:
    deliver({})
    propose(NOW)
    _accept_all()
    deliver(*({"pool": pool(domain=f"owner{number}.cn")} for number in range(4)))
    made, _ = make_update("office", signer, NOW)
    with zipfile.ZipFile(_written(made)) as archive:
        assert [name for name in archive.namelist() if name.startswith("pools/")] == ["pools/watch_names.yml"]


def _written(update: SignatureUpdate) -> Any:
    import io

    return io.BytesIO(bytes(update.data))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda files: files.pop("manifest.json.sig"), "has no manifest.json.sig"),
        (lambda files: files.update({"manifest.json": files["manifest.json"] + b" "}), "is not signed by"),
        (lambda files: files.update({"pools/watch_names.yml": b"x"}), "not those that were signed"),
        (lambda files: files.update({"protocols/evil.yml": b"x"}), "not those that were signed"),
        (lambda files: files.update({"manifest.json.sig": b"minewatch-signature ed25519 0\n%%\n"}), "cannot be read"),
        (lambda files: files.clear(), "has no manifest.json"),
    ],
    ids=["unsigned", "manifest altered", "file altered", "file added", "broken signature", "empty"],
)
def test_an_altered_update_is_refused(
    change: Callable[[dict[str, bytes]], Any], told: str, deliver: Deliver, signer: Signer, tmp_path: Path
) -> None:
    deliver({})
    propose(NOW)
    _accept_all()
    path, key = _file(tmp_path, make_update("office", signer, NOW)[0], signer)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    with pytest.raises(SignatureError, match=told):
        read_update(path, key)


def test_another_offices_update_is_refused(deliver: Deliver, signer: Signer, tmp_path: Path) -> None:
    deliver({})
    propose(NOW)
    _accept_all()
    path, key = _file(tmp_path, make_update("office", signer, NOW)[0], signer)
    key.write_bytes(load_signer(tmp_path / "other").public_pem())
    with pytest.raises(SignatureError, match="is not signed by"):
        read_update(path, key)


def test_the_commands_check_and_load(
    deliver: Deliver, signer: Signer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver({})
    propose(NOW)
    _accept_all()
    path, key = map(str, _file(tmp_path, make_update("office", signer, NOW)[0], signer))
    assert main(["signatures", "check-update", path, "--key", key]) == 0
    assert main(["signatures", "update", path, "--key", key, "--into", str(tmp_path / "set")]) == 0
    assert capsys.readouterr().out.count("update 1 of 2026-03-01, 2 entries, signature holds") == 2
    Path(key).write_bytes(load_signer(tmp_path / "other").public_pem())
    assert main(["signatures", "update", path, "--key", key, "--into", str(tmp_path / "set")]) == 2
    assert "is not signed by" in capsys.readouterr().err


def test_entries_say_where_they_come_from(deliver: Deliver, signer: Signer) -> None:
    deliver({})
    propose(NOW)
    _accept_all()
    made, _ = make_update("office", signer, NOW)
    with zipfile.ZipFile(_written(made)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        document = yaml.safe_load(archive.read("pools/watch_addresses.yml"))
    assert manifest["schema"] == "minewatch.signature-update/1"
    (entry,) = document["indicators"]["entries"]
    assert (entry["value"], entry["ports"], entry["added"]) == (POOL, [3333], "2026-03-01")
