"""Is guessing passwords bounded, without telling the guesser or growing a table?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.test import override_settings
from django.utils import timezone

from collector.accounts.models import LoginFailure
from collector.accounts.services import Post, add_user
from collector.settings.config import CollectorConfig, LoginOptions

pytestmark = pytest.mark.usefixtures("db")
PASSWORD = "a long enough passphrase"


@pytest.fixture(autouse=True)
def _person(db: None) -> None:
    add_user("li", PASSWORD, Post("市办", "330400", "officer"))


@pytest.mark.parametrize(("wrong", "lets_in"), [(0, True), (4, True), (5, False), (9, False)])
def test_a_name_is_locked_after_five_wrong_passwords(wrong: int, lets_in: bool) -> None:
    for _ in range(wrong):
        assert authenticate(username="li", password="wrong") is None
    assert (authenticate(username="li", password=PASSWORD) is not None) is lets_in


def test_the_lock_opens_by_itself_and_is_forgotten() -> None:
    for _ in range(5):
        authenticate(username="li", password="wrong")
    LoginFailure.objects.update(created_at=timezone.now() - timedelta(seconds=901))
    assert authenticate(username="li", password=PASSWORD) is not None
    authenticate(username="other", password="wrong")
    assert list(LoginFailure.objects.values_list("username", flat=True)) == ["other"]


def test_trying_on_neither_grows_the_table_nor_prolongs_the_lock() -> None:
    for _ in range(20):
        authenticate(username="li", password="wrong")
    assert LoginFailure.objects.count() == 5


def test_one_name_locks_no_other() -> None:
    for _ in range(5):
        authenticate(username="x" * 1000, password="wrong")
    assert authenticate(username="li", password=PASSWORD) is not None


@override_settings(COLLECTOR=CollectorConfig(login=LoginOptions(max_failures=1)))
def test_the_bound_is_an_option() -> None:
    authenticate(username="li", password="wrong")
    assert authenticate(username="li", password=PASSWORD) is None


@override_settings(COLLECTOR=CollectorConfig(login=LoginOptions(max_tracked=3)))
def test_many_names_do_not_grow_the_table() -> None:
    for number in range(8):
        authenticate(username=f"guess{number}", password="wrong")
    assert list(LoginFailure.objects.order_by("pk").values_list("username", flat=True)) == [
        "guess5",
        "guess6",
        "guess7",
    ]
