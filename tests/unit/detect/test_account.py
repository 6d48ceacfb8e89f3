"""Login fields of real miners, taken apart."""

from __future__ import annotations

import pytest

from sensor.detect.account import Login, split_login

ROWS = [
    ("bc1qexample.rig1", Login("bc1qexample", "rig1")),
    ("bc1qexample", Login("bc1qexample", None)),
    ("0xabc/tester.worker1/someone@example.org", Login("0xabc", "tester.worker1")),
    ("0xabc/someone@example.org", Login("0xabc", None)),
    ("4Adr." + "ab" * 32 + ".ryzen", Login("4Adr", "ryzen")),
    ("4Adr." + "ab" * 32, Login("4Adr", None)),
    ("4Adr+20000", Login("4Adr", None)),
    ("4Adr.rig+20000", Login("4Adr", "rig")),
    ("user.name.rig", Login("user", "name.rig")),
    ("someone@example.org", Login("someone@example.org", None)),
    ("DOGE:DAdr.rig#ref", Login("DOGE:DAdr", "rig")),
    (".rig", Login(".rig", None)),
    ("  acct.w  ", Login("acct", "w")),
]


@pytest.mark.parametrize(("text", "login"), ROWS)
def test_split_login(text: str, login: Login) -> None:
    assert split_login(text) == login
