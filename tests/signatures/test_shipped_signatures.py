"""Is the shipped set sound: no fault, every sample right, schemas up to date?"""

from __future__ import annotations

import json
import time

import jsonschema
import pytest
import yaml

from sensor.detect.samples import run_sample
from sensor.model.yamlfile import parse_yaml, read_text
from sensor.signature import SignatureSet, check_samples, load
from sensor.signature.lint import lint_folder
from sensor.signature.load import NURSERY, signature_files
from sensor.signature.location import shipped_folder
from sensor.signature.schema import schemas

FOLDER = shipped_folder()
FILES = [path.relative_to(FOLDER).as_posix() for path in signature_files(FOLDER)]


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load(FOLDER)


@pytest.fixture(scope="module")
def failures() -> list[str]:
    return [str(failure) for failure in check_samples(load(FOLDER, nursery=True), run_sample)]


def test_no_faults() -> None:
    assert [str(fault) for fault in lint_folder(FOLDER)] == []


@pytest.mark.parametrize("file", FILES)
def test_every_sample_is_right(failures: list[str], file: str) -> None:
    name = file.rpartition("/")[2].removesuffix(".yml")
    assert [text for text in failures if text.startswith(f"{name}: ")] == []


@pytest.mark.parametrize("name", sorted(schemas()))
def test_schemas_are_up_to_date(name: str) -> None:
    written = (FOLDER / "schema" / name).read_bytes()
    assert written == schemas()[name], "run `minewatch signatures list --schema`"
    jsonschema.Draft202012Validator.check_schema(json.loads(written))


def test_files_hold_to_the_schema() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schemas()["signature.schema.json"]))
    small = [file for file in FILES if (FOLDER / file).stat().st_size < 20_000]
    assert [message for file in small for message in _messages(validator, file)] == []


def _messages(validator: jsonschema.Draft202012Validator, file: str) -> list[str]:
    return [f"{file}: {error.message}" for error in validator.iter_errors(parse_yaml(read_text(FOLDER / file)))]


@pytest.mark.parametrize("file", [file for file in FILES if not file.startswith(NURSERY)][:20])
def test_the_small_yaml_reads_what_any_yaml_reader_does(file: str) -> None:
    text = read_text(FOLDER / file)
    assert parse_yaml(text) == yaml.load(text, Loader=_TextDates)


class _TextDates(yaml.CSafeLoader):
    """A full YAML reader that leaves dates as text, as YAML 1.2 does."""


_TextDates.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: node.value)


def test_loading_takes_well_under_a_second() -> None:
    start = time.process_time()
    load(FOLDER)
    assert time.process_time() - start < 2.0


def test_every_anchor_is_long_enough(signatures: SignatureSet) -> None:
    assert all(len(literal) >= 4 for literal in signatures.anchors)
