"""Does a bundle over HTTP bring what the file brings, from nobody else, and is it seen how the cases there stand?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from office_keys import live_key
from typer.testing import CliRunner

from collector.accounts.models import Office
from collector.cases.casework import move, open_case
from collector.cases.choices import Action
from collector.cases.models import Lead
from collector.cli import app
from collector.exchange.bundles import Span, make_bundle, take_bundle, trust
from collector.exchange.envelope import public_text
from collector.exchange.models import ReceivedBundle
from collector.settings.config import IngestOptions

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def client(division: str = "330400") -> Client:
    office, _ = Office.objects.get_or_create(name=f"office {division}", division_code=division)
    _, text = live_key("t", office)
    return Client(headers={"Authorization": f"Bearer {text}"})


def post(sender: Client, data: bytes) -> tuple[int, dict[str, object]]:
    answer = sender.post("/api/v1/bundles", data={"file": SimpleUploadedFile("city.bundle", data)})
    return answer.status_code, answer.json()


@pytest.fixture
def case() -> str:
    lead = Lead.objects.create(no="L1", key="k", division_code="330402", first_seen=NOW, last_seen=NOW)
    return open_case(lead.no, "li", NOW).no


def bundle(days: int = 1) -> bytes:
    return make_bundle(KEY, Span("330400", LONG_AGO, NOW + timedelta(days=days)), "省办", "li", NOW)


def test_a_bundle_over_http_is_the_bundle_from_a_file(case: str, tmp_path: object) -> None:
    trust("嘉兴市办", public_text(KEY), "330400")
    city = client()
    assert post(city, bundle())[1] == {
        "peer": "嘉兴市办", "created": True, "detections": 0, "duplicates": 0, "documents": 1, "refused": [],
    }  # fmt: skip
    assert post(city, bundle())[1]["created"] is False
    assert ReceivedBundle.objects.count() == 1


def test_the_newest_word_on_each_case_is_shown(case: str) -> None:
    trust("嘉兴市办", public_text(KEY), "330400")
    city = client()
    post(city, bundle())
    move(case, Action.LOCATE, "li", NOW, unit_name="甲公司", uscc="")
    post(city, bundle())
    (told,) = client("330000").get("/api/v1/received/cases").json()["cases"]
    assert (told["peer"], told["no"], told["state"]) == ("嘉兴市办", case, "located")
    assert client("330000").get("/api/v1/received/cases?state=closed").json() == {"cases": []}
    assert client("440300").get("/api/v1/received/cases").json() == {"cases": []}
    assert f"嘉兴市办  {case}  located" in CliRunner().invoke(app, ["exchange", "received"]).output


@pytest.mark.parametrize(
    ("trusted", "sender", "cut", "told"),
    [
        (False, "330400", None, "whom nobody trusts"),
        (True, "440300", None, "who sent it speaks for 440300"),
        (True, "330400", 100, "bundle: is no bundle, or damaged"),
        (True, "330400", 0, "bundle: is no bundle, or damaged"),
    ],
)
def test_from_nobody_else_and_nothing_else(case: str, trusted: bool, sender: str, cut: int | None, told: str) -> None:
    if trusted:
        trust("嘉兴市办", public_text(KEY), "330400")
    status, said = post(client(sender), bundle()[:cut])
    assert (status, told in str(said["error"])) == (400, True), said
    assert "/tmp" not in str(said)
    assert not ReceivedBundle.objects.exists()


def test_a_bundle_is_fetched_and_taken_elsewhere(case: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    asked = "since=2020-01-01T00:00:00Z&until=2027-01-01T00:00:00%2B08:00"
    got = client().get(f"/api/v1/bundles?{asked}")
    path = tmp_path_factory.mktemp("b") / "fetched.bundle"
    path.write_bytes(got.content)
    key = CliRunner().invoke(app, ["exchange", "key"]).output.strip()
    trust("本办", key, "330400")
    assert take_bundle(path, "li", NOW, IngestOptions()).documents == 1
    assert client().get(f"/api/v1/bundles?division=440300&{asked}").status_code == 403
    assert client().get("/api/v1/bundles?since=2020-01-01T00:00:00&until=2027-01-01T00:00:00").status_code == 400
