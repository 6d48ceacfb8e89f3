"""How are the results told? Tables in Markdown, real and generated apart, an interval with every share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from training.alone import alone
from training.benign.groups import GROUPS, group_of
from training.benign.table import RELAYED
from training.dataset import ENCRYPTED, Example
from training.evaluate import Found, Share, Trial, found, threshold_for

FALSE_RATES = (1e-4, 5e-4, 2e-3)
"""Of benign flows of known kinds: what the thresholds of the first table are chosen for."""
FLOWS_PER_DAY = (10_000, 100_000, 1_000_000, 10_000_000)


def tables(label: str, trial: Trial, known: Trial, relayed: Trial, leaning: float) -> str:
    """Everything, in the order in which it should be read. ``trial``: every flow with its source held out; ``known``:
    other benign flows of kinds that the model knows; ``relayed``: such flows behind relays that pad; ``leaning``: the
    lower threshold."""
    parts = [
        f"Model `{label}`, threshold {trial.threshold}, leaning from {leaning}. A score is that of all of a flow's "
        "records so far. A flow counts as found when one of its scores within 30 minutes is at or over the threshold; "
        "one that never gives a record is not judged and not found. Intervals are exact, 95 %.",
        "### Where the threshold could be",
        _choices(trial, known, leaning),
        "### Real sessions, encrypted when captured; never trained on",
        _each(trial, "real-mining"),
        "### Real readable sessions, their writes carried into TLS records; source held out",
        _sources(trial, "carried"),
        "### Generated sessions over real TLS; dialect held out",
        _sources(trial, "stratum"),
        "### Generated sessions behind padding relays; kind of padding held out",
        _sources(trial, "relay"),
        "### Generated sessions that poll over HTTPS; out of the model's reach, not trained on",
        _sources(trial, "http"),
        "### Benign flows: real",
        _real_benign(trial),
        "### Benign flows: generated, other flows of kinds the model knows",
        false_table(known),
        "### Benign flows: generated, the whole kind held out",
        false_table(trial),
        "### Benign flows: generated, behind relays that pad, none of which are trained on",
        _padded(relayed),
        "### What each part of these kinds alone would allow",
        alone(trial, known),
        "### What that means at a link",
        _base_rates(known, trial),
    ]
    return "\n\n".join(parts) + "\n"


def _choices(trial: Trial, known: Trial, leaning: float) -> str:
    """What is found, and what is taken for it, at thresholds for several false rates among the known kinds."""
    benign = [one for one in known.examples if one.family == "benign"]
    at = [(f"at most {rate:g}", threshold_for(benign, known.scores, rate)) for rate in FALSE_RATES]
    rows = [
        "| false among known kinds | threshold | among unseen kinds | generated | real, carried into TLS | padded "
        "| encrypted when captured |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, threshold in [*at, ("**the threshold**", trial.threshold), ("**leaning**", leaning)]:
        shares = [
            replace(trial, threshold=threshold).of(family).share
            for family in ("benign", "stratum", "carried", "relay", ENCRYPTED)
        ]
        false = replace(known, threshold=threshold).of("benign").share
        told = f"{name} ({false.hits} of {false.total})"
        cells = [told, f"{threshold:.5f}", f"{shares[0].rate:.3%}", *(f"{one.rate:.1%}" for one in shares[1:4])]
        rows.append(f"| {' | '.join(cells)} | {shares[4].hits} of {shares[4].total} |")
    return "\n".join(rows)


def _sources(trial: Trial, family: str) -> str:
    rows = _results(trial, family)
    rows.append(("**all**", trial.of(family)))
    return _table(rows)


def false_table(trial: Trial) -> str:
    """The kinds with false scores one by one, the others together."""
    rows = _results(trial, "benign")
    false = [(name, one) for name, one in rows if one.share.hits]
    quiet = [one for _, one in rows if not one.share.hits]
    total, judged = sum(one.share.total for one in quiet), sum(one.judged for one in quiet)
    others = (f"{len(quiet)} other kinds", Found(Share(0, total), judged, ()))
    return _table([*false, others, ("**all**", trial.of("benign"))])


def _padded(relayed: Trial) -> str:
    flows = relayed.family(RELAYED)
    parts = {name: [one for one in flows if group_of(one.source) == name] for name in GROUPS}
    rows = [(name, found(part, relayed.scores, relayed.threshold)) for name, part in parts.items()]
    return _table([*rows, ("**all**", relayed.of(RELAYED))])


def _results(trial: Trial, family: str) -> list[tuple[str, Found]]:
    kept = sorted(trial.family(family), key=lambda one: one.source)
    return [(source, found(list(flows), trial.scores, trial.threshold)) for source, flows in _by_source(kept)]


def _table(rows: Sequence[tuple[str, Found]]) -> str:
    head = "| source | flows | judged | found | share | 95 % interval | minutes, median | minutes, 95th percentile |\n"
    return head + "|---|--:|--:|--:|--:|---|--:|--:|\n" + "\n".join(_row(name, one) for name, one in rows)


def _by_source(examples: Iterable[Example]) -> Iterable[tuple[str, Iterable[Example]]]:
    return groupby(examples, key=lambda one: one.source)


def _row(name: str, one: Found) -> str:
    share = one.share
    cells = (
        name,
        str(share.total),
        str(one.judged),
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
    rows = ["| flow | minute: score of all records so far | found |", "|---|---|---|"]
    for one in sorted(trial.family(family), key=lambda one: one.name):
        scores = trial.scores.get((one.source, one.name), ())
        told = ", ".join(f"{row.minutes:.1f}: {score:.4f}" for row, score in zip(one.rows, scores, strict=True))
        verdict = "yes" if any(score >= trial.threshold for score in scores) else "no"
        rows.append(f"| {one.name} | {told or 'no record'} | {verdict} |")
    return "\n".join(rows)


def _real_benign(trial: Trial) -> str:
    real = trial.family("real-benign")
    judged = [one for one in real if one.rows]
    result = found(real, trial.scores, trial.threshold).share
    highest = max((max(trial.scores[one.source, one.name]) for one in judged), default=0.0)
    return (
        f"{len(real)} flows lived for a minute or longer, {len(judged)} of them said enough to be judged; "
        f"{result.hits} were at or over the threshold (95 % interval: {result.low:.2%} – {result.high:.2%}); "
        f"the highest score was {highest:.4f}. So few flows bear no claim of one in ten thousand."
    )


def _base_rates(known: Trial, trial: Trial) -> str:
    at_best, at_worst = known.of("benign").share, trial.of("benign").share
    caught = found(trial.family("stratum") + trial.family("carried"), trial.scores, trial.threshold).share
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
        "These are generated kinds in equal parts, no link's own mix: behaviour alone is therefore never reported. A "
        "false suspicion becomes a false statement only where an independent indicator errs about the same flow."
    )
