"""Was a row of an append-only log altered, taken out or put in? The hash of each row covers the one before it."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.hashes import SM3, Hash

GENESIS = "0" * 64
"""What the first row of a chain names as the hash before it."""


class Algorithm(enum.StrEnum):
    """How rows are digested; it stands in every row, so that a chain may change over."""

    SHA256 = "sha256"
    SM3 = "sm3"


@dataclass(frozen=True, slots=True)
class Link:
    """One row of a chain. ``content`` holds what JSON can: no floats, whose text may differ between databases."""

    seq: int
    content: Mapping[str, Any]
    previous: str
    hash: str
    algorithm: str = Algorithm.SHA256


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold, and why; in Chinese too where an auditor reads it in the console."""

    seq: int
    what: str
    what_zh: str = ""


def link_hash(seq: int, content: Mapping[str, Any], previous: str, algorithm: str = Algorithm.SHA256) -> str:
    """The hash of a row, as 64 hexadecimal digits; raises ``ValueError`` on an unknown algorithm."""
    return digest(canonical({"seq": seq, "content": content, "previous": previous}), algorithm)


def digest(data: bytes, algorithm: str = Algorithm.SHA256) -> str:
    """SHA-256 or SM3 of ``data``, as 64 hexadecimal digits; raises ``ValueError`` on an unknown algorithm."""
    if Algorithm(algorithm) is Algorithm.SHA256:
        return hashlib.sha256(data).hexdigest()
    sm3 = Hash(SM3())
    sm3.update(data)
    return sm3.finalize().hex()


def canonical(document: Any) -> bytes:
    """One byte string per document: sorted keys, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def breaks(
    links: Iterable[Link], *, after: tuple[int, str] = (0, GENESIS), head: tuple[int, str] | None = None
) -> Iterator[Break]:
    """Where ``links``, in order, do not follow from ``after`` or do not end in ``head``: sequence, hash."""
    seq, previous = after
    for link in links:
        if link.seq != seq + 1:
            yield Break(
                seq + 1, f"rows {seq + 1} to {link.seq - 1} are missing", f"缺少第 {seq + 1} 至 {link.seq - 1} 条"
            )
        elif link.previous != previous:
            yield Break(link.seq, "does not follow from the row before it", "与前一条不衔接")
        if not _holds(link):
            yield Break(link.seq, "was altered: its hash is not that of its content", "被改动：哈希与内容不符")
        seq, previous = link.seq, link.hash
    if head is not None and (seq, previous) != head:
        yield Break(
            seq + 1, f"the chain ends at {seq}, and was {head[0]} rows long", f"链止于第 {seq} 条，原应有 {head[0]} 条"
        )


def _holds(link: Link) -> bool:
    try:
        return link_hash(link.seq, link.content, link.previous, link.algorithm) == link.hash
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a check of a whole log: rows seen, the hash it ends in, and every break."""

    rows: int
    head: str
    breaks: tuple[Break, ...]


_CHECKS: dict[str, Callable[[], Verdict]] = {}


def register_chain(name: str, check: Callable[[], Verdict]) -> None:
    """Add a log to those that ``minewatch collector verify`` walks; an app calls it in ``ready()``."""
    _CHECKS[name] = check


def verify_all() -> dict[str, Verdict]:
    """Walk every log that is registered."""
    return {name: check() for name, check in sorted(_CHECKS.items())}
