"""``python -m training CAPTURES``: trains the behaviour model, tries it, writes model and tables.

Takes some forty minutes of two cores. The same captures and seed give the same model.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sensor.behaviour.model import load_model
from training.crossfit import Key, cross_fitted, trainable
from training.dataset import Example, Size, benign_examples, digest_of, examples, relayed_examples
from training.document import document
from training.evaluate import FALSE_RATE, LEANING_RATE, Trial, threshold_for
from training.fit import Fitted, fit, scores_of, trees_of
from training.report import tables

_MARKS = re.compile(r"(<!-- tables -->\n).*(<!-- end of tables -->)", re.DOTALL)


def main(argv: Sequence[str]) -> int:
    """Exit 0 when model and tables were written."""
    given = _parser().parse_args(argv)
    flows = made(given)
    write(given, flows, cross_fitted(flows.learned_from), fit(trainable(flows.learned_from)))
    return 0


@dataclass(frozen=True, slots=True)
class Flows:
    """What is learned from, and other flows of the same benign kinds for all that comes after it."""

    learned_from: Sequence[Example]
    chosen_on: Sequence[Example]
    """What the thresholds are chosen on."""
    tried_on: Sequence[Example]
    """What false scores are counted among: neither the model nor its thresholds have seen them."""
    relayed: Sequence[Example]
    """Benign flows behind relays that pad, to be counted by themselves."""


def made(given: argparse.Namespace) -> Flows:
    """Generate the flows and read the captures; each part has a seed of its own."""
    size = Size(given.mining, given.benign, given.close, given.made_up)
    return Flows(
        examples(given.captures, size, given.seed, given.jobs),
        benign_examples(given.choice, given.seed + 1, given.jobs),
        benign_examples(given.trial, given.seed + 2, given.jobs),
        relayed_examples(given.relayed, given.seed + 2, given.jobs),
    )


def write(given: argparse.Namespace, flows: Flows, crossed: Mapping[Key, Sequence[float]], model: Fitted) -> None:
    """Choose the thresholds, write the model, and the tables into the page."""
    used = trainable(flows.learned_from)
    scores = _scores(model, flows.chosen_on)
    thresholds = [threshold_for(flows.chosen_on, scores, rate) for rate in (FALSE_RATE, LEANING_RATE)]
    chosen_on = len(flows.chosen_on)
    told = document(given.name, given.date, trees_of(model), thresholds, used, digest_of(used), chosen_on=chosen_on)
    given.model.parent.mkdir(parents=True, exist_ok=True)
    given.model.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    label = load_model(given.model).label
    trial = Trial(flows.learned_from, crossed, thresholds[0])
    known, relayed = _tried(model, flows.tried_on, thresholds[0]), _tried(model, flows.relayed, thresholds[0])
    told_of = tables(label, trial, known, relayed, thresholds[1])
    page = given.page.read_text(encoding="utf-8")
    given.page.write_text(_MARKS.sub(lambda found: f"{found[1]}\n{told_of}\n{found[2]}", page), encoding="utf-8")


def _tried(model: Fitted, benign: Sequence[Example], threshold: float) -> Trial:
    return Trial(benign, _scores(model, benign), threshold)


def _scores(model: Fitted, benign: Sequence[Example]) -> dict[tuple[str, str], list[float]]:
    return {(one.source, one.name): told for one, told in zip(benign, scores_of(model, benign), strict=True)}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("captures", type=Path, help="folder with encrypted-flows, mining, hashrate, benign, TRUTH.csv")
    parser.add_argument("--name", default="behaviour-5", help="name of the model")
    parser.add_argument("--date", default=datetime.datetime.now(datetime.UTC).date().isoformat())
    parser.add_argument("--model", type=Path, default=Path("signatures/models/behaviour-5.json"))
    parser.add_argument("--page", type=Path, default=Path("docs/encrypted.md"))
    parser.add_argument("--mining", type=int, default=120, help="generated sessions per mining source")
    parser.add_argument("--benign", type=int, default=150, help="generated flows per benign kind to learn from")
    parser.add_argument("--close", type=int, default=450, help="more per benign kind that comes near mining")
    parser.add_argument("--made-up", type=int, default=500, help="flows per made-up source")
    parser.add_argument("--choice", type=int, default=300, help="others per benign kind, to choose thresholds on")
    parser.add_argument("--trial", type=int, default=300, help="others per benign kind, to count false scores among")
    parser.add_argument("--relayed", type=int, default=30, help="others per benign kind, behind relays that pad")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="processes that make flows and their records")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
