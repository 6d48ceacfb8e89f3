"""Is every dialect found in every disguise that still speaks, on both engines? The table is ``evasion_matrix.py``."""

from pathlib import Path

import evasion_matrix as matrix
import pytest

from sensor.model.wire import Dialect
from sensor.signature import SignatureSet, load
from sensor.simulate.cast import CASTS


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


@pytest.mark.parametrize("disguise", matrix.DISGUISES, ids=lambda disguise: disguise.name)
def test_every_dialect_is_found(disguise: matrix.Disguise, signatures: SignatureSet, tmp_path: Path) -> None:
    planted = matrix.plant(disguise, path := tmp_path / "column.pcap")
    for engine in matrix.ENGINES:
        found = matrix.cells(disguise, planted, path, engine, signatures)
        assert len(found) >= len(planted) > 0
        assert {cell.dialect: cell.fault for cell in found if cell.fault} == {}, engine


@pytest.mark.parametrize("disguise", matrix.DISGUISES, ids=lambda disguise: disguise.name)
def test_no_lookalike_is_claimed(disguise: matrix.Disguise, signatures: SignatureSet, tmp_path: Path) -> None:
    matrix.plant_lookalikes(disguise, path := tmp_path / "lookalikes.pcap")
    assert matrix.claims(path, "native", signatures) == []


def test_every_reason_keeps_a_cell_from_existing() -> None:
    reasons = {matrix.why_not(name, disguise) for name in matrix.MINING for disguise in matrix.DISGUISES}
    assert reasons == {None, *matrix.REASONS}


def test_every_dialect_is_in_the_table() -> None:
    assert {CASTS[name].dialect for name in matrix.MINING} == set(Dialect)
