"""Is the page of dialects up to date, and has every dialect what it needs?"""

from __future__ import annotations

from pathlib import Path

import pytest

from sensor.cli.dialects import page
from sensor.model.wire import Dialect
from sensor.signature import SignatureSet, Strength, load
from sensor.simulate.cast import CASTS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "dialects.md"


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


def test_the_page_is_up_to_date(signatures: SignatureSet) -> None:
    assert PAGE.read_text("utf-8") == page(signatures), "run `python -m sensor.cli.dialects docs/dialects.md`"


@pytest.mark.parametrize("dialect", list(Dialect))
def test_every_dialect_is_known_and_played(dialect: Dialect, signatures: SignatureSet) -> None:
    own = [one for one in signatures.signatures if one.evidence.dialect is dialect]
    assert any(one.evidence.strength is not Strength.AMBIGUOUS for one in own)
    assert any(cast.dialect is dialect for cast in CASTS.values())
