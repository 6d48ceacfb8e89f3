"""Does the audit log have words for every route and every decision?"""

from __future__ import annotations

from django.utils import translation
from route_table import routes

from collector.console.deed_words import DECISIONS, ROUTES

QUIET = {"console:language", "console:login", "console:logout"}
"""They write entries of their own, or none."""


def first_of_its_address(method: str, name: str) -> str:
    """Where an address answers several operations the log names the first."""
    later = {"read", "freeze_week", "hand_over", "freeze_bulletin", "tell_power_suspects", "get_bundle"}
    return "" if name.removeprefix("api:") in later else name


def test_every_route_and_decision_has_words_in_both_languages() -> None:
    named = {first_of_its_address(*one) for one in routes()} - QUIET - {""}
    assert named - set(ROUTES) == set()
    for phrase in (*ROUTES.values(), *DECISIONS.values()):
        for words in filter(None, (phrase.get, phrase.post)):
            with translation.override("zh-hans"):
                zh = str(words)
            with translation.override("en"):
                en = str(words)
            assert zh and en and en.isascii() and not zh.isascii(), (zh, en)
