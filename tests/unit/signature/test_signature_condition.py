"""Does a condition mean what it says?"""

from __future__ import annotations

from itertools import product

import pytest

from sensor.signature.condition import ConditionError, compile_condition, names_in, parse_condition

NAMES = ("a", "b", "c")
MEANINGS = [
    ("a", lambda a, b, c: a),
    ("not a", lambda a, b, c: not a),
    ("a and b or c", lambda a, b, c: (a and b) or c),
    ("a or b and c", lambda a, b, c: a or (b and c)),
    ("(a or b) and c", lambda a, b, c: (a or b) and c),
    ("not (a or b)", lambda a, b, c: not (a or b)),
    ("not a and b", lambda a, b, c: (not a) and b),
    ("not not a", lambda a, b, c: a),
    ("all of them", lambda a, b, c: a and b and c),
    ("1 of them", lambda a, b, c: a or b or c),
    ("1  of\tthem and not all of them", lambda a, b, c: (a or b or c) and not (a and b and c)),
    ("(((a)))", lambda a, b, c: a),
]


@pytest.mark.parametrize(("text", "meaning"), MEANINGS, ids=[text for text, _ in MEANINGS])
def test_meaning_over_all_inputs(text: str, meaning) -> None:
    node = parse_condition(text, NAMES)
    holds = compile_condition(node, {name: lambda fields, name=name: fields[name] for name in NAMES})
    for values in product([False, True], repeat=3):
        fields = dict(zip(NAMES, values, strict=True))
        assert holds(fields) == meaning(**fields), fields


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "ends too early"),
        ("a and", "ends too early"),
        ("a b", "'b' is not expected here"),
        ("and a", "'and' is not expected here"),
        ("(a", "a parenthesis is not closed"),
        ("a)", "')' is not expected here"),
        ("a & b", "cannot read the condition at '& b'"),
        ("2 of them", "'of' is not expected here"),
        ("()", "')' is not expected here"),
        ("not " * 40 + "a", "nested deeper than 32"),
        ("(" * 40 + "a" + ")" * 40, "nested deeper than 32"),
    ],
)
def test_faults(text: str, what: str) -> None:
    with pytest.raises(ConditionError, match=r".+; .+") as caught:
        parse_condition(text, NAMES)
    assert what in str(caught.value)


def test_names() -> None:
    assert sorted(names_in(parse_condition("a and not (b or x)", NAMES))) == ["a", "b", "x"]
