"""What would each part of the benign kinds allow, were it all there is? Never in place of the whole: beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from training.benign.groups import GROUPS, group_of
from training.dataset import ENCRYPTED, Example
from training.evaluate import FALSE_RATE, Trial, found, threshold_for

RATES = (0.0, FALSE_RATE)
"""False scores that are allowed per flow of a part: none, and as many as at the threshold."""
_HEAD = (
    "| part | kinds | flows | at the threshold | allowed | threshold it would allow | generated "
    "| real, carried into TLS | padded | encrypted when captured |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
)


def alone(trial: Trial) -> str:
    """For each group of the benign kinds, and for all: the thresholds it would allow, and what is found there."""
    benign = trial.family("benign")
    parts = [(name, [one for one in benign if group_of(one.source) == name]) for name in GROUPS]
    rows = [_row(trial, name, part, rate) for name, part in [*parts, ("**all**", benign)] if part for rate in RATES]
    return "\n".join([_HEAD, *rows])


def _row(trial: Trial, name: str, part: Sequence[Example], rate: float) -> str:
    threshold = threshold_for(part, trial.scores, rate)
    there = replace(trial, threshold=threshold)
    shares = [there.of(family).share for family in ("stratum", "carried", "relay")]
    encrypted = there.of(ENCRYPTED).share
    cells = (
        name,
        str(len({one.source for one in part})),
        str(len(part)),
        str(found(part, trial.scores, trial.threshold).share.hits),
        f"{rate:g}" if rate else "none",
        f"{threshold:.5f}",
        *(f"{share.rate:.1%}" for share in shares),
        f"{encrypted.hits} of {encrypted.total}",
    )
    return f"| {' | '.join(cells)} |"
