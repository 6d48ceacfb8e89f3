"""Does a signature lie where its name and content say?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sensor.signature.document import IndicatorDocument, SignatureDocument
from sensor.signature.lint.base import Finding, Lint, Place, SignatureLint, Subject
from sensor.signature.words import Kind, Protocol, Status

_KEY_ORDER = (
    *("id", "name", "title", "revision", "status", "level", "description", "author", "date", "modified"),
    *("references", "related", "falsepositives", "tags"),
    *("scope", "anchor", "detect", "indicators", "evidence", "session", "samples"),
)


class FileIsName(SignatureLint):
    """The file name is the name."""

    name = "file-name"
    recommendation = "rename the file or the signature"

    def check_one(self, subject: Subject) -> Iterator[Place]:
        """The name against the file."""
        if subject.file.name != f"{subject.document.name}.yml":
            yield ("name",), f"the name {subject.document.name} does not go with the file {subject.file.name}"


class FolderIsContent(SignatureLint):
    """The folder is the dialect, or the kind of the indicators."""

    name = "folder"
    recommendation = "move the file"

    def check_one(self, subject: Subject) -> Iterator[Place]:
        """The folder against the content; nursery/ holds anything."""
        wanted = _folder(subject.document)
        found = subject.file.parent.as_posix()
        if wanted is not None and not subject.in_nursery and found != wanted:
            yield (), f"the folder is {found}, not {wanted}"


class KeysInOrder(SignatureLint):
    """Keys stand in the order of SPEC.md, so that files read alike."""

    name = "key-order"
    recommendation = "put the keys in the order of SPEC.md"

    def check_one(self, subject: Subject) -> Iterator[Place]:
        """The first key that stands too late."""
        keys = subject.parsed.lines.keys()
        for before, after in pairwise(keys):
            if _KEY_ORDER.index(before) > _KEY_ORDER.index(after):
                yield (after,), f"the key {after} stands after {before}"
                return


class DeprecatedIsFolder(Lint):
    """What is deprecated lies in deprecated/, and nothing else does."""

    name = "deprecated"
    recommendation = "move the file or mend the status"

    def check(self, subjects: Sequence[Subject]) -> Iterator[Finding]:
        """The status against the folder."""
        for subject in subjects:
            if (subject.document.status is Status.DEPRECATED) is not subject.is_deprecated:
                where = "in" if subject.is_deprecated else "outside"
                what = f"the status is {subject.document.status} {where} deprecated/"
                yield Finding(subject, ("status",), what)


class RelatedIsKnown(Lint):
    """A related row names a signature that exists, be it deprecated."""

    name = "related"
    recommendation = "mend the id, or keep the other signature in deprecated/"

    def check(self, subjects: Sequence[Subject]) -> Iterator[Finding]:
        """Every related id against all ids."""
        ids = {subject.document.id for subject in subjects}
        for subject in subjects:
            for index, related in enumerate(subject.document.related):
                if related.id not in ids or related.id == subject.document.id:
                    yield Finding(subject, ("related", index), f"no other signature has the id {related.id}")


def _folder(document: SignatureDocument) -> str | None:
    """Where a signature belongs; None when its content does not say."""
    if isinstance(document, IndicatorDocument):
        return "sites" if document.indicators.kind is Kind.SITE else "pools"
    if document.evidence.dialect is not None:
        return f"protocols/{document.evidence.dialect}"
    return "tls" if document.scope.protocol is Protocol.TLS else None
