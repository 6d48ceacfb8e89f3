"""Is every word of the console there in Chinese and in English?"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

CONSOLE = Path(__file__).resolve().parents[3] / "collector" / "console"
TEMPLATES = sorted(CONSOLE.glob("templates/**/*.html"))
SOURCES = sorted(CONSOLE.rglob("*.py"))
CHINESE = re.compile(r"[\u3400-\u9fff]")
PAIR = re.compile(r"""\{% t (?:"([^"]*)"|'([^']*)') (?:"([^"]*)"|'([^']*)') %\}""")
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)
OWN_NAMES = {
    *("中文", "中文 ZIP", "English", "English ZIP"),
    *("CSV", "DOCX", "IP", "JSON", "SHA-256", "UTC", "XLSX", "ZIP"),
    *("W", "h", "h =", "kW", "kWh"),
    *("b", "c", "g", "j", "k", "l", "x"),
}
"""Words that are the same in both languages: names of languages, formats and keys."""


def pairs(text: str) -> list[tuple[str, str]]:
    return [(zh or zh2, en or en2) for zh, zh2, en, en2 in PAIR.findall(text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_both_wordings_stand_side_by_side(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(pairs(text)) == len(re.findall(r"\{% t ", text)), "a tag that is not two quoted texts"
    for zh, en in pairs(text):
        assert CHINESE.search(zh) or zh == en, zh
        assert en.strip() and not CHINESE.search(en), en


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_word_of_a_page_is_in_one_language_only(path: Path) -> None:
    bare = TAG.sub("\n", path.read_text("utf-8"))
    words = {line.strip(" ·:：–—→←/()…\t") for line in re.sub(r"&\w+;", "", bare).splitlines()}
    assert {word for word in words if re.search(r"[A-Za-z\u3400-\u9fff]", word)} <= OWN_NAMES


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_text_of_the_code_is_in_chinese_only(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    said = [
        call
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("bilingual", "t")
    ]
    inside = {id(node) for call in said for node in ast.walk(call)}
    assert all(len(call.args) == 2 for call in said)
    assert not any(CHINESE.search(ast.unparse(call.args[1])) for call in said)
    bare = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside
    ]
    docs = {
        ast.get_docstring(node, clean=False)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
    }
    assert [text for text in bare if CHINESE.search(text) and text not in docs and text != "、"] == []
