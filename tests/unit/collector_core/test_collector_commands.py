"""Do the office's commands do what they say, and say it in one line when they cannot?"""

from __future__ import annotations

import io
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.utils import timezone

from collector.accounts.choices import TokenScope
from collector.accounts.models import ApiToken, Membership, Office
from collector.accounts.services import Post, add_user, find_token
from collector.ingest.models import Sensor
from collector.registry.models import OwnershipRecord
from sensor.cli.main import main

pytestmark = pytest.mark.usefixtures("db")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``minewatch collector …``: exit status, stdout, stderr."""

    def command(*args: str) -> tuple[int, str, str]:
        status = main(["collector", *args])
        out, err = capsys.readouterr()
        return status, out, err

    return command


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    """A ledger of one good and one bad row, in GB18030."""
    path = tmp_path / "专线.csv"
    path.write_text("IP地址,启用时间,单位名称\n203.0.113.0/29,2026-01-01,甲[b]公司\n1.2.3,2026-01-01,乙\n", "gb18030")
    return str(path)


def test_enrolling_prints_the_token_once(run: Run) -> None:
    status, out, _ = run("enroll-sensor", "egress-1", "--division", "330402")
    token = find_token(out.strip(), TokenScope.INGEST, timezone.now())
    assert (status, Sensor.objects.get().token) == (0, token)
    assert Sensor.objects.get().division_code == "330402"


def test_a_token_file_is_private_and_replaced_on_rotation(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("old")
    path.chmod(0o644)
    assert run("enroll-sensor", "egress-1", "--token-file", str(path))[:2] == (0, "")
    first = path.read_text().strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run("enroll-sensor", "egress-1", "--rotate", "--token-file", str(path))[0] == 0
    assert find_token(first, TokenScope.INGEST, timezone.now()) is None
    assert find_token(path.read_text().strip(), TokenScope.INGEST, timezone.now()) is not None
    assert list(tmp_path.iterdir()) == [path]


def test_no_token_is_made_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    status, _, err = run("enroll-sensor", "egress-1", "--token-file", str(tmp_path / "none" / "token"))
    assert (status, Sensor.objects.count(), ApiToken.objects.count()) == (2, 0, 0)
    assert "choose another file" in err


def test_a_refused_enrolment_leaves_the_token_file_alone(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "token"
    run("enroll-sensor", "egress-1", "--token-file", str(path))
    kept = path.read_text()
    assert run("enroll-sensor", "egress-1", "--token-file", str(path))[0] == 2
    assert path.read_text() == kept
    assert list(tmp_path.iterdir()) == [path]


def test_a_revoked_sensor_shows_in_the_overview(run: Run) -> None:
    _, out, _ = run("enroll-sensor", "egress-1", "--division", "330402")
    prefix = out[:8]
    assert prefix in run("sensors")[1]
    assert run("revoke-token", prefix)[:2] == (0, f"token {prefix}… (sensor egress-1): revoked\n")
    assert find_token(out.strip(), TokenScope.INGEST, timezone.now()) is None
    shown = run("sensors")[1]
    assert prefix not in shown and "never" in shown


@pytest.mark.parametrize(
    ("prefix", "told"), [("mw_", "several live tokens begin so"), ("none", "no live token begins so")]
)
def test_a_token_must_be_named_well_to_be_revoked(run: Run, prefix: str, told: str) -> None:
    run("enroll-sensor", "egress-1")
    run("enroll-sensor", "egress-2")
    status, _, err = run("revoke-token", prefix)
    assert (status, told in err, ApiToken.objects.filter(revoked_at__isnull=True).count()) == (2, True, 2)


def test_an_office_key_opens_its_office_once_a_second_person_approved_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out, err = run("office-token", "嘉兴市网信办", "--division", "330400")
    text, prefix = out.strip(), out[:8]
    assert "it waits" in err and find_token(text, TokenScope.OFFICE, timezone.now()) is None
    for name, role in (("chen", "security-admin"), ("wu", "system-admin")):
        add_user(name, "a long enough passphrase", Post("嘉兴市网信办", "330400", role))
    refused = (("wu", "a long enough passphrase"), ("chen", "wrong"), ("nobody", "a long enough passphrase"))
    for name, password in refused:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        status, _, err = run("approve-token", prefix, "--as", name, "--reason", "数据共享函 7 号", "--password-stdin")
        assert (status, "is no security administrator" in err, "不是该单位的安全管理员" in err) == (2, True, True), name
    monkeypatch.setattr("sys.stdin", io.StringIO("a long enough passphrase\n"))
    assert run("approve-token", prefix, "--as", "chen", "--reason", "数据共享函 7 号", "--password-stdin")[0] == 0
    token = find_token(text, TokenScope.OFFICE, timezone.now())
    assert token is not None and token.office == Office.objects.get(name="嘉兴市网信办", division_code="330400")
    assert (token.approved_by, token.issued_by.startswith("command:")) == ("chen", True)
    assert find_token(text, TokenScope.INGEST, timezone.now()) is None
    assert "waits" in run("approve-token", prefix, "--as", "chen", "--reason", "数据共享函 7 号")[2]


@pytest.mark.parametrize(
    "args",
    [
        ("office-token", "o", "--division", ""),
        ("office-token", "o", "--division", "33"),
        ("enroll-sensor", "egress-1", "--division", "浙江"),
        ("create-user", "li", "--office", "o", "--division", "３３０４００", "--password-stdin"),
    ],
)
def test_a_division_is_six_digits(run: Run, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long enough passphrase\n"))
    status, _, err = run(*args)
    assert (status, "is no division code; give six digits" in err) == (2, True)
    assert ApiToken.objects.count() == Office.objects.count() == Sensor.objects.count() == 0


def test_a_person_can_log_in(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _prompt: "a long enough passphrase")
    status, _, _ = run("create-user", "li", "--office", "市办", "--division", "330400", "--role", "manager")
    user = authenticate(username="li", password="a long enough passphrase")
    assert (status, Membership.objects.get().user) == (0, user)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("create-user", "li", "--role", "king"), "role king: there is no such role"),
        (("create-user", "li ll"), "user li ll: "),
        (("create-user", "taken"), "user taken: is already there"),
    ],
)
def test_a_person_who_cannot_be(run: Run, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], told: str) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _prompt: "a long enough passphrase")
    office = ("--office", "o", "--division", "330400")
    run("create-user", "taken", *office)
    status, _, err = run(*args, *office)
    assert (status, told in err, Membership.objects.count()) == (2, True, 1)


@pytest.mark.parametrize("password", ["short", "password1234", "123456789012"])
def test_weak_passwords_are_refused(run: Run, monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _prompt: password)
    status, _, err = run("create-user", "li", "--office", "o", "--division", "330400")
    assert (status, err.startswith("minewatch: error: user li: "), Membership.objects.count()) == (2, True, 0)


def test_an_import_counts_and_can_be_undone(run: Run, ledger: str) -> None:
    status, out, err = run("import-line-ledger", ledger)
    told, _, no = out.strip().rpartition(" ")
    assert (status, told) == (0, "专线.csv (gb18030): 1 rows good, 1 bad, 0 to check; batch")
    assert "1.2.3" in err
    assert OwnershipRecord.objects.get().unit_name == "甲[b]公司"
    assert no in run("imports")[1]
    assert run("undo-import", no)[:2] == (0, f"batch {no} (专线.csv): undone\n")
    assert OwnershipRecord.objects.count() == 0


@pytest.mark.parametrize(
    ("args", "told"),
    [
        pytest.param(["--strict"], "第 3 行, IP地址: ", id="strict names file and row"),
        pytest.param(["--column", "network"], "field=HEADER", id="mapping without a header"),
        pytest.param(["--column", "network=无"], "has no column 无", id="mapping to nothing"),
        pytest.param(["--valid-from", "soon"], "--valid-from soon", id="no date"),
    ],
)
def test_a_refused_import_is_exit_2(run: Run, ledger: str, args: list[str], told: str) -> None:
    status, out, err = run("import-line-ledger", ledger, *args)
    assert (status, out, OwnershipRecord.objects.count()) == (2, "", 0)
    assert told in err.splitlines()[-1]
    assert "Traceback" not in err


@pytest.mark.parametrize("command", ["import-organisations", "import-line-ledger", "import-aaa", "import-divisions"])
def test_a_missing_file_is_exit_2(run: Run, command: str) -> None:
    zh, en = "none.csv：无法读取；请检查路径", "none.csv: cannot be read: No such file or directory; check the path"
    assert run(command, "none.csv") == (2, "", f"minewatch: error: {zh} / {en}\n")


def test_help_names_every_command(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    for name in ("migrate", "serve", "enroll-sensor", "office-token", "undo-import", "weekly-list", "import-aaa"):
        assert name in out


def test_migrate_twice_is_quiet(run: Run) -> None:
    assert run("migrate")[:2] == (0, "database is up to date\n")
