"""Does the demo run on this machine from packet to weekly list, and again, and say so when it cannot?"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import httpx
import pytest

pytest.importorskip("django", reason="the collector is not installed")

START = "2026-11-18T00:00:00+08:00"
# The demo is played twice before the first test: on a busy machine that takes minutes.
pytestmark = pytest.mark.timeout(1_800)


def run(*arguments, cwd, **variables):
    command = [sys.executable, "-m", "sensor.cli.main", "demo", *arguments]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=900, env=environment)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The folder of one demo, played twice, and what the second run said."""
    work = tmp_path_factory.mktemp("demo")
    first = run("--start", START, cwd=work)
    assert first.returncode == 0, first.stdout + first.stderr
    listed = digest(work / "build/demo")
    second = run("--start", START, cwd=work)
    assert second.returncode == 0, second.stdout + second.stderr
    assert digest(work / "build/demo") == listed
    return work / "build/demo", second.stdout


def digest(folder):
    """The machine-readable rows of the weekly list; the same day gives the same rows."""
    (archive,) = (folder / "weekly-list").glob("*.zip")
    with zipfile.ZipFile(archive) as files:
        (name,) = (name for name in files.namelist() if name.endswith(".ndjson"))
        return files.read(name)


def test_it_says_in_both_languages_what_was_found(played):
    _, said = played
    assert "全部发现，无误报" in said
    assert "nothing else claimed" in said
    assert "make serve" in said


def test_it_leaves_detections_truth_and_a_weekly_list(played):
    folder, _ = played
    truth = json.loads((folder / "truth.json").read_text())
    detections = [json.loads(text) for text in (folder / "detections.jsonl").read_text().splitlines()]
    claimed = {row["miner"]["ip"] for row in detections if row["verdict"] != "suspected"}
    assert claimed == {session["miner_ip"] for session in truth["sessions"]}
    rows = [json.loads(text) for text in digest(folder).decode().splitlines()]
    assert {row["status"] for row in rows} == {"auto", "conflict", "unknown"}
    at_noon = {row["unit_name"] for row in rows if row["ip"] == "203.0.113.50"}
    assert len(at_noon) == 2


def test_it_leaves_no_process_behind(played):
    folder, _ = played
    marker = str(folder.resolve())
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if readable(path)]
    assert not [line for line in lines if marker.encode() in line]


def readable(path):
    try:
        path.read_bytes()
    except OSError:
        return False
    return True


def test_serve_shows_the_demos_data_until_it_is_told_to_stop(played):
    folder, _ = played
    command = [sys.executable, "-m", "sensor.cli.main", "demo", "--serve", "--folder", str(folder)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment) as process:
        try:
            url = process.stdout.readline().decode().split()[-1]
            assert "password" in process.stdout.readline().decode()
            wait_for(url)
            user, _, password = (folder / "login.txt").read_text().splitlines()[0].split()
            page = log_in(url, user, password)
            assert "203.0.113.200" in page
            assert "示例电竞网吧（演示）" in page
        finally:
            process.send_signal(signal.SIGTERM)
            process.stdout.read()
        assert process.wait(30) == 0


def log_in(url, user, password):
    """The first page that the person sees: the week of the demo's day is the newest that has leads."""
    with httpx.Client(base_url=url, follow_redirects=True, timeout=20) as browser:
        form = browser.get("/login/")
        proof = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)[1]
        fields = {"username": user, "password": password, "csrfmiddlewaretoken": proof}
        entered = browser.post("/login/", data=fields, headers={"Referer": str(form.url)})
        assert entered.status_code == 200
        return browser.get("/leads/").text


def wait_for(url):
    port = int(url.rstrip("/").rpartition(":")[2])
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


def test_a_step_that_fails_ends_the_demo_with_its_reason(tmp_path):
    ended = run(cwd=tmp_path, MINEWATCH_ENGINE="steam")
    assert ended.returncode == 2
    assert "minewatch: error: minewatch sensor -c" in ended.stderr
    assert "steam" in ended.stderr
    assert "全部发现" not in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--serve"], "make one first: make demo"),
        (["--start", "noon"], "--start 'noon' is not a time"),
        (["--folder", "."], "not empty and not a demo's folder"),
    ],
)
def test_faults_are_one_line_and_exit_2(arguments, said, tmp_path):
    (tmp_path / "somebody's file").touch()
    ended = run(*arguments, cwd=tmp_path)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert (tmp_path / "somebody's file").exists()
