"""Do the documents name only what is there: files, headings, commands, options, metrics?"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sensor.cli import main
from sensor.daemon import metrics

ROOT = Path(__file__).parents[3]
FOLDERS = ("*.md", "docs/**/*.md", "bench/*.md", "signatures/*.md")
PAGES = sorted(page for pattern in FOLDERS for page in ROOT.glob(pattern))
LINK = re.compile(r"\]\(([^)\s]+)\)")
METRIC = re.compile(r"\bminewatch_[a-z_]+[a-z]\b")
HISTORY = "CHANGELOG.md"
"""Tells what was, too."""


def _named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_links_lead_somewhere(page: Path) -> None:
    broken = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not _leads_somewhere(page, link)]
    assert not broken


def _leads_somewhere(page: Path, link: str) -> bool:
    if link.startswith(("https://", "http://", "mailto:")):
        return True
    path, _, heading = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not heading or heading in _headings(target))


def _headings(page: Path) -> set[str]:
    """Anchors as a forge makes them of headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != HISTORY], ids=_named)
def test_commands_exist_with_their_options(page: Path) -> None:
    assert not [fault for line in _commands(page) if (fault := _fault(line))]


def _commands(page: Path) -> Iterator[str]:
    """Command lines of fenced blocks and of inline code."""
    text = page.read_text(encoding="utf-8")
    fenced = re.findall(r"^ *```[a-z]*\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    for line in [line for block in fenced for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", text):
        start = re.search(r"(?:^|\s|/)(minewatch [a-z].*)", line)
        if start:
            yield re.split(r"\s+#|[|;)…]", start[1].replace("\\", ""))[0]


def _fault(line: str) -> str | None:
    node: Any = main.command_line()
    words = iter(shlex.split(line)[1:])
    for word in words:
        if word.startswith("-") and word != "-":
            option = _options(node).get(word.partition("=")[0])
            if option is None:
                return f"{line}: no option {word}"
            if not option.is_flag and "=" not in word:
                next(words, None)
        elif hasattr(node, "list_commands"):
            node = node.get_command(None, word)
            if node is None:
                return f"{line}: no command {word}"
    return None


def _options(node: Any) -> dict[str, Any]:
    return {"--help": _Flag, **{name: each for each in node.params for name in (*each.opts, *each.secondary_opts)}}


class _Flag:
    is_flag = True


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != HISTORY], ids=_named)
def test_metrics_exist(page: Path) -> None:
    source = Path(str(metrics.__file__)).read_text(encoding="utf-8")
    named = {name.removesuffix("_total") for name in METRIC.findall(page.read_text(encoding="utf-8"))}
    assert not {name for name in named if f'"{name}"' not in source}
