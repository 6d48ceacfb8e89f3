"""What is a lint, and what does it look at?"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import ClassVar, TypeAlias

from sensor.model.yamlfile import KeyPath
from sensor.signature.document import IndicatorDocument, ProtocolDocument, SignatureDocument
from sensor.signature.load import DEPRECATED, NURSERY
from sensor.signature.parse import Parsed
from sensor.signature.samples import Sample

Place: TypeAlias = tuple[KeyPath, str]
"""Where in a file, and what is wrong there."""


@dataclass(frozen=True)
class Subject:
    """One signature as a lint sees it."""

    parsed: Parsed[SignatureDocument]
    file: PurePath
    """Relative to the folder that is linted."""
    samples: tuple[Sample, ...]

    @property
    def document(self) -> SignatureDocument:
        """The document."""
        return self.parsed.document

    @property
    def protocol(self) -> ProtocolDocument | None:
        """The document when it is a protocol signature."""
        return self.document if isinstance(self.document, ProtocolDocument) else None

    @property
    def indicator(self) -> IndicatorDocument | None:
        """The document when it is an indicator signature."""
        return self.document if isinstance(self.document, IndicatorDocument) else None

    @property
    def in_nursery(self) -> bool:
        """Not yet up to the bar."""
        return self.file.parts[0] == NURSERY

    @property
    def is_deprecated(self) -> bool:
        """Kept for its id only."""
        return self.file.parts[0] == DEPRECATED


@dataclass(frozen=True)
class Finding:
    """One fault that a lint found."""

    subject: Subject
    at: KeyPath
    what: str


class Lint(ABC):
    """One rule of the house."""

    name: ClassVar[str]
    recommendation: ClassVar[str]

    @abstractmethod
    def check(self, subjects: Sequence[Subject]) -> Iterator[Finding]:
        """The faults in all signatures of a folder, those of nursery/ and deprecated/ included."""


class SignatureLint(Lint):
    """A rule that looks at one signature at a time; deprecated ones are left alone."""

    def check(self, subjects: Sequence[Subject]) -> Iterator[Finding]:
        """The faults of every signature in turn."""
        for subject in subjects:
            if not subject.is_deprecated:
                yield from (Finding(subject, at, what) for at, what in self.check_one(subject))

    @abstractmethod
    def check_one(self, subject: Subject) -> Iterator[Place]:
        """The faults of one signature."""
