"""Whose is a model of behaviour, which one is in use, and how is the one before it used again?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from sensor.behaviour.model import Model, load_model, signature_of
from sensor.behaviour.shelf import go_back, put_in_use
from sensor.model.bilingual import Lang, Words
from sensor.model.errors import SignatureError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Check, use, take back or sign a model of behaviour.",
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A model; its signature lies beside it as FILE.sig.")]
Folder = Annotated[Path, typer.Option("--into", metavar="DIR", help="The folder that the sensor's option names.")]
_UNUSABLE = Words("模型不可用，请勿启用", "the model is not to be used")
_NOT_USED = Words("未启用，在用的模型不变", "not put in use, what was in use stays")
_NOT_BACK = Words("未回退，在用的模型不变", "not taken back, what is in use stays")
_NOT_SIGNED = Words("未签名", "not signed")
_MAKE_ONE = "make one with: openssl genpkey -algorithm ed25519 -out PRIVATE.pem"
Key = Annotated[Path, typer.Option("--key", help="The public key (PEM) of whoever trains the models.")]


@app.command()
def check(file: File, key: Key) -> None:
    """Is a model whole and usable, and did the owner of the key sign it? Exit 0 yes, 2 no."""
    with _saying(_UNUSABLE):
        model = load_model(file, key)
    typer.echo(f"{_told(model)}: 签名有效 · signature holds")
    for failure in model.card.known_failures:
        typer.echo(f"- {failure}")


@app.command()
def use(file: File, into: Folder, key: Key) -> None:
    """Check a model and use it; a sensor takes it up when it starts."""
    with _saying(_NOT_USED):
        model = put_in_use(file, into, key)
    typer.echo(f"{_told(model)}: 已启用 · in use in {into}")


@app.command()
def back(into: Folder, key: Key) -> None:
    """Use the model again that was in use before; a sensor takes it up when it starts."""
    with _saying(_NOT_BACK):
        model = go_back(into, key)
    typer.echo(f"{_told(model)}: 已回退 · in use again in {into}")


@app.command()
def sign(
    file: File,
    key: Annotated[Path, typer.Option("--key", help="The private key (Ed25519, PEM) to sign with.")],
) -> None:
    """Sign a model that loads: FILE.sig is written beside it."""
    with _saying(_NOT_SIGNED):
        load_model(file)
        signature = _signed(file, key)
        try:
            signature_of(file).write_bytes(signature)
        except OSError as error:
            raise SignatureError(f"{signature_of(file)}: {error.strerror}; sign a copy in another folder") from error
    typer.echo(f"{signature_of(file)}: 已写入 · written")


@contextmanager
def _saying(words: Words) -> Iterator[None]:
    """What did not come about goes before what was wrong, in both languages."""
    try:
        yield
    except SignatureError as fault:
        raise SignatureError(f"{words.told(Lang.BOTH, ' · ')}: {fault}") from fault


def _signed(file: Path, key: Path) -> bytes:
    # Imported where it is used, as the check of a signature is: nothing else here needs it.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from sensor.model.detached import detached

    try:
        private = load_pem_private_key(key.read_bytes(), None)
    except OSError as error:
        raise SignatureError(f"{key}: cannot be read: {error.strerror}; {_MAKE_ONE}") from error
    except (ValueError, TypeError) as error:
        raise SignatureError(f"{key}: is no usable private key ({error}); name one without a passphrase") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise SignatureError(f"{key}: is no Ed25519 key; {_MAKE_ONE}")
    return detached(private.sign(file.read_bytes()), private.public_key())


def _told(model: Model) -> str:
    return f"{model.label} of {model.date}, {len(model.trees)} trees, threshold {model.threshold}"
