"""What would each part of the benign kinds allow, were it all there is? Never in place of the whole: beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from training.benign.groups import GROUPS, group_of
from training.dataset import ENCRYPTED, Example
from training.evaluate import FALSE_RATE, Trial, found, threshold_for

_HEAD = (
    "| part | kinds | flows | at the threshold | of unseen kinds | threshold it would allow | generated "
    "| real, carried into TLS | padded | encrypted when captured |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
)


def alone(trial: Trial, known: Trial) -> str:
    """For each group of the benign kinds, and for all: what is false of it, which threshold it would allow at the same
    rate among flows of known kinds, and what would be found there. ``trial``: every flow with its source held out."""
    groups = {name: (_part(known, name), _part(trial, name)) for name in GROUPS}
    groups["**all**"] = known.family("benign"), trial.family("benign")
    return "\n".join([_HEAD, *(_row(trial, known, name, *parts) for name, parts in groups.items() if parts[0])])


def _part(trial: Trial, name: str) -> list[Example]:
    return [one for one in trial.family("benign") if group_of(one.source) == name]


def _row(trial: Trial, known: Trial, name: str, part: Sequence[Example], unseen: Sequence[Example]) -> str:
    threshold = threshold_for(part, known.scores, FALSE_RATE)
    there = replace(trial, threshold=threshold)
    shares = [there.of(family).share for family in ("stratum", "carried", "relay")]
    encrypted = there.of(ENCRYPTED).share
    cells = (
        name,
        str(len({one.source for one in part})),
        str(len(part)),
        str(found(part, known.scores, known.threshold).share.hits),
        f"{found(unseen, trial.scores, trial.threshold).share.rate:.3%}" if unseen else "–",
        f"{threshold:.5f}",
        *(f"{share.rate:.1%}" for share in shares),
        f"{encrypted.hits} of {encrypted.total}",
    )
    return f"| {' | '.join(cells)} |"
