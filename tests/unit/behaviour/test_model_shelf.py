"""Is only a signed model put in use, and does going back use what was in use before?"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from sensor.behaviour.model import digest_of, load_model, signature_of
from sensor.behaviour.shelf import IN_USE, go_back, model_in, put_in_use
from sensor.cli.main import main
from sensor.model.errors import SignatureError
from sensor.signature.location import shipped_folder

SHIPPED = sorted((shipped_folder() / "models").glob("*.json"))[-1]


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """A private and a public key, as files."""
    private = Ed25519PrivateKey.generate()
    secret, public = tmp_path / "secret.pem", tmp_path / "public.pem"
    secret.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return secret, public


@pytest.fixture
def signed(tmp_path: Path, keys: tuple[Path, Path]) -> Callable[[str], Path]:
    """The shipped model under another name, signed by the command."""

    def make(name: str) -> Path:
        data: dict[str, Any] = {**json.loads(SHIPPED.read_bytes()), "name": name}
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({**data, "digest": digest_of(data)}))
        assert main(["model", "sign", str(path), "--key", str(keys[0])]) == 0
        return path

    return make


def test_a_model_goes_in_and_back(tmp_path: Path, keys: tuple[Path, Path], signed, capsys) -> None:
    shelf, public = tmp_path / "models", str(keys[1])
    for name in ("one", "two", "two", "three"):
        assert main(["model", "use", str(signed(name)), "--into", str(shelf), "--key", public]) == 0
        assert model_in(shelf, keys[1]).name == name
    for name in ("two", "one"):
        assert main(["model", "back", "--into", str(shelf), "--key", public]) == 0
        assert model_in(shelf, keys[1]).name == name
    assert main(["model", "back", "--into", str(shelf), "--key", public]) == 2
    assert "no model was in use before" in capsys.readouterr().err
    assert len(list(shelf.glob("*.json"))) == 3


def test_the_command_tells_whose_a_model_is(keys: tuple[Path, Path], signed, capsys) -> None:
    path = signed("mine")
    assert main(["model", "check", str(path), "--key", str(keys[1])]) == 0
    assert "mine@" in capsys.readouterr().out
    path.write_bytes(path.read_bytes() + b"\n")
    assert main(["model", "check", str(path), "--key", str(keys[1])]) == 2
    assert "is not signed by" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no program openssl, which makes the keys")
def test_the_documented_way_of_a_key(tmp_path: Path, capsys) -> None:
    """As ``docs/encrypted.md`` has it, with the program that makes keys; what goes wrong on the way says what to do."""
    model, secret, public = tmp_path / "m.json", tmp_path / "private.pem", tmp_path / "public.pem"
    model.write_bytes(SHIPPED.read_bytes())
    sign = ["model", "sign", str(model), "--key", str(secret)]
    assert main(sign) == 2
    assert "openssl genpkey -algorithm ed25519" in capsys.readouterr().err
    for words in (f"genpkey -algorithm ed25519 -out {secret}", f"pkey -in {secret} -pubout -out {public}"):
        subprocess.run(["openssl", *words.split()], check=True, capture_output=True)
    assert main(sign) == 0
    assert main(["model", "check", str(model), "--key", str(public)]) == 0
    assert main(["model", "check", str(model), "--key", str(secret)]) == 2
    assert "openssl pkey -in" in capsys.readouterr().err
    assert main(["model", "sign", str(model), "--key", str(public)]) == 2
    assert "no usable private key" in capsys.readouterr().err


def _change(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"0.", b"0.1", 1))


def _rename(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"bad"', b'"best"', 1))


def _cut(path: Path) -> None:
    signature_of(path).write_bytes(b"minewatch-signature ed25519 0\nno base64 at all")


def _strange(path: Path) -> None:
    secret = path.with_name("other.pem")
    private = Ed25519PrivateKey.generate()
    secret.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert main(["model", "sign", str(path), "--key", str(secret)]) == 0


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param(lambda path: signature_of(path).unlink(), "make it: minewatch model sign", id="no signature"),
        pytest.param(_cut, "no signature and public key", id="damaged signature"),
        pytest.param(_strange, "is not signed by", id="another key"),
        pytest.param(_change, "not signed", id="changed"),
    ],
)
def test_a_model_of_nobody_is_not_put_in(tmp_path: Path, keys: tuple[Path, Path], signed, spoil, told: str) -> None:
    shelf = tmp_path / "models"
    put_in_use(signed("good"), shelf, keys[1])
    bad = signed("bad")
    spoil(bad)
    with pytest.raises(SignatureError, match=told):
        put_in_use(bad, shelf, keys[1])
    assert model_in(shelf, keys[1]).name == "good"


COMMANDS = {
    "check": ("{}", ["模型不可用", "is not to be used"]),
    "use": ("{} --into {shelf}", ["未启用", "what was in use stays"]),
    "back": ("--into {shelf}", ["未回退", "what is in use stays"]),
    "sign": ("{}", ["未签名", "not signed"]),
}


@pytest.mark.parametrize(
    ("command", "spoil", "key", "told"),
    [
        ("check", _change, "public.pem", "is not signed by"),
        ("check", _strange, "public.pem", "is not signed by"),
        ("check", lambda path: path.write_bytes(path.read_bytes()[:5000]), "public.pem", "is not signed by"),
        ("check", lambda path: signature_of(path).write_bytes(b""), "public.pem", "no signature and public key"),
        ("check", lambda path: None, "secret.pem", "public key"),
        ("check", lambda path: None, "missing.pem", "cannot be read"),
        ("check", lambda path: path.unlink(), "public.pem", "cannot be read"),
        ("use", _change, "public.pem", "is not signed by"),
        ("use", lambda path: signature_of(path).unlink(), "public.pem", "make it: minewatch model sign"),
        ("back", lambda path: None, "public.pem", "no model was in use before"),
        ("sign", _rename, "secret.pem", "its digest should be"),
        ("sign", lambda path: path.write_bytes(path.read_bytes()[:5000]), "secret.pem", "not JSON"),
        ("sign", lambda path: path.write_bytes(b""), "secret.pem", "not JSON"),
        ("sign", lambda path: None, "public.pem", "no usable private key"),
        ("sign", lambda path: None, "missing.pem", "openssl genpkey"),
    ],
)
def test_what_goes_wrong_is_one_line_in_both_languages(
    command: str, spoil, key: str, told: str, tmp_path: Path, keys: tuple[Path, Path], signed, capsys
) -> None:
    shelf = tmp_path / "models"
    put_in_use(signed("good"), shelf, keys[1])
    bad = signed("bad")
    spoil(bad)
    capsys.readouterr()
    words, said = COMMANDS[command]
    given = [each.format(bad, shelf=shelf) for each in words.split()]
    assert main(["model", command, *given, "--key", str(tmp_path / key)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert [one for one in [*said, told] if one not in err] == []
    assert model_in(shelf, keys[1]).name == "good"


def test_a_model_spoiled_on_the_shelf_is_refused_and_can_be_left(
    tmp_path: Path, keys: tuple[Path, Path], signed
) -> None:
    shelf = tmp_path / "models"
    for name in ("old", "new"):
        put_in_use(signed(name), shelf, keys[1])
    (in_use,) = shelf.glob("new-*.json")
    in_use.write_bytes(b"{}")
    with pytest.raises(SignatureError, match="not signed"):
        model_in(shelf, keys[1])
    assert go_back(shelf, keys[1]).name == "old"
    assert model_in(shelf, keys[1]).name == "old"


@pytest.mark.parametrize("line", ["../outside.json", ".hidden.json"])
def test_a_list_that_leads_out_of_the_folder_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / IN_USE).write_text(f"{line}\n")
    with pytest.raises(SignatureError, match="is no file of this folder"):
        model_in(tmp_path, None)


def test_an_empty_shelf_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SignatureError, match="minewatch model use"):
        model_in(tmp_path, None)


def test_a_file_needs_no_key() -> None:
    assert model_in(SHIPPED, None) == load_model(SHIPPED)
