"""Why does a pool refuse a share? The table ``refusals.yml``: error codes and words, by dialect where they differ."""

# Annotations are values here: to evaluate the text of each is a tenth of what pydantic costs at a start.
import datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field, StrictInt, TypeAdapter

from sensor.model.wire import Dialect
from sensor.model.yamlfile import parse_yaml
from sensor.signature.document import Document, Line
from sensor.signature.faults import Faults
from sensor.signature.parse import Parse, parse_document
from sensor.signature.words import Refusal

FILE = "refusals.yml"
MAX_TEXT = 512
Words = Annotated[str, Field(pattern=r"^[^A-Z]{3,64}$")]


class RefusalRow(Document):
    """Codes and words that mean ``reason``; a row with ``dialects`` is for these only."""

    reason: Refusal
    dialects: tuple[Dialect, ...] = ()
    codes: Annotated[tuple[StrictInt, ...], Field(max_length=64)] = ()
    words: Annotated[tuple[Words, ...], Field(max_length=64)] = ()
    """Lower case; found anywhere in the pool's text."""


class RefusalDocument(Document):
    """The whole table. Words go before codes, and rows of a dialect before those of all."""

    updated: datetime.date
    references: Annotated[tuple[Line, ...], Field(min_length=1)]
    rows: Annotated[tuple[RefusalRow, ...], Field(min_length=1, max_length=256)]

    def reason_of(self, code: int | None, text: str, dialect: Dialect | None) -> Refusal:
        """What an answer with ``code`` and ``text`` (either may be missing) means."""
        text = text[:MAX_TEXT].lower()
        own = [row for row in self.rows if dialect in row.dialects]
        rows = [*own, *(row for row in self.rows if not row.dialects)]
        by_words = (row.reason for row in rows if any(words in text for words in row.words))
        by_code = (row.reason for row in rows if code is not None and code in row.codes)
        return next(by_words, None) or next(by_code, None) or Refusal.OTHER


_ADAPTER: TypeAdapter[RefusalDocument] = TypeAdapter(RefusalDocument)


def read_refusals(folder: Path, faults: Faults, parse: Parse = parse_yaml) -> RefusalDocument | None:
    """The table in ``folder``; None when there is none or it has faults, which then are in ``faults``."""
    path = folder / FILE
    if not path.is_file():
        return None
    parsed = parse_document(_ADAPTER, path, str(path), faults, parse)
    return None if parsed is None else parsed.document
