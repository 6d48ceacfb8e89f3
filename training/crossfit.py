"""How does every flow score under a model that has seen nothing of its source?"""

from __future__ import annotations

from collections.abc import Sequence

from training.benign.table import MORE
from training.dataset import ENCRYPTED, Example
from training.fit import Fitted, fit, scores_of
from training.madeup import FAMILY as MADE_UP

FOLDS = 6
POLLED = "http"
"""Family of dialects over HTTP: shown, and not trained on. A poll for work looks as any other poll does."""
Key = tuple[str, str]
"""A source and the name of a flow of it."""


def trainable(examples: Sequence[Example]) -> list[Example]:
    """What a model may learn from: flows captured encrypted are kept for the test, polled dialects are out of reach.

    In one order, whatever the order in which they were made: sums of floats depend on it.
    """
    used = (example for example in examples if example.rows and example.family not in (ENCRYPTED, POLLED))
    return sorted(used, key=lambda example: (example.source, example.name))


def cross_fitted(examples: Sequence[Example]) -> dict[Key, list[float]]:
    """The scores of every flow's rows, its whole source held out: a dialect, a capture, a server, a benign protocol."""
    learned = trainable(examples)
    scores: dict[Key, list[float]] = {}
    for held in _folds(learned):
        model = fit([example for example in learned if example.source not in held])
        scores |= _named([example for example in learned if example.source in held], model)
    rest = [example for example in examples if example.rows and example.family in (ENCRYPTED, POLLED)]
    return scores | _named(rest, fit(learned))


def _folds(examples: Sequence[Example]) -> list[set[str]]:
    """Sources dealt out, each kind of them evenly; made-up ones are in no fold, they are only ever learned from."""
    folds: list[set[str]] = [set() for _ in range(FOLDS)]
    kinds = sorted({(example.family, example.source) for example in examples if example.family not in (MADE_UP, MORE)})
    for number, (_, source) in enumerate(kinds):
        folds[number % FOLDS].add(source)
    return folds


def _named(examples: Sequence[Example], model: Fitted) -> dict[Key, list[float]]:
    found = scores_of(model, examples)
    return {(example.source, example.name): one for example, one in zip(examples, found, strict=True)}
