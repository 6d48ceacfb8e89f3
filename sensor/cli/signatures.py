"""Are the signatures sound, what do they find, and what is in the set?"""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from sensor.model.errors import SignatureError
from sensor.signature import Signature, SignatureSet, check_samples, load
from sensor.signature.location import shipped_folder
from sensor.signature.update import Update, put_in, read_update

EXIT_FAILED = 1
EXIT_UNREADABLE = 2

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Lint, test, list and show signatures."
)

Folder = Annotated[Path | None, typer.Argument(metavar="DIR", help="Instead of the shipped set.")]
FolderOption = Annotated[Path | None, typer.Option("--signatures", metavar="DIR", help="Instead of the shipped set.")]
Nursery = Annotated[bool, typer.Option("--nursery", help="With the signatures that are not up to the bar yet.")]


class Format(enum.StrEnum):
    """How a list is written."""

    TABLE = "table"
    JSON = "json"


@app.command()
def lint(folder: Folder = None) -> None:
    """Every fault in the files, as file:line: [class] what; what to do. Exit 0 none, 2 some."""
    from sensor.signature.lint import lint_folder

    faults = lint_folder(folder or shipped_folder())
    for fault in faults:
        typer.echo(str(fault))
    if faults:
        typer.echo(f"{len(faults)} faults", err=True)
        raise typer.Exit(EXIT_UNREADABLE)
    typer.echo("no faults", err=True)


@app.command()
def test(folder: Folder = None, nursery: Nursery = False) -> None:
    """Try every sample, and every negative on all signatures. Exit 0 all right, 1 a sample failed, 2 unreadable."""
    from sensor.detect.samples import run_sample

    signature_set = load(folder, nursery=nursery)
    failures = list(check_samples(signature_set, run_sample))
    for failure in failures:
        typer.echo(str(failure))
    typer.echo(_summary(signature_set, len(failures)), err=True)
    if failures:
        raise typer.Exit(EXIT_FAILED)


@app.command("list")
def list_(
    folder: FolderOption = None,
    nursery: Nursery = False,
    format_: Annotated[Format, typer.Option("--format", help="table or json (one line each).")] = Format.TABLE,
    schema: Annotated[bool, typer.Option("--schema", help="Write the JSON Schemas into DIR/schema instead.")] = False,
) -> None:
    """What is in the set."""
    if schema:
        _write_schemas(folder or shipped_folder())
        return
    signature_set = load(folder, nursery=nursery)
    if format_ is Format.JSON:
        for signature in signature_set.signatures:
            typer.echo(orjson.dumps(_row(signature)).decode())
    else:
        _print_table(signature_set)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Its name, as in the list.")],
    folder: FolderOption = None,
    nursery: Nursery = False,
) -> None:
    """One signature, as it is written."""
    signature_set = load(folder, nursery=nursery)
    signature = signature_set.get(name)
    if signature is None:
        raise SignatureError(f"there is no signature {name!r}; `minewatch signatures list` names them all")
    typer.echo(f"# {signature.path}")
    typer.echo(signature.path.read_text(encoding="utf-8"), nl=False)


UpdateFile = Annotated[Path, typer.Argument(metavar="FILE", help="An update, as a collector writes it.")]
Key = Annotated[Path, typer.Option("--key", help="The public key (PEM) of whoever makes the updates.")]


@app.command("check-update")
def check_update(file: UpdateFile, key: Key) -> None:
    """Is an update whole, and whose is it? Exit 0 yes, 2 no."""
    typer.echo(_told(read_update(file, key)))


@app.command()
def update(
    file: UpdateFile,
    key: Key,
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="The sensor's set; made where there is none.")],
    older: Annotated[bool, typer.Option("--older", help="Go back to an update older than the one in there.")] = False,
) -> None:
    """Check an update and put it into a set; a running sensor takes it up by itself."""
    found = read_update(file, key)
    made = put_in(found, into, is_older_allowed=older)
    typer.echo(f"{_told(found)}; {into}: {len(made.signatures)} signatures, set {made.short_fingerprint}")


def _told(found: Update) -> str:
    manifest = found.manifest
    return f"update {manifest.revision} of {manifest.made_at:%Y-%m-%d}, {manifest.entries} entries, signature holds"


def _write_schemas(folder: Path) -> None:
    from sensor.signature.schema import write_schemas

    try:
        written = write_schemas(folder / "schema")
    except OSError as error:
        raise SignatureError(f"{folder / 'schema'}: {error.strerror}; name a folder that can be written") from error
    for path in written:
        typer.echo(str(path))


def _summary(signature_set: SignatureSet, failures: int) -> str:
    samples = [sample for signature in signature_set.signatures for sample in signature.samples]
    positives = sum(sample.positive for sample in samples)
    return (
        f"{len(signature_set.signatures)} signatures, {positives} positive and {len(samples) - positives} negative "
        f"samples, {failures} failures; set {signature_set.short_fingerprint}"
    )


def _row(signature: Signature) -> dict[str, Any]:
    """What the list tells of one signature."""
    indicators = signature.indicators
    return {
        "name": signature.name,
        "id": signature.id,
        "revision": signature.revision,
        "status": signature.status,
        "level": signature.level,
        "class": signature.evidence.evidence_class,
        "dialect": signature.evidence.dialect,
        "kind": indicators.kind if indicators is not None else None,
        "entries": len(indicators.entries) if indicators is not None else None,
        "samples": len(signature.samples),
        "title": signature.title,
    }


def _print_table(signature_set: SignatureSet) -> None:
    table = Table("name", "rev", "status", "level", "about", "entries", "title", box=None, pad_edge=False)
    for signature in signature_set.signatures:
        row = _row(signature)
        about = row["dialect"] or row["kind"] or row["class"]
        cells = (row["name"], row["revision"], row["status"], row["level"], about, row["entries"] or "", row["title"])
        table.add_row(*(str(cell) for cell in cells))
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200)
    console.print(table, markup=False)
    count = f"{len(signature_set.signatures)} signatures, {len(signature_set.coins)} coins"
    console.print(f"{count}, set {signature_set.short_fingerprint}", markup=False, highlight=False)
