"""How are the results told? Tables in Markdown, real and generated apart, an interval with every share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from training.crossfit import Key
from training.dataset import Example
from training.evaluate import Found, found

FLOWS_PER_DAY = (10_000, 100_000, 1_000_000, 10_000_000)


@dataclass(frozen=True, slots=True)
class Trial:
    """Flows, their scores, and the threshold they are held against."""

    examples: Sequence[Example]
    scores: Mapping[Key, Sequence[float]]
    threshold: float

    def of(self, keep: Callable[[Example], bool]) -> Found:
        """The result over the flows to keep."""
        return found((one for one in self.examples if keep(one)), self.scores, self.threshold)


def tables(label: str, mining: Trial, unseen: Trial, known: Trial) -> str:
    """Everything, in the order in which it should be read."""
    parts = [
        f"Model `{label}`, threshold {mining.threshold}. A flow counts as found when one of its records within 30 "
        "minutes is at or over the threshold; one that never gives a record is not found. Intervals are exact, 95 %.",
        "### Real sessions, encrypted when captured; never trained on",
        _each(mining, "real-mining"),
        "### Real readable sessions, their writes carried into TLS records; source held out",
        _sources(mining, lambda one: one.family == "carried"),
        "### Generated sessions over real TLS; dialect held out",
        _sources(mining, lambda one: one.family == "stratum"),
        "### Generated sessions behind padding relays; kind of padding held out",
        _sources(mining, lambda one: one.family == "relay"),
        "### Generated sessions that poll over HTTPS; out of the model's reach, not trained on",
        _sources(mining, lambda one: one.family == "http"),
        "### Benign flows: real",
        _real_benign(unseen),
        "### Benign flows: generated, other flows of kinds the model knows",
        _sources(known, lambda one: one.family == "benign"),
        "### Benign flows: generated, the whole kind held out",
        _sources(unseen, lambda one: one.family == "benign"),
        "### What that means at a link",
        _base_rates(known, unseen, mining),
    ]
    return "\n\n".join(parts) + "\n"


def _sources(trial: Trial, keep: Callable[[Example], bool]) -> str:
    kept = sorted((one for one in trial.examples if keep(one)), key=lambda one: one.source)
    rows = [(source, found(list(flows), trial.scores, trial.threshold)) for source, flows in _by_source(kept)]
    rows.append(("**all**", found(kept, trial.scores, trial.threshold)))
    head = "| source | flows | found | share | 95 % interval | minutes, median | minutes, 95th percentile |\n"
    return head + "|---|--:|--:|--:|---|--:|--:|\n" + "\n".join(_row(name, one) for name, one in rows)


def _by_source(examples: Iterable[Example]) -> Iterable[tuple[str, Iterable[Example]]]:
    return groupby(examples, key=lambda one: one.source)


def _row(name: str, one: Found) -> str:
    share = one.share
    cells = (
        name,
        str(share.total),
        str(share.hits),
        f"{share.rate:.2%}",
        f"{share.low:.2%} – {share.high:.2%}",
        _minutes(one.minute(0.5)),
        _minutes(one.minute(0.95)),
    )
    return f"| {' | '.join(cells)} |"


def _minutes(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1f}"


def _each(trial: Trial, family: str) -> str:
    rows = ["| flow | minute: score | found |", "|---|---|---|"]
    for one in sorted((one for one in trial.examples if one.family == family), key=lambda one: one.name):
        scores = trial.scores.get((one.source, one.name), ())
        told = ", ".join(f"{row.minutes:.1f}: {score:.4f}" for row, score in zip(one.rows, scores, strict=True))
        verdict = "yes" if any(score >= trial.threshold for score in scores) else "no"
        rows.append(f"| {one.name} | {told or 'no record'} | {verdict} |")
    return "\n".join(rows)


def _real_benign(trial: Trial) -> str:
    real = [one for one in trial.examples if one.family == "real-benign"]
    judged = [one for one in real if one.rows]
    result = found(real, trial.scores, trial.threshold).share
    highest = max((max(trial.scores[one.source, one.name]) for one in judged), default=0.0)
    return (
        f"{len(real)} flows lived for a minute or longer, {len(judged)} of them said enough to be judged; "
        f"{result.hits} were at or over the threshold (95 % interval: {result.low:.2%} – {result.high:.2%}); "
        f"the highest score was {highest:.4f}. So few flows bear no claim of one in ten thousand."
    )


def _base_rates(known: Trial, unseen: Trial, mining: Trial) -> str:
    at_best = known.of(lambda one: one.family == "benign").share
    at_worst = unseen.of(lambda one: one.family == "benign").share
    caught = mining.of(lambda one: one.family in ("stratum", "carried")).share
    rows = [
        "| long-lived flows a day | suspicions a day if all kinds are known | 95 % interval | if none is known |",
        "|--:|--:|---|--:|",
    ]
    for flows in FLOWS_PER_DAY:
        low, high = flows * at_best.low, flows * at_best.high
        rows.append(
            f"| {flows:,} | {flows * at_best.rate:,.1f} | {low:,.1f} – {high:,.1f} | {flows * at_worst.rate:,.0f} |"
        )
    return "\n".join(rows) + (
        f"\n\nOne miner among 10,000 long-lived flows, found with {caught.rate:.1%}, is one true suspicion against "
        f"{10_000 * at_best.rate:.1f} false ones at the best and {10_000 * at_worst.rate:,.0f} where no kind is known. "
        "These are generated kinds in equal parts, no link's own mix: behaviour alone is therefore never reported."
    )
