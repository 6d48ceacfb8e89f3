"""Is a text parsed once only, and is nothing believed that is not the user's own?"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from sensor.model.errors import SignatureError
from sensor.model.yamlfile import YamlError, parse_yaml
from sensor.signature import Remembered, load, user_file
from sensor.signature.location import shipped_folder
from sensor.signature.remembered import MAX_BYTES

TEXT = "a: [1, 2.5, 0x1f, true, ~, no, 'é', {b: \"\\u0041\"}]\n"
OTHER = "name: other\n"
Spoil = Callable[[Path], object]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Knows what :data:`TEXT` says, which it says otherwise: so it shows who was asked."""
    file = tmp_path / "caches" / "signatures.json"
    texts = Remembered(file)
    texts.parse(TEXT)
    texts.keep()
    (key,) = orjson.loads(file.read_bytes())
    file.write_bytes(orjson.dumps({key: "remembered"}))
    return file


def test_what_is_kept_is_what_was_parsed(tmp_path: Path) -> None:
    first, second = Remembered(tmp_path / "one.json"), Remembered(tmp_path / "one.json")
    first.parse(TEXT)
    first.keep()
    assert repr(second.parse(TEXT)) == repr(Remembered(tmp_path / "one.json").parse(TEXT)) == repr(parse_yaml(TEXT))


def test_a_known_text_is_not_parsed_again(file: Path) -> None:
    texts = Remembered(file)
    assert texts.parse(TEXT) == "remembered"
    assert texts.parse(TEXT + "# changed\n") == parse_yaml(TEXT)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda file: file.chmod(0o620), id="its group may write"),
        pytest.param(lambda file: file.chmod(0o602), id="everybody may write"),
        pytest.param(
            lambda file: os.chown(file, 12345, -1),
            id="another's",
            marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away"),
        ),
        pytest.param(lambda file: file.write_bytes(file.read_bytes()[:-1]), id="cut short"),
        pytest.param(lambda file: file.write_bytes(bytes(64)), id="zeros"),
        pytest.param(lambda file: file.write_bytes(b"[1]"), id="no table"),
        pytest.param(lambda file: os.truncate(file, MAX_BYTES + 1), id="too long"),
        pytest.param(lambda file: file.rename(file.with_name("x")).with_name(file.name).symlink_to("x"), id="a link"),
        pytest.param(lambda file: (file.unlink(), os.mkfifo(file)), id="a pipe"),
        pytest.param(lambda file: (file.unlink(), file.mkdir()), id="a folder"),
    ],
)
def test_what_is_not_the_users_alone_is_not_believed(file: Path, spoil: Spoil) -> None:
    spoil(file)
    texts = Remembered(file)
    assert texts.parse(TEXT) == parse_yaml(TEXT)
    texts.keep()


def test_another_reader_of_texts_is_asked_anew(file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "yamlbuild.py").write_text("# reads otherwise")
    monkeypatch.setattr("sensor.model.yamlfile.__file__", str(tmp_path / "yamlfile.py"))
    assert Remembered(file).parse(TEXT) == parse_yaml(TEXT)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "18446744073709551616"])
def test_what_json_does_not_know_is_not_kept(number: str, tmp_path: Path) -> None:
    for _ in range(2):
        texts = Remembered(tmp_path / "one.json")
        assert repr(texts.parse(f"a: {number}")) == repr(parse_yaml(f"a: {number}"))
        texts.parse(OTHER)
        texts.keep()
    assert list(orjson.loads((tmp_path / "one.json").read_bytes()).values()) == [{"name": "other"}]


def test_faults_are_said_every_time(file: Path) -> None:
    for _ in range(2):
        texts = Remembered(file)
        with pytest.raises(YamlError, match="twice"):
            texts.parse("a: 1\na: 2")
        texts.keep()


def test_it_holds_the_texts_of_the_last_start_alone(file: Path) -> None:
    texts = Remembered(file)
    texts.parse(OTHER)
    texts.keep()
    assert list(orjson.loads(file.read_bytes()).values()) == [{"name": "other"}]
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_it_is_not_written_where_nothing_changed(file: Path) -> None:
    before = file.stat().st_ino
    texts = Remembered(file)
    texts.parse(TEXT)
    texts.keep()
    assert file.stat().st_ino == before


@pytest.mark.parametrize("blocked", ["folder", "folder/signatures.json"])
def test_where_it_cannot_be_written_there_is_none(blocked: str, tmp_path: Path) -> None:
    (tmp_path / "folder").write_bytes(b"") if blocked == "folder" else (tmp_path / blocked / "full").mkdir(parents=True)
    texts = Remembered(tmp_path / "folder" / "signatures.json")
    assert texts.parse(TEXT) == parse_yaml(TEXT)
    texts.keep()
    assert not list(tmp_path.glob("folder/.*"))


def test_a_set_is_the_same(tmp_path: Path) -> None:
    plain, file = load(), tmp_path / "signatures.json"
    for _ in range(2):
        known = load(remembered=Remembered(file))
        assert (known.fingerprint, known.anchors) == (plain.fingerprint, plain.anchors)
    assert len(orjson.loads(file.read_bytes())) >= len(known.signatures)


def test_what_is_remembered_is_checked_like_what_is_parsed(tmp_path: Path) -> None:
    file = tmp_path / "signatures.json"
    load(remembered=Remembered(file))
    file.write_bytes(file.read_bytes().replace(b'"stratum_v1_notify"', b'"Stratum V1!"'))
    with pytest.raises(SignatureError, match=r"stratum_v1_notify.yml:2: \[format\] name is 'Stratum V1!'"):
        load(shipped_folder(), remembered=Remembered(file))


@pytest.mark.parametrize(
    ("environ", "where"),
    [
        ({"MINEWATCH_CACHE": "/var/cache/minewatch", "HOME": "{home}"}, "/var/cache/minewatch/signatures.json"),
        ({"MINEWATCH_CACHE": "off", "HOME": "{home}"}, None),
        ({"XDG_CACHE_HOME": "/caches", "HOME": "{home}"}, "/caches/minewatch/signatures.json"),
        ({"XDG_CACHE_HOME": "caches", "HOME": "{home}"}, "{home}/.cache/minewatch/signatures.json"),
        ({"HOME": "{home}"}, "{home}/.cache/minewatch/signatures.json"),
        ({"HOME": "/nowhere"}, None),
        ({"HOME": ""}, None),
        ({}, None),
    ],
)
def test_where_it_is(environ: dict[str, str], where: str | None, tmp_path: Path) -> None:
    found = user_file({key: value.format(home=tmp_path) for key, value in environ.items()})
    assert (found and str(found)) == (where and where.format(home=tmp_path))


def test_nothing_is_left_in_a_home_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    assert user_file({"HOME": str(tmp_path)}) is None
